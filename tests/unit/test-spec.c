/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>

#include "base/str.h"
#include "base/strv.h"
#include "oci/state.h"
#include "spec-documents.h"
#include "unit.h"

static void each_document(const char *dir, bool good)
{
	_cleanup_closedir_ DIR *listing = opendir(dir);
	size_t n = 0;

	assert_non_null(listing);
	for (struct dirent *d; (d = readdir(listing));) {
		_cleanup_json_ struct json_object *o = NULL;
		_cleanup_oci_spec_ struct oci_spec *spec = NULL;
		_cleanup_err_ struct masu_error err = ERR_INIT;

		if (*d->d_name == '.')
			continue;
		n++;
		int r = json_read_file(dirfd(listing), d->d_name, OCI_SPEC_SIZE_MAX, &o, &err);

		if (r >= 0)
			r = oci_spec_parse(o, &spec, &err);
		if (good && r < 0)
			fail_msg("%s: %s", d->d_name, err.message);
		if (!good && r >= 0)
			fail_msg("%s was taken", d->d_name);
		if (good)
			assert_round_trip(spec);
	}
	assert_true(n >= 4);
}

static void test_the_specifications_own_documents(void **state)
{
	each_document(TEST_DATA "/good", true);
	each_document(TEST_DATA "/bad", false);
}

static void test_default_is_whole(void **state)
{
	for (int rootless = 0; rootless < 2; rootless++) {
		_cleanup_oci_spec_ struct oci_spec *spec = NULL;

		assert_int_equal(oci_spec_default(rootless, &spec, NULL), 0);
		assert_round_trip(spec);
		assert_int_equal(spec->namespaces[OCI_NS_USER].wanted, rootless);
		assert_int_equal(spec->n_uid_mappings, rootless);
		assert_int_equal(spec->n_mounts, 7);
		assert_int_equal(spec->process->capabilities.bounding, caps_default);
		assert_int_equal(spec->process->capabilities.inheritable, 0);
		assert_int_equal(spec->process->capabilities.ambient, 0);
		assert_true(strv_contains(spec->masked_paths, "/proc/kcore"));
		assert_true(strv_contains(spec->readonly_paths, "/proc/sys"));
		assert_int_equal(oci_spec_check_supported(spec, NULL), 0);
	}
}

static void test_versions(void **state)
{
	static const char *const good[] = {"1.0.0", "1.0.2-dev", "1.1.0-rc.1", "1.3.0", "1.2.1+x"};
	static const char *const bad[] = {"",	    "1",      "1.0",	"2.0.0", "1.0.",
					  "10.0.0", "1.0.0x", "v1.0.0", "1.01.0"};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		(void)snprintf(text, sizeof(text), "{\"ociVersion\":\"%s\"}", good[i]);
		oci_spec_free(parse(text));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		(void)snprintf(text, sizeof(text), "{\"ociVersion\":\"%s\"}", bad[i]);
		refuse(text, "ociVersion");
	}
	refuse("{}", "ociVersion");
	refuse("[]", "object");
}

static void test_process(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(PROCESS(
		"\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80},"
		"\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[5,6]},"
		"\"args\":[\"a\",\"\"],\"env\":[\"A=\",\"B=1\",\"B=c=d\"],\"oomScoreAdj\":0,"
		"\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_OF_TOMORROW\"],"
		"\"ambient\":[\"CAP_OF_TOMORROW\"]},"
		"\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,"
		"\"hard\":18446744073709551615}],\"noNewPrivileges\":true"));
	const struct oci_process *p = spec->process;

	assert_int_equal(p->console_height, 24);
	assert_int_equal(p->console_width, 80);
	assert_int_equal(p->user.uid, 1);
	assert_int_equal(p->user.gid, 2);
	assert_int_equal(p->user.umask, 022);
	assert_int_equal(p->user.n_additional_gids, 2);
	assert_int_equal(strv_length(p->args), 2);
	assert_int_equal(strv_length(p->env), 2);
	assert_string_equal(p->env[1], "B=c=d");
	assert_true(p->has_oom_score_adj);
	assert_int_equal(p->capabilities.bounding, CAPS_BIT(CAP_KILL));
	assert_int_equal(strv_length(p->unknown_capabilities), 1);
	assert_int_equal(p->rlimits[0].resource, RLIMIT_CORE);
	assert_true(p->rlimits[0].hard == RLIMIT_UNLIMITED);
	assert_true(p->no_new_privileges);
	assert_round_trip(spec);
}

static void test_process_is_checked(void **state)
{
	refuse(HEAD "\"process\":{}}", "process.cwd");
	refuse(HEAD "\"process\":{\"cwd\":\"tmp\"}}", "process.cwd");
	refuse(HEAD "\"process\":{\"cwd\":\"/a\\nb\"}}", "process.cwd");
	refuse(PROCESS("\"user\":{\"uid\":4294967295}"), "process.user.uid");
	refuse(PROCESS("\"user\":{\"uid\":-1}"), "process.user.uid");
	refuse(PROCESS("\"user\":{\"uid\":\"0\"}"), "process.user.uid");
	refuse(PROCESS("\"user\":{\"gid\":4294967296}"), "process.user.gid");
	refuse(PROCESS("\"user\":{\"umask\":512}"), "process.user.umask");
	refuse(PROCESS("\"user\":{\"additionalGids\":[0,-1]}"), "additionalGids: [1]");
	refuse(PROCESS("\"args\":[]"), "process.args");
	refuse(PROCESS("\"args\":[\"a\\u0000b\"]"), "process.args[0]");
	refuse(PROCESS("\"env\":[\"A=b\\u0000c\"]"), "process.env[0]");
	refuse(PROCESS("\"env\":[\"A\"]"), "process.env");
	refuse(PROCESS("\"env\":[\"=A\"]"), "process.env");
	refuse(PROCESS("\"consoleSize\":{\"height\":1}"), "consoleSize.width");
	refuse(PROCESS("\"consoleSize\":{\"height\":1,\"width\":65536}"), "consoleSize.width");
	refuse(PROCESS("\"oomScoreAdj\":1001"), "oomScoreAdj");
	refuse(PROCESS("\"noNewPrivileges\":1"), "noNewPrivileges");
	refuse(PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_X\",\"soft\":0,\"hard\":0}]"),
	       "process.rlimits[0].type");
	refuse(PROCESS("\"rlimits\":[{\"type\":\"NOFILE\",\"soft\":0,\"hard\":0}]"),
	       "process.rlimits[0].type");
	refuse(PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
	       "process.rlimits[0].soft");
	refuse(PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":0,\"hard\":0},"
		       "{\"type\":\"RLIMIT_CPU\",\"soft\":0,\"hard\":0}]"),
	       "RLIMIT_CPU");
}

static void test_mounts_and_hooks(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(
		HEAD "\"mounts\":[{\"destination\":\"data\",\"options\":[\"bind\",\"\"]}],"
		     "\"hooks\":{\"poststop\":[{\"path\":\"/bin/x\",\"timeout\":3}]}}");

	assert_string_equal(spec->mounts[0].destination, "/data");
	assert_int_equal(strv_length(spec->mounts[0].options), 2);
	assert_int_equal(spec->hooks[OCI_HOOK_POSTSTOP].list[0].timeout, 3);
	assert_round_trip(spec);
	refuse(HEAD "\"mounts\":{}}", "mounts");
	refuse(HEAD "\"mounts\":[1]}", "mounts[0]");
	refuse(HEAD "\"mounts\":[{}]}", "mounts[0].destination");
	refuse(HEAD "\"mounts\":[{\"destination\":\"/a\\nb\"}]}", "mounts[0].destination");
	refuse(HEAD "\"mounts\":[{\"destination\":\"/a\",\"uidMappings\":"
		    "[{\"containerID\":0,\"hostID\":1,\"size\":1}]}]}",
	       "mounts[0]");
	refuse(HEAD "\"hooks\":{\"prestart\":[{}]}}", "hooks.prestart[0].path");
	refuse(HEAD "\"hooks\":{\"prestart\":[{\"path\":\"x\"}]}}", "hooks.prestart[0].path");
	refuse(HEAD "\"hooks\":{\"prestart\":[{\"path\":\"/x\",\"timeout\":0}]}}", "timeout");
}

#define NAMES(names, parameters) \
	HEAD names "\"linux\":{\"namespaces\":[{\"type\":\"uts\"}],\"sysctl\":{" parameters "}}}"

static void test_names_and_parameters_agree(void **state)
{
	static const char *const good[] = {
		NAMES("", "\"kernel.domainname\":\"a\""),
		NAMES("\"domainname\":\"a\",", "\"kernel.domainname\":\"a\""),
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_oci_spec_ struct oci_spec *spec = parse(good[i]);

		assert_round_trip(spec);
	}
	refuse(NAMES("\"domainname\":\"a\",", "\"kernel.domainname\":\"b\""), "kernel.domainname");
	refuse(NAMES("\"hostname\":\"a\",", "\"kernel.hostname\":\"a\""), "kernel.hostname");
	refuse(NAMES("", "\"kernel.hostname\":\"a\""), "kernel.hostname");
}

static void test_what_is_not_supported_is_named(void **state)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}"),
		 "linux.personality.flags"},
		{HEAD "\"windows\":{}}", "windows"},
		{HEAD "\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":1,\"username\":\"a\"}}}",
		 "process.user.username"},
		{HEAD "\"process\":{\"cwd\":\"/\",\"commandLine\":\"a\"}}", "process.commandLine"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_oci_spec_ struct oci_spec *spec = parse(cases[i].text);
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_int_equal(oci_spec_check_supported(spec, &err), -EOPNOTSUPP);
		assert_int_equal(err.kind, ERR_UNSUPPORTED);
		assert_non_null(strstr(err.message, cases[i].name));
	}
	oci_spec_free(parse(HEAD "\"x-unknown\":{\"a\":[1]}}"));
}

static void test_parts_alone(void **state)
{
	_cleanup_json_ struct json_object *o = json("{\"cwd\":\"/\",\"args\":[\"a\"]}");
	_cleanup_json_ struct json_object *r = json("{\"pids\":{\"limit\":5},\"rdma\":{}}");
	_cleanup_oci_process_ struct oci_process *process = NULL;
	_cleanup_(oci_resources_done) struct oci_resources resources = {0};
	_cleanup_strv_ char **unsupported = NULL;

	assert_int_equal(oci_process_parse(o, &process, &unsupported, NULL), 0);
	assert_null(unsupported);
	assert_string_equal(process->cwd, "/");
	assert_int_equal(oci_resources_parse(r, &resources, &unsupported, NULL), 0);
	assert_int_equal(resources.pids_limit, 5);
	assert_null(unsupported);
}

static void test_builders(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(
		"{\"ociVersion\":\"1.3.0\",\"hooks\":{\"prestart\":[{\"path\":\"/bin/true\"}]},"
		"\"linux\":{\"devices\":[{\"type\":\"c\",\"path\":\"/dev/null\",\"major\":1,"
		"\"minor\":3,\"fileMode\":438}]}}");

	assert_non_null(oci_spec_add_mount(spec, "/x", NULL, "/y", "bind,ro"));
	assert_int_equal(strv_length(spec->mounts[0].options), 2);
	assert_int_equal(oci_map_set(&spec->annotations, "a", "1"), 0);
	assert_int_equal(oci_map_set(&spec->annotations, "a", "2"), 0);
	assert_int_equal(spec->annotations.n, 1);
	assert_string_equal(oci_map_get(&spec->annotations, "a"), "2");
	assert_round_trip(spec);
}

static void test_state(void **state)
{
	struct oci_map annotations = {0};
	_cleanup_json_ struct json_object *o = NULL;

	assert_int_equal(oci_map_set(&annotations, "k", "v"), 0);
	assert_int_equal(oci_state_to_json(&(struct oci_state){.id = "web",
							       .status = OCI_STATUS_RUNNING,
							       .pid = 7,
							       .bundle = "/b",
							       .annotations = &annotations},
					   &o, NULL),
			 0);
	assert_string_equal(json_text(o, false),
			    "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"status\":\"running\","
			    "\"pid\":7,\"bundle\":\"/b\",\"annotations\":{\"k\":\"v\"}}");
	oci_map_done(&annotations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_specifications_own_documents),
		cmocka_unit_test(test_default_is_whole),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_process_is_checked),
		cmocka_unit_test(test_mounts_and_hooks),
		cmocka_unit_test(test_names_and_parameters_agree),
		cmocka_unit_test(test_what_is_not_supported_is_named),
		cmocka_unit_test(test_parts_alone),
		cmocka_unit_test(test_builders),
		cmocka_unit_test(test_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
