/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/userns.h"
#include "unit.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

static void test_ranges_must_not_overlap(void **state)
{
	struct id_range *ranges = NULL;
	size_t n = 0;
	uint32_t id;

	assert_int_equal(idmap_add(&ranges, &n, (struct id_range){0, 1000, 1}), 0);
	assert_int_equal(idmap_add(&ranges, &n, (struct id_range){1, 100000, 65536}), 0);
	assert_int_equal(idmap_add(&ranges, &n, (struct id_range){65536, 300000, 10}), -EINVAL);
	assert_int_equal(idmap_add(&ranges, &n, (struct id_range){70000, 165535, 10}), -EINVAL);
	assert_int_equal(idmap_add(&ranges, &n, (struct id_range){70000, 4294967290, 10}), -EINVAL);
	assert_int_equal(idmap_add(&ranges, &n, (struct id_range){70000, 1, 0}), -EINVAL);
	assert_int_equal(n, 2);
	assert_int_equal(idmap_to_host(ranges, n, 1, &id), 0);
	assert_int_equal(id, 100000);
	assert_int_equal(idmap_to_host(ranges, n, 65537, &id), -ENOENT);
	assert_int_equal(idmap_to_inside(ranges, n, 165535, &id), 0);
	assert_int_equal(id, 65536);
	assert_int_equal(idmap_to_inside(ranges, n, 165536, &id), -ENOENT);
	free(ranges);
}

static void test_read_own_maps(void **state)
{
	_cleanup_idmap_ struct idmap map = {0};
	uint32_t id;

	assert_int_equal(idmap_read(getpid(), &map), 0);
	assert_int_equal(idmap_to_inside(map.uids, map.n_uids, geteuid(), &id), 0);
	assert_int_equal(idmap_to_inside(map.gids, map.n_gids, getegid(), &id), 0);
	assert_int_equal(idmap_read(-1, &map), -ENOENT);
}

/* One id: what every user may map, so that this needs no helper. */
static struct idmap own_id(void)
{
	struct idmap map = {.userns = true};

	assert_int_equal(idmap_add(&map.uids, &map.n_uids, (struct id_range){0, geteuid(), 1}), 0);
	assert_int_equal(idmap_add(&map.gids, &map.n_gids, (struct id_range){0, getegid(), 1}), 0);
	return map;
}

static int is_root(void *arg, struct masu_error *err)
{
	if (getuid() != 0 || getgid() != 0)
		return err_set(err, ERR_INTERNAL, EPERM, "not root");
	return 0;
}

static int fails(void *arg, struct masu_error *err)
{
	(void)err_set(err, ERR_CONFLICT, EEXIST, "it is '%s'", (const char *)arg);
	return err_hint(err, "remove it");
}

static int die(void *arg, struct masu_error *err)
{
	_exit(0); /* a child that ends without a word has failed, whatever its status */
}

static void test_errors_come_back_whole(void **state)
{
	_cleanup_idmap_ struct idmap map = own_id();
	_cleanup_err_ struct masu_error err = ERR_INIT;

	int r = userns_run(&map, CLONE_NEWNS, is_root, NULL, &err);
	if (r == -EPERM || r == -EACCES || r == -ENOSPC)
		skip(); /* user namespaces are forbidden here */
	assert_int_equal(r, 0);
	assert_int_equal(userns_run(&map, 0, fails, (void *)"there", &err), -EEXIST);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_string_equal(err.message, "it is 'there'");
	assert_string_equal(err.hint, "remove it");
	assert_true(userns_run(&map, 0, die, NULL, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges_must_not_overlap),
		cmocka_unit_test(test_read_own_maps),
		cmocka_unit_test(test_errors_come_back_whole),
	};

	return cmocka_run_group_tests_name("userns", tests, NULL, NULL);
}
