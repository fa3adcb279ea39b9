/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/id-pool.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "linux/submap.h"
#include "unit.h"

/* The text of the map that the pool makes of `fixed`, or "" if it has not enough ids. */
static char *map(const struct id_pool *pool, uint32_t size, const char *fixed)
{
	_cleanup_free_ struct id_range *ranges = NULL;
	size_t n = 0;

	if (fixed)
		assert_int_equal(submap_parse(fixed, NULL, 0, &ranges, &n, NULL), 0);
	int r = id_pool_map(pool, size, &ranges, &n);
	if (r == -ENOSPC)
		return strdup("");
	assert_int_equal(r, 0);
	return submap_text(ranges, n);
}

static void check(const struct id_pool *pool, uint32_t size, const char *fixed, const char *wanted)
{
	_cleanup_free_ char *text = map(pool, size, fixed);

	assert_string_equal(text, wanted);
}

static void test_the_lowest_ids_that_nobody_uses(void **state)
{
	static const struct id_range all[] = {{0, 1, 100}, {0, 200, 50}};
	static const struct id_range used[] = {{0, 31, 10}, {0, 1, 20}, {0, 15, 10}, {0, 200, 1}};
	const struct id_pool pool = {all, used, 2, 4};

	check(&pool, 1, NULL, "0:25:1");
	check(&pool, 6, NULL, "0:25:6");
	check(&pool, 7, NULL, "0:41:7");
	check(&pool, 60, NULL, "0:41:60");
	check(&pool, 61, NULL, "");
	check(&(struct id_pool){all, used, 2, 0}, 100, NULL, "0:1:100");
	check(&(struct id_pool){all, used, 0, 0}, 1, NULL, "");
	check(&(struct id_pool){all + 1, used, 1, 4}, 49, NULL, "0:201:49");
	check(&(struct id_pool){all + 1, used, 1, 4}, 50, NULL, "");
}

static void test_ranges_that_the_map_has_besides(void **state)
{
	static const struct id_range all[] = {{0, 1, 100}};
	const struct id_pool pool = {all, NULL, 1, 0};

	check(&pool, 10, "0:500:10", "0:500:10");
	check(&pool, 10, "3:500:2", "3:500:2,0:1:3,5:4:5");
	check(&pool, 10, "5:500:2,3:600:2", "5:500:2,3:600:2,0:1:3,7:4:3");
	check(&pool, 10, "20:500:1", "20:500:1,0:1:10");
	check(&pool, 4, "2:500:100", "2:500:100,0:1:2");
	/* Their own ids are not given twice. */
	check(&pool, 10, "3:4:2", "3:4:2,0:6:3,5:9:5");
}

static void test_the_ends_of_the_ids(void **state)
{
	static const struct id_range all[] = {{0, 4294967000u, 295}};
	const struct id_pool pool = {all, NULL, 1, 0};

	check(&pool, 295, NULL, "0:4294967000:295");
	check(&pool, 296, NULL, "");
	check(&pool, UINT32_MAX - 1, NULL, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_lowest_ids_that_nobody_uses),
		cmocka_unit_test(test_ranges_that_the_map_has_besides),
		cmocka_unit_test(test_the_ends_of_the_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
