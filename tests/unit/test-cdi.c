/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/cdi.h"

#include <string.h>

#include "base/json.h"
#include "unit.h"

#define HEAD \
	"{\"cdiVersion\":\"0.6.0\",\"kind\":\"v.com/c\",\"devices\":[{\"name\":\"d\",\"containerEdits\":"
#define TAIL "}]}"

static int parse(const char *text, struct cdi_file *ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = json_parse(text, strlen(text), "the file", &o, err);

	return r < 0 ? r : cdi_file_parse(o, ret, err);
}

static void refused(const char *text, const char *message)
{
	_cleanup_cdi_file_ struct cdi_file file = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_true(parse(text, &file, &err) < 0);
	assert_string_equal(err.message, message);
	assert_null(file.kind);
}

static void test_names(void **state)
{
	static const char *const good[] = {"nvidia.com/gpu=all", "v.com/c.d_e-f=0:1", "a/b=c"};
	static const char *const bad[] = {"",	     "=",	  "a=b",      "/dev/a=b", "a/=c",
					  "a/b=",    "a/b=.c",	  "a/b=c d",  "a/b/c=d",  "-a/b=c",
					  "a/b=c\n", "/dev/null", "a/b=../x", "a /b=c"};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(cdi_is_device_name(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(cdi_is_device_name(bad[i]));
}

static void test_edits(void **state)
{
	_cleanup_cdi_file_ struct cdi_file file = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	const struct cdi_edits *e;

	assert_int_equal(
		parse(HEAD
		      "{\"env\":[\"A=b=c\"],\"deviceNodes\":[{\"path\":\"/dev//x\",\"hostPath\":\"/dev/null\","
		      "\"type\":\"c\",\"major\":1,\"minor\":3,\"fileMode\":438,\"uid\":7,\"permissions\":\"r\"},"
		      "{\"path\":\"/dev/y\"}],\"mounts\":[{\"hostPath\":\"/a\",\"containerPath\":\"/b\","
		      "\"options\":[\"ro\"]}],\"hooks\":[{\"hookName\":\"poststop\",\"path\":\"/h\","
		      "\"args\":[\"h\"],\"timeout\":3}],\"additionalGids\":[0,44],"
		      "\"netDevices\":[{\"hostInterfaceName\":\"e0\",\"name\":\"e1\"}],\"new\":1}" TAIL,
		      &file, &err),
		0);
	assert_string_equal(file.kind, "v.com/c");
	assert_int_equal(file.n_devices, 1);
	e = &file.devices[0].edits;
	assert_string_equal(e->env[0], "A=b=c");
	assert_int_equal(e->n_nodes, 2);
	assert_string_equal(e->nodes[0].path, "/dev/x");
	assert_string_equal(e->nodes[0].host_path, "/dev/null");
	assert_int_equal(e->nodes[0].type, 'c');
	assert_int_equal(e->nodes[0].minor, 3);
	assert_true(e->nodes[0].has_file_mode && e->nodes[0].has_uid && !e->nodes[0].has_gid);
	assert_int_equal(e->nodes[0].file_mode, 0666);
	assert_string_equal(e->nodes[0].access, "r");
	assert_null(e->nodes[1].host_path);
	assert_int_equal(e->nodes[1].major, -1);
	assert_string_equal(e->nodes[1].access, "rwm");
	assert_string_equal(e->spec->mounts[0].source, "/a");
	assert_string_equal(e->spec->mounts[0].destination, "/b");
	assert_int_equal(e->spec->hooks[OCI_HOOK_POSTSTOP].list[0].timeout, 3);
	assert_int_equal(e->n_gids, 1);
	assert_int_equal(e->gids[0], 44);
	assert_string_equal(e->spec->net_devices[0].inside, "e1");
	assert_false(e->wants_intel_rdt);
}

static void test_refused(void **state)
{
	refused("[]", "must be an object");
	refused("{}", "cdiVersion: is missing");
	refused("{\"cdiVersion\":\"2.0.0\"}", "cdiVersion: '2.0.0' is not 0.x or 1.x");
	refused("{\"cdiVersion\":\"0.6.0\"}", "kind: is missing");
	refused("{\"cdiVersion\":\"0.6.0\",\"kind\":\"gpu\"}",
		"kind: 'gpu' is not of the form VENDOR/CLASS");
	refused("{\"cdiVersion\":\"0.6.0\",\"kind\":\"v.com/c\",\"devices\":[]}",
		"devices: has no device");
	refused("{\"cdiVersion\":\"0.6.0\",\"kind\":\"v.com/c\",\"devices\":[{\"name\":\"d\"},{\"name\":\"d\"}]}",
		"devices: the name 'd' is there twice");
	refused(HEAD "{\"env\":[\"A\"]}" TAIL,
		"devices[0].containerEdits.env: 'A' is not of the form NAME=value");
	refused(HEAD "{\"deviceNodes\":[{\"path\":\"/dev/x\",\"type\":\"char\"}]}" TAIL,
		"devices[0].containerEdits.deviceNodes[0].type: 'char' must be one of c, u, b, p");
	refused(HEAD "{\"deviceNodes\":[{\"path\":\"/dev/x\",\"permissions\":\"rx\"}]}" TAIL,
		"devices[0].containerEdits.deviceNodes[0].permissions: 'rx' must be made of r, w, m");
	refused(HEAD "{\"hooks\":[{\"hookName\":\"nvidia\",\"path\":\"/x\"}]}" TAIL,
		"devices[0].containerEdits.hooks[0].hookName: unknown hook 'nvidia'");
	refused(HEAD "{\"additionalGids\":[\"video\"]}" TAIL,
		"devices[0].containerEdits.additionalGids: must be a list of group ids");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
