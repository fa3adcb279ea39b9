/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount_options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

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

static void test_what_cannot_be_is_refused(void **state)
{
	static const char *const on_bind[] = {"bind", "size=1", NULL};
	static const char *const mapped[] = {"rbind", "idmap", NULL};
	struct mount_options o;

	assert_int_equal(parse(NULL, on_bind, &o), -EINVAL);
	assert_int_equal(parse("bind", mapped, &o), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_later_options_win),
		cmocka_unit_test(test_recursive_forms_are_apart),
		cmocka_unit_test(test_the_rest_is_the_file_systems),
		cmocka_unit_test(test_what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests_name("mount-options", tests, NULL, NULL);
}
