/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/submap.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "unit.h"

/* Of a user with the id 1000 and two ranges of sub-ids. */
static const struct id_range own[] = {{0, 1000, 1}, {1, 100000, 100}, {101, 300000, 50}};
#define N_OWN (sizeof(own) / sizeof(own[0]))

static int parse(const char *text, char **ret)
{
	_cleanup_free_ struct id_range *ranges = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	size_t n = 0;
	int r = submap_parse(text, own, N_OWN, &ranges, &n, &err);

	*ret = r == 0 ? submap_text(ranges, n) : NULL;
	return r;
}

static void test_a_text_is_read_and_written(void **state)
{
	static const struct {
		const char *text, *written;
	} cases[] = {
		{"0:1:10", "0:1:10"},
		{"0:5", "0:5:1"},
		{"0:1:10,10:0:1", "0:1:10,10:0:1"},
		{"7:@1000", "7:0:1"},
		{"7:@300049:1", "7:150:1"},
		{"0:0:4294967295", "0:0:4294967295"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = NULL;

		assert_int_equal(parse(cases[i].text, &text), 0);
		assert_string_equal(text, cases[i].written);
	}
}

static void test_malformed_texts(void **state)
{
	static const char *const bad[] = {"",
					  "0",
					  "0:",
					  "0:1:",
					  "0:1:0",
					  "0:1:2:3",
					  "-1:0:1",
					  "0:4294967296",
					  "0:4294967295:2",
					  "0:0:1,0:1:1",
					  "0:0:5,9:4:1",
					  "0:0:1,",
					  "0:@1001",
					  "0:@",
					  "0:0:4294967295,4294967295:0:1",
					  "0x1:0:1",
					  " 0:0:1"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *text;

		assert_int_equal(parse(bad[i], &text), -EINVAL);
	}
}

static int keep(uint32_t id, uint32_t size, char **ret)
{
	_cleanup_free_ struct id_range *ranges = NULL;
	size_t n = 0;
	int r = submap_keep_id(own, N_OWN, id, size, &ranges, &n);

	*ret = r == 0 ? submap_text(ranges, n) : NULL;
	return r;
}

static void test_keep_id(void **state)
{
	static const struct {
		uint32_t id, size;
		const char *text;
	} cases[] = {
		{0, 0, "0:0:1,1:1:150"},       {100, 0, "0:1:100,100:0:1,101:101:50"},
		{150, 0, "0:1:150,150:0:1"},   {4294967294U, 0, "0:1:150,4294967294:0:1"},
		{9, 10, "0:1:9,9:0:1"},	       {0, 1, "0:0:1"},
		{5, 20, "0:1:5,5:0:1,6:6:14"},
	};
	char *none;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = NULL;

		assert_int_equal(keep(cases[i].id, cases[i].size, &text), 0);
		assert_string_equal(text, cases[i].text);
	}
	assert_int_equal(keep(10, 10, &none), -ERANGE);
	assert_int_equal(keep(0, 152, &none), -ERANGE);
}

static void test_a_map_is_resolved_over_several_ranges(void **state)
{
	struct idmap all = {.userns = true,
			    .uids = (struct id_range *)own,
			    .n_uids = N_OWN,
			    .gids = (struct id_range *)own,
			    .n_gids = N_OWN};
	_cleanup_idmap_ struct idmap map = {0}, copy = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *uids = NULL, *gids = NULL;

	assert_int_equal(submap_apply("0:1:120,120:0:1", "0:0:1", &all, &map, &err), 0);
	uids = submap_text(map.uids, map.n_uids);
	gids = submap_text(map.gids, map.n_gids);
	assert_string_equal(uids, "0:100000:100,100:300000:20,120:1000:1");
	assert_string_equal(gids, "0:1000:1");
	assert_true(map.userns);
	assert_int_equal(submap_apply(NULL, NULL, &all, &copy, &err), 0);
	assert_int_equal(copy.n_uids, N_OWN);
	assert_memory_equal(copy.gids, own, sizeof(own));
}

static void test_an_id_of_another_is_refused(void **state)
{
	struct idmap all = {.userns = true,
			    .uids = (struct id_range *)own,
			    .n_uids = N_OWN,
			    .gids = (struct id_range *)own,
			    .n_gids = N_OWN};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct idmap map = {0};

	assert_int_equal(submap_apply("0:0:1", "0:100:52", &all, &map, &err), -EPERM);
	assert_int_equal(err.kind, ERR_DENIED);
	assert_non_null(strstr(err.message, "the id 151 "));
	assert_non_null(strstr(err.hint, "usermod --add-subuids"));
	err_done(&err);
	assert_int_equal(submap_apply("0:0:1", NULL, &all, &map, &err), -EINVAL);
	assert_null(map.uids);
}

static void test_a_map_without_the_owner(void **state)
{
	const struct id_range single = {0, 1000, 1};
	_cleanup_free_ struct id_range *ranges = NULL;
	_cleanup_free_ char *text = NULL;
	size_t n = 0;

	assert_int_equal(submap_without_owner(&single, 1, &ranges, &n), -ERANGE);
	assert_int_equal(submap_without_owner(own, N_OWN, &ranges, &n), 0);
	text = submap_text(ranges, n);
	assert_string_equal(text, "0:1:150");
	assert_false(submap_has_owner(text, text));
	assert_false(submap_has_owner("0:0:1", text));
	assert_false(submap_has_owner(text, "0:0:1"));
	assert_true(submap_has_owner("0:1:5,5:0:1", "0:0:1"));
	assert_true(submap_has_owner(NULL, NULL));
}

static void test_a_map_of_the_hosts_ids(void **state)
{
	const struct id_range host[] = {{0, 100050, 50}, {50, 300000, 10}};
	const struct id_range foreign[] = {{0, 300040, 11}};
	_cleanup_free_ struct id_range *ranges = NULL, *roots = NULL, *none = NULL;
	_cleanup_free_ char *text = NULL, *of_root = NULL;
	size_t n = 0, n_roots = 0, n_none = 0;

	assert_int_equal(submap_of_host(host, 2, own, N_OWN, &ranges, &n), 0);
	text = submap_text(ranges, n);
	assert_string_equal(text, "0:51:50,50:101:10");
	assert_int_equal(submap_of_host(host, 2, NULL, 0, &roots, &n_roots), 0);
	of_root = submap_text(roots, n_roots);
	assert_string_equal(of_root, "0:100050:50,50:300000:10");
	assert_int_equal(submap_of_host(foreign, 1, own, N_OWN, &none, &n_none), -ENOENT);
}

/* Root has no default map: its own ids are the host's. */
static void test_root_names_the_ids_of_the_host(void **state)
{
	const struct idmap none = {.userns = false};
	_cleanup_idmap_ struct idmap map = {0}, copy = {0};

	assert_int_equal(submap_apply("0:700000:10", "0:800000:10", &none, &map, NULL), 0);
	assert_true(map.userns);
	assert_int_equal(map.uids[0].outside, 700000);
	assert_int_equal(map.gids[0].outside, 800000);
	assert_int_equal(submap_apply(NULL, NULL, &none, &copy, NULL), 0);
	assert_false(copy.userns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_text_is_read_and_written),
		cmocka_unit_test(test_malformed_texts),
		cmocka_unit_test(test_keep_id),
		cmocka_unit_test(test_a_map_is_resolved_over_several_ranges),
		cmocka_unit_test(test_an_id_of_another_is_refused),
		cmocka_unit_test(test_a_map_without_the_owner),
		cmocka_unit_test(test_a_map_of_the_hosts_ids),
		cmocka_unit_test(test_root_names_the_ids_of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
