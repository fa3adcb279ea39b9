/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"
#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

static void test_growth(void **state)
{
	_cleanup_strv_ char **l = NULL;

	assert_int_equal(strv_length(l), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(strv_pushf(&l, "%d", i), 0);
	assert_int_equal(strv_length(l), 1000);
	for (int i = 0; i < 1000; i++) {
		char number[16];

		(void)snprintf(number, sizeof(number), "%d", i);
		assert_string_equal(l[i], number);
	}
	assert_int_equal(strv_push_owned(&l, NULL), -ENOMEM);
	assert_int_equal(strv_length(l), 1000);
}

/* As many as a command line may have, quickly with a counter. */
static void test_many(void **state)
{
	_cleanup_strv_ char **l = NULL, **copy = NULL;
	size_t n = 0;

	for (int i = 0; i < 500000; i++)
		assert_int_equal(strv_push_counted(&l, &n, "x"), 0);
	assert_int_equal(n, 500000);
	copy = strv_copy(l);
	assert_int_equal(strv_length(copy), n);
	assert_int_equal(strv_push(&copy, "last"), 0);
	assert_string_equal(copy[n], "last");
}

/* A vector may come from a literal size: pushing onto a copy must grow it right. */
static void test_copy_then_push(void **state)
{
	for (size_t n = 0; n < 9; n++) {
		_cleanup_strv_ char **l = NULL, **copy = NULL;

		for (size_t i = 0; i < n; i++)
			assert_int_equal(strv_push(&l, "x"), 0);
		copy = strv_copy(l);
		assert_non_null(copy);
		assert_int_equal(strv_push(&copy, "last"), 0);
		assert_int_equal(strv_extend(&copy, l), 0);
		assert_int_equal(strv_length(copy), 2 * n + 1);
		assert_string_equal(copy[n], "last");
		assert_true(strv_contains(copy, "last"));
		assert_false(strv_contains(l, "last"));
	}
}

static void test_split(void **state)
{
	_cleanup_strv_ char **a = strv_split("a,,b:", ",:"), **b = strv_split("", ",");

	assert_int_equal(strv_length(a), 4);
	assert_string_equal(a[1], "");
	assert_string_equal(a[2], "b");
	assert_string_equal(a[3], "");
	assert_int_equal(strv_length(b), 1);
}

static void test_environment(void **state)
{
	_cleanup_strv_ char **env = strv_split("A=1 AB=2 A=3 C", " ");

	assert_string_equal(strv_env_get(env, "A"), "3");
	assert_string_equal(strv_env_get(env, "AB"), "2");
	assert_null(strv_env_get(env, "C"));
	assert_null(strv_env_get(NULL, "A"));
	assert_int_equal(strv_env_set(&env, "AB=x=y"), 0);
	assert_string_equal(strv_env_get(env, "AB"), "x=y");
	assert_int_equal(strv_env_set(&env, "A=new"), 0);
	assert_string_equal(strv_env_get(env, "A"), "new");
	assert_int_equal(strv_env_set(&env, "N="), 0);
	assert_string_equal(strv_env_get(env, "N"), "");

	_cleanup_strv_ char **twice = strv_split("A=1 AB=2 A=3 B=4 AB=5", " ");
	assert_int_equal(strv_env_unique(twice), 0);
	assert_int_equal(strv_length(twice), 3);
	assert_string_equal(twice[0], "A=3");
	assert_string_equal(twice[1], "B=4");
	assert_string_equal(twice[2], "AB=5");
	assert_int_equal(strv_env_unique(NULL), 0);
}

static void test_csv(void **state)
{
	static const struct {
		const char *line;
		const char *fields[4];
	} cases[] = {
		{"", {""}},
		{",", {"", ""}},
		{"a", {"a"}},
		{"a,b=c,d", {"a", "b=c", "d"}},
		{"\"a,b\",c", {"a,b", "c"}},
		{"a,\"src=/x,\"\"y\"\"\",b", {"a", "src=/x,\"y\"", "b"}},
		{"\"\"", {""}},
		{"\"\"\"\"", {"\""}},
		{"\"\",\"\"", {"", ""}},
		{" a , b", {" a ", " b"}},
		{"a\nb,c", {"a\nb", "c"}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_strv_ char **fields = NULL;
		size_t n = 0;

		assert_int_equal(strv_split_csv(cases[i].line, &fields), 0);
		for (; cases[i].fields[n]; n++)
			assert_string_equal(fields[n], cases[i].fields[n]);
		assert_null(fields[n]);
	}
}

static void test_csv_quotes(void **state)
{
	static const char *const bad[] = {
		"\"",	  "a\"", "a\"b\"",  "\"a\"b", "\"a\" ,b",
		" \"a\"", "\"a", "\"a\"\"", "a,\"b",  "x=\"a,b\"",
	};
	char **fields = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (strv_split_csv(bad[i], &fields) != -EINVAL)
			fail_msg("'%s' passes", bad[i]);
	assert_null(fields);
}

static void test_sort(void **state)
{
	_cleanup_strv_ char **l = strv_split("b,a,B,,ab,a", ",");

	strv_sort(NULL);
	strv_sort(l);
	static const char *const sorted[] = {"", "B", "a", "a", "ab", "b"};
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		assert_string_equal(l[i], sorted[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),	       cmocka_unit_test(test_many),
		cmocka_unit_test(test_copy_then_push), cmocka_unit_test(test_split),
		cmocka_unit_test(test_environment),    cmocka_unit_test(test_csv),
		cmocka_unit_test(test_csv_quotes),     cmocka_unit_test(test_sort),
	};

	return cmocka_run_group_tests_name("strv", tests, NULL, NULL);
}
