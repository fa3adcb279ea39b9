/* SPDX-License-Identifier: Apache-2.0 */

/* On a directory in place of resctrl: the kernel makes a group's files, so groups are there before. */

#include "cgroup/resctrl.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/strv.h"
#include "tmpdir.h"
#include "unit.h"

static char *schema(const char *s)
{
	return (char *)s;
}

static void make_group(const struct tmpdir *t, const char *name, const char *schemata)
{
	char path[64];

	assert_int_equal(mkdirat(t->fd, name, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/tasks", name);
	tmpdir_write(t, path, "");
	(void)snprintf(path, sizeof(path), "%s/schemata", name);
	tmpdir_write(t, path, schemata);
	(void)snprintf(path, sizeof(path), "%s/mon_groups", name);
	assert_int_equal(mkdirat(t->fd, path, 0755), 0);
}

static void test_own_group(void **state)
{
	const struct tmpdir *t = *state;
	char *lines[] = {schema("L2:0=3"), NULL};
	const struct oci_intel_rdt rdt = {.wanted = true,
					  .schemata = lines,
					  .l3_cache_schema = schema("L3:0=f\nMB:0=10"),
					  .mem_bw_schema = schema("MB:0=70")};

	make_group(t, "id", "");
	assert_int_equal(resctrl_enter(t->fd, &rdt, "id", 42, NULL), 0);
	assert_file(t, "id/schemata", "L3:0=f\nMB:0=70\nL2:0=3\n");
	assert_file(t, "id/tasks", "42");
	const struct oci_intel_rdt changed = {.mem_bw_schema = schema("MB:0=20")};
	tmpdir_write(t, "id/schemata", "");
	assert_int_equal(resctrl_update(t->fd, &changed, "id", NULL), 0);
	assert_file(t, "id/schemata", "MB:0=20\n");
}

static void test_shared_group(void **state)
{
	const struct tmpdir *t = *state;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct oci_intel_rdt rdt = {.wanted = true, .clos_id = schema("gold")};

	/* Without schemata it must be there. */
	assert_int_equal(resctrl_enter(t->fd, &rdt, "id", 42, &err), -ENOENT);
	assert_non_null(strstr(err.message, "linux.intelRdt.closID"));
	make_group(t, "gold", "    L3:0=007f0; 1=01f\n    MB:0=100;1=100\n");
	assert_int_equal(resctrl_enter(t->fd, &rdt, "id", 42, NULL), 0);
	assert_file(t, "gold/tasks", "42");
	rdt.l3_cache_schema = schema("L3:0=7F0;1=1f");
	rdt.mem_bw_schema = schema("MB:1=100");
	assert_int_equal(resctrl_enter(t->fd, &rdt, "id", 43, NULL), 0);
	assert_file(t, "gold/schemata", "    L3:0=007f0; 1=01f\n    MB:0=100;1=100\n");
	static const char *const others[] = {"L3:0=7f1", "L3:2=7f0", "L2:0=7f0", "L3CODE:0=7f0"};
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		rdt.l3_cache_schema = schema(others[i]);
		assert_int_equal(resctrl_enter(t->fd, &rdt, "id", 44, NULL), -EEXIST);
	}
	assert_file(t, "gold/tasks", "43");
	assert_int_equal(resctrl_remove(t->fd, &rdt, "id", NULL), 0);
	assert_true(tmpdir_has(t, "gold"));
}

static void test_monitoring(void **state)
{
	const struct tmpdir *t = *state;
	const struct oci_intel_rdt rdt = {
		.wanted = true, .clos_id = schema("gold"), .enable_monitoring = true};

	make_group(t, "gold", "");
	assert_int_equal(mkdirat(t->fd, "gold/mon_groups/id", 0755), 0);
	tmpdir_write(t, "gold/mon_groups/id/tasks", "");
	assert_int_equal(resctrl_enter(t->fd, &rdt, "id", 42, NULL), 0);
	assert_file(t, "gold/tasks", "42");
	assert_file(t, "gold/mon_groups/id/tasks", "42");
	assert_int_equal(resctrl_join(t->fd, &rdt, "id", 43, NULL), 0);
	assert_file(t, "gold/mon_groups/id/tasks", "43");
	assert_int_equal(unlinkat(t->fd, "gold/mon_groups/id/tasks", 0), 0);
	assert_int_equal(resctrl_remove(t->fd, &rdt, "id", NULL), 0);
	assert_false(tmpdir_has(t, "gold/mon_groups/id"));
	assert_int_equal(resctrl_remove(t->fd, &rdt, "id", NULL), 0);
}

static void test_failure(void **state)
{
	const struct tmpdir *t = *state;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct oci_intel_rdt rdt = {.wanted = true, .l3_cache_schema = schema("L3:9=f")};

	/* The new directory is removed again: no kernel puts files into this one. */
	assert_int_equal(mkdirat(t->fd, "info", 0755), 0);
	tmpdir_write(t, "info/last_cmd_status", "Unknown cache 9\n");
	assert_int_equal(resctrl_enter(t->fd, &rdt, "id", 42, &err), -ENOENT);
	assert_non_null(strstr(err.message, "Unknown cache 9"));
	assert_false(tmpdir_has(t, "id"));
	rdt.clos_id = schema("gold");
	assert_int_equal(resctrl_enter(t->fd, &rdt, "id", 42, NULL), -ENOENT);
	assert_false(tmpdir_has(t, "gold"));
	/* The root's own, where nothing is made. */
	rdt.clos_id = schema("/");
	rdt.l3_cache_schema = NULL;
	tmpdir_write(t, "tasks", "");
	assert_int_equal(resctrl_enter(t->fd, &rdt, "id", 42, NULL), 0);
	assert_file(t, "tasks", "42");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_own_group, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_shared_group, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_monitoring, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_failure, tmpdir_setup, tmpdir_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
