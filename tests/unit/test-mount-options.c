/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount-options.h"

#include <errno.h>

#include "linux/mount-legacy.h"
#include "unit.h"

static int parse(const char *type, const char *const *options, struct mount_options *ret)
{
	return mount_options_parse(type, (char *const *)options, ret, NULL);
}

static void test_later_options_win(void **state)
{
	static const char *const options[] = {"ro", "nosuid", "rw", "noatime", "relatime", NULL};
	_cleanup_mount_options_ struct mount_options o = {0};

	assert_int_equal(parse("tmpfs", options, &o), 0);
	assert_int_equal(o.set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_RELATIME);
	assert_true(o.clear & MOUNT_ATTR_RDONLY);
	assert_int_equal(o.clear & MOUNT_ATTR__ATIME, MOUNT_ATTR__ATIME);
}

static void test_recursive_forms_are_apart(void **state)
{
	static const char *const options[] = {"rbind", "rro", "rslave", NULL};
	_cleanup_mount_options_ struct mount_options o = {0};

	assert_int_equal(parse(NULL, options, &o), 0);
	assert_true(o.bind && o.bind_recursive);
	assert_int_equal(o.set, 0);
	assert_int_equal(o.set_recursive, MOUNT_ATTR_RDONLY);
	assert_int_equal(o.propagation, MS_SLAVE);
	assert_true(o.propagation_recursive);
}

static void test_the_rest_is_the_file_systems(void **state)
{
	static const char *const options[] = {"mode=1777", "size=64k", "defaults", "noswap", NULL};
	_cleanup_mount_options_ struct mount_options o = {0};

	assert_int_equal(parse("tmpfs", options, &o), 0);
	assert_int_equal(o.n_parameters, 3);
	assert_string_equal(o.parameters[0].key, "mode");
	assert_string_equal(o.parameters[0].value, "1777");
	assert_string_equal(o.parameters[2].key, "noswap");
	assert_null(o.parameters[2].value);
}

static void test_options_of_bind_mounts(void **state)
{
	static const char *const options[] = {"rbind", "chown", "subpath=a", "subpath=a/b=c", NULL},
				 *const mapped[] = {"bind", "idmap", "subpath=a", NULL};
	_cleanup_mount_options_ struct mount_options o = {0};
	_cleanup_mount_options_ struct mount_options bad = {0};

	assert_int_equal(parse(NULL, options, &o), 0);
	assert_true(o.chown);
	assert_string_equal(o.subpath, "a/b=c");
	assert_int_equal(o.n_parameters, 0);
	assert_int_equal(parse("tmpfs", options + 1, &bad), -EINVAL);
	assert_int_equal(parse("tmpfs", options + 2, &bad), -EINVAL);
	assert_int_equal(parse(NULL, mapped, &bad), -EINVAL);
}

static void test_opposites(void **state)
{
	static const char *const options[] = {"sync", "mode=700", "async", "noiversion", NULL};
	_cleanup_mount_options_ struct mount_options o = {0};

	assert_int_equal(parse("tmpfs", options, &o), 0);
	assert_int_equal(o.n_parameters, 1);
	assert_string_equal(o.parameters[0].key, "mode");
}

static void test_id_maps(void **state)
{
	static const char *const plain[] = {"rbind", "idmap", "ridmap", NULL};
	static const char *const own[] = {"bind", "idmap=uids=0-1000-1#1-100000-9;gids=0-5-1",
					  NULL};
	_cleanup_mount_options_ struct mount_options o = {0}, mapped = {0};

	assert_int_equal(parse(NULL, plain, &o), 0);
	assert_int_equal(o.idmap, MOUNT_IDMAP_TREE);
	assert_false(o.own_map.userns);
	assert_int_equal(parse(NULL, own, &mapped), 0);
	assert_int_equal(mapped.idmap, MOUNT_IDMAP_ONE);
	assert_true(mapped.own_map.userns);
	assert_int_equal(mapped.own_map.n_uids, 2);
	assert_int_equal(mapped.own_map.uids[1].outside, 100000);
	assert_int_equal(mapped.own_map.gids[0].outside, 5);
}

static void test_links_and_remounts(void **state)
{
	static const char *const links[] = {"bind", "src-nofollow", "dest-nofollow", NULL};
	static const char *const again[] = {"remount", "ro", NULL};
	_cleanup_mount_options_ struct mount_options o = {0}, r = {0};

	assert_int_equal(parse(NULL, links, &o), 0);
	assert_true(o.source_nofollow && o.destination_nofollow && !o.copy_symlink);
	assert_int_equal(parse(NULL, again, &r), 0);
	assert_true(r.remount);
}

static void test_what_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *type, *options[3];
	} bad[] = {
		{NULL, {"bind", "size=1"}},
		{"tmpfs", {"idmap"}},
		{"tmpfs", {"copy-symlink"}},
		{"bind", {"tmpcopyup"}},
		{"ext4", {"tmpcopyup"}},
		{"bind", {"idmap=uids=0-1-1"}},
		{"bind", {"idmap=x=0-1-1"}},
		{"bind", {"idmap="}},
		{"bind", {"idmap=uids=@0-1-1;gids=0-1-1"}},
		{"bind", {"idmap=uids=0-1;gids=0-1-1"}},
		{"bind", {"idmap=uids=0-0-9#5-20-1;gids=0-1-1"}},
	};
	struct mount_options o;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse(bad[i].type, bad[i].options, &o), -EINVAL);
}

/* "s0:c1,c2" without quotes would end at the comma, in a category too few and an unknown option. */
static void test_as_text_for_old_kernels(void **state)
{
	static const struct mount_parameter parameters[] = {
		{"mode", "755"},
		{"sync", NULL},
		{"context", "system_u:object_r:container_file_t:s0:c1,c2"},
		{"noswap", NULL},
	};
	_cleanup_free_ char *data = NULL, *empty = NULL;
	unsigned long flags;

	assert_int_equal(mount_data_legacy(parameters, ARRAY_SIZE(parameters), &data, &flags), 0);
	assert_string_equal(
		data, "mode=755,context=\"system_u:object_r:container_file_t:s0:c1,c2\",noswap");
	assert_int_equal(flags, MS_SYNCHRONOUS);
	assert_int_equal(mount_data_legacy(NULL, 0, &empty, &flags), 0);
	assert_string_equal(empty, "");
	assert_int_equal(flags, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_later_options_win),
		cmocka_unit_test(test_recursive_forms_are_apart),
		cmocka_unit_test(test_the_rest_is_the_file_systems),
		cmocka_unit_test(test_options_of_bind_mounts),
		cmocka_unit_test(test_opposites),
		cmocka_unit_test(test_id_maps),
		cmocka_unit_test(test_links_and_remounts),
		cmocka_unit_test(test_what_cannot_be_is_refused),
		cmocka_unit_test(test_as_text_for_old_kernels),
	};

	return cmocka_run_group_tests_name("mount-options", tests, NULL, NULL);
}
