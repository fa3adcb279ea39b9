/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/sub-ids.h"
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct parsed {
	struct id_range *ranges;
	size_t n, skipped;
};

/* Of alice, who is 1000. */
static int parse(const char *text, struct parsed *ret, struct masu_error *err)
{
	const struct sub_ids_file file = {
		.path = "/etc/subuid", .text = text, .name = "alice", .uid = 1000};

	*ret = (struct parsed){0};
	int r = idmap_add(&ret->ranges, &ret->n, (struct id_range){0, 1000, 1});
	return r == 0 ? sub_ids_parse(&file, &ret->ranges, &ret->n, &ret->skipped, err) : r;
}

static void test_ranges_are_found_by_name_and_number(void **state)
{
	struct parsed p;

	assert_int_equal(parse("# bob:1:2\nbob:300000:65536\nalice:100000:65536\n\n"
			       "1000:200000:10\nalice:0:0\n",
			       &p, NULL),
			 0);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.ranges[1].inside, 1);
	assert_int_equal(p.ranges[1].outside, 100000);
	assert_int_equal(p.ranges[2].inside, 65537);
	assert_int_equal(p.ranges[2].outside, 200000);
	assert_int_equal(p.skipped, 0);
	free(p.ranges);
}

static void test_a_range_that_is_there_twice_is_one(void **state)
{
	struct parsed p;

	assert_int_equal(parse("alice:100000:65536\n1000:100000:65536\n", &p, NULL), 0);
	assert_int_equal(p.n, 2);
	free(p.ranges);
}

static void test_malformed_lines(void **state)
{
	static const char *const own[] = {"alice:x:65536", "alice:100000", "1000:1:2:3",
					  "alice:100000:65536\nalice:100001:65536"};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct parsed p;

	assert_int_equal(parse("alice:100000:65536\nbob:x:65536\nnonsense\n", &p, NULL), 0);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.skipped, 2);
	free(p.ranges);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		assert_int_equal(parse(own[i], &p, &err), -EINVAL);
		assert_non_null(strstr(err.message, "/etc/subuid:"));
		free(p.ranges);
		err_done(&err);
	}
}

static void test_a_free_range_is_above_all_others(void **state)
{
	assert_int_equal(sub_ids_first_free(""), 100000);
	assert_int_equal(sub_ids_first_free("bob:1000:10\n"), 100000);
	assert_int_equal(sub_ids_first_free("bob:300000:65536\ncarol:100000:65536\nx:y\n"), 365536);
	assert_int_equal(sub_ids_first_free("bob:4294900000:60000\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges_are_found_by_name_and_number),
		cmocka_unit_test(test_a_range_that_is_there_twice_is_one),
		cmocka_unit_test(test_malformed_lines),
		cmocka_unit_test(test_a_free_range_is_above_all_others),
	};

	return cmocka_run_group_tests_name("sub-ids", tests, NULL, NULL);
}
