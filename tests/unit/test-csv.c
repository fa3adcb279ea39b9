/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strv.h"

static void test_fields(void **state)
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

		assert_int_equal(csv_split(cases[i].line, &fields), 0);
		for (; cases[i].fields[n]; n++)
			assert_string_equal(fields[n], cases[i].fields[n]);
		assert_null(fields[n]);
	}
}

static void test_misplaced_quotes(void **state)
{
	static const char *const bad[] = {
		"\"",	  "a\"", "a\"b\"",  "\"a\"b", "\"a\" ,b",
		" \"a\"", "\"a", "\"a\"\"", "a,\"b",  "x=\"a,b\"",
	};
	char **fields = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (csv_split(bad[i], &fields) != -EINVAL)
			fail_msg("'%s' passes", bad[i]);
	assert_null(fields);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_misplaced_quotes),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
