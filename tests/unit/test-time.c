/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define S 1000000000LL

static void test_stamps(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} table[] = {
		{0, "1970-01-01T00:00:00.000000000Z"},
		{-1, "1969-12-31T23:59:59.999999999Z"},
		{951826271 * S + 1, "2000-02-29T12:11:11.000000001Z"},
		{INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
		{INT64_MIN + 1 * S, "1677-09-21T00:12:44.145224192Z"},
	};
	char buffer[TIME_STAMP_MAX];
	int64_t ns;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		assert_string_equal(time_stamp(table[i].ns, buffer), table[i].text);
		assert_int_equal(time_parse_stamp(table[i].text, &ns), 0);
		assert_true(ns == table[i].ns);
	}
	(void)time_stamp(INT64_MIN, buffer);
}

static void test_parse(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-11-22",
		"2026-11-22T10:00:00",
		" 2026-11-22T10:00:00Z",
		"2026-11-22T10:00:00Zx",
		"2026-11-22T10:00:00.Z",
		"2026-13-22T10:00:00Z",
		"2026-11-32T10:00:00Z",
		"2026-11-22T24:00:00Z",
		"2026-11-22T10:00:00+ 5:00",
		"2026-11-22T10:00:00+0500",
		"2026-11-22T10:00:00+24:00",
		"2026-11-22T10:00:00+01:60",
		"26-11-22T10:00:00Z",
		"2026-1-22T10:00:00Z",
		"-026-11-22T10:00:00Z",
	};
	int64_t ns = 7;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(time_parse_stamp(bad[i], &ns), -EINVAL);
	assert_int_equal(time_parse_stamp("0001-01-01T00:00:00Z", &ns), -ERANGE);
	assert_int_equal(time_parse_stamp("9999-12-31T23:59:59Z", &ns), -ERANGE);
	assert_int_equal(ns, 7);
	assert_int_equal(time_parse_stamp("1970-01-01T02:30:00.5+02:00", &ns), 0);
	assert_int_equal(ns, 1800 * S + S / 2);
	assert_int_equal(time_parse_stamp("1969-12-31T23:00:00-01:00", &ns), 0);
	assert_int_equal(ns, 0);
	assert_int_equal(time_parse_stamp("1970-01-01T00:00:00.1234567899999Z", &ns), 0);
	assert_int_equal(ns, 123456789);
}

static void test_ago(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} table[] = {
		{0, "Less than a second ago"}, {1, "1 second ago"},
		{59, "59 seconds ago"},	       {60, "1 minute ago"},
		{7200, "2 hours ago"},	       {86400 * 3, "3 days ago"},
		{86400 * 8, "1 week ago"},     {86400 * 61, "2 months ago"},
		{86400 * 366, "1 year ago"},   {-5, "Less than a second ago"},
	};
	char buffer[TIME_STAMP_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_string_equal(time_ago(1000 * S, (1000 + table[i].seconds) * S, buffer),
				    table[i].text);
	assert_non_null(strstr(time_ago(INT64_MIN, INT64_MAX, buffer), "years ago"));
}

static void test_clocks(void **state)
{
	int64_t before = time_monotonic_ms();

	assert_true(time_now() > 1700000000 * S);
	assert_true(time_monotonic_ms() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_ago),
		cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
