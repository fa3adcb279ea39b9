/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/exec-options.h"
#include "runtime/exec.h"

#include <errno.h>
#include <linux/capability.h>

#include "base/strv.h"
#include "tmpdir.h"
#include "unit.h"

static void test_user(void **state)
{
	static const char *const bad[] = {"",	  "1:",	  ":",	":1",	      "-1",
					  "0x1",  "root", "+1", "4294967295", "4294967296",
					  "1:-1", "1 ",	  " 1", "1:2:3"};
	struct exec_options o = {.uid = 7};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(exec_parse_user(bad[i], &o, NULL), -EINVAL);
		assert_int_equal(o.uid, 7);
		assert_false(o.has_uid);
	}
	assert_int_equal(exec_parse_user("1", &o, NULL), 0);
	assert_true(o.has_uid && !o.has_gid);
	assert_int_equal(o.uid, 1);
	assert_int_equal(exec_parse_user("4294967294:0", &o, NULL), 0);
	assert_int_equal(o.uid, 4294967294U);
	assert_true(o.has_gid);
	assert_int_equal(o.gid, 0);
}

static struct oci_spec *new_spec(void)
{
	struct oci_spec *spec;

	assert_int_equal(oci_spec_default(false, &spec, NULL), 0);
	return spec;
}

static int set(struct oci_spec *spec, const struct oci_options *o, const char *arg)
{
	char *const args[] = {(char *)arg, NULL};
	_cleanup_free_ gid_t *groups = NULL;
	struct exec_options options;
	int r = exec_options_read(o, args, &options, &groups, NULL);

	return r < 0 ? r : exec_process_set(spec, &options, NULL);
}

static void test_options(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = new_spec();
	char *env[] = {(char *)"A=1", (char *)"TERM=x", (char *)"A=2", NULL};
	char *gids[] = {(char *)"5", (char *)"6,7", NULL},
	     *caps[] = {(char *)"CAP_SYS_PTRACE", NULL};
	const struct oci_options o = {
		.cwd = "/tmp", .env = env, .gids = gids, .caps = caps, .user = "3"};

	spec->process->user.gid = 9;
	assert_int_equal(set(spec, &o, "true"), 0);
	struct oci_process *p = spec->process;
	assert_string_equal(p->args[0], "true");
	assert_null(p->args[1]);
	assert_false(p->terminal);
	assert_string_equal(p->cwd, "/tmp");
	assert_string_equal(strv_env_get(p->env, "A"), "2");
	assert_string_equal(strv_env_get(p->env, "TERM"), "x");
	assert_int_equal(p->user.uid, 3);
	assert_int_equal(p->user.gid, 9);
	assert_int_equal(p->user.n_additional_gids, 3);
	assert_int_equal(p->user.additional_gids[2], 7);
	uint64_t bit = CAPS_BIT(CAP_SYS_PTRACE);
	assert_true(p->capabilities.bounding & bit && p->capabilities.effective & bit &&
		    p->capabilities.permitted & bit);
	assert_false((p->capabilities.inheritable | p->capabilities.ambient) & bit);
	assert_true(p->no_new_privileges);
}

static void test_bad_options(void **state)
{
	char *no_value[] = {(char *)"A", NULL}, *no_name[] = {(char *)"=x", NULL};
	char *no_cap[] = {(char *)"nonsense", NULL}, *no_gid[] = {(char *)"1,", NULL};
	const struct oci_options bad[] = {
		{.env = no_value}, {.env = no_name}, {.caps = no_cap}, {.gids = no_gid},
		{.cwd = "rel"},	   {.cwd = ""},	     {.user = ":"},    {.process = "/nonexistent"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_oci_spec_ struct oci_spec *spec = new_spec();

		assert_true(set(spec, &bad[i], bad[i].process ? NULL : "true") < 0);
	}
	_cleanup_oci_spec_ struct oci_spec *spec = new_spec();
	assert_int_equal(set(spec, &(struct oci_options){0}, NULL), -EINVAL);
	assert_int_equal(set(spec, &(struct oci_options){.process = "/x"}, "true"), -EINVAL);
}

/* Omitted members are as for the container; no_new_privs cannot be revoked. */
static void test_document(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = new_spec();
	static const char text[] = "{\"cwd\": \"/\", \"args\": [\"id\"], \"user\": {\"uid\": 1},"
				   " \"noNewPrivileges\": false, \"oomScoreAdj\": 5}";
	struct tmpdir *t = *state;
	char path[80];
	const struct oci_options o = {.process = path};
	uint64_t bounding = spec->process->capabilities.bounding;
	size_t n_rlimits = spec->process->n_rlimits;

	spec->process->user.has_umask = true;
	spec->process->user.umask = 077;
	(void)snprintf(path, sizeof(path), "%s/p.json", t->path);
	tmpdir_write(t, "p.json", text);
	assert_int_equal(set(spec, &o, NULL), 0);
	struct oci_process *p = spec->process;
	assert_string_equal(p->args[0], "id");
	assert_int_equal(p->user.uid, 1);
	assert_int_equal(p->user.umask, 077);
	assert_int_equal(p->oom_score_adj, 5);
	assert_int_equal(p->n_rlimits, n_rlimits);
	assert_true(bounding && p->capabilities.bounding == bounding);
	assert_true(p->no_new_privileges);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test_setup_teardown(test_document, tmpdir_setup, tmpdir_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
