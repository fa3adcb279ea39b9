/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"
#include "unit.h"

#include <stdint.h>

static void test_edits(void **state)
{
	assert_int_equal(nearest_edits("memory", "memory", 3), 0);
	assert_int_equal(nearest_edits("memroy", "memory", 3), 1);
	assert_int_equal(nearest_edits("memor", "memory", 3), 1);
	assert_int_equal(nearest_edits("memoryy", "memory", 3), 1);
	assert_int_equal(nearest_edits("nemory", "memory", 3), 1);
	assert_int_equal(nearest_edits("", "abc", 3), 3);
	assert_true(nearest_edits("a", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", 3) >
		    3);
	assert_true(nearest_edits("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "a", 3) >
		    3);
}

static const char *find(const char *typed)
{
	static const char *const words[] = {"cpus",	   "cpu-shares", "memory",
					    "memory-swap", "rm",	 "run"};
	struct nearest n = {.typed = typed};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		nearest_try(&n, words[i]);
	return n.word;
}

static void test_the_nearest_word(void **state)
{
	assert_string_equal(find("memroy"), "memory");
	assert_string_equal(find("memory-swp"), "memory-swap");
	assert_string_equal(find("cpu"), "cpus");
	assert_string_equal(find("rnu"), "run");
	assert_string_equal(find("rm"), "rm");
	assert_string_equal(find("memory"), "memory");
	assert_null(find("rx"));
	assert_null(find("volume"));
	assert_null(find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_the_nearest_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
