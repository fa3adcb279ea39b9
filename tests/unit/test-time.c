/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

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

static void test_forms(void **state)
{
	static const int64_t now = 1000000 * S;
	static const struct {
		const char *text;
		int64_t ns;
	} table[] = {
		{"1970-01-02T00:00:00Z", 86400 * S},
		{"1970-01-02T00:00:00.25+01:00", 82800 * S + S / 4},
		{"1970-01-02Z", 86400 * S},
		{"1970-01-02-01:30", 91800 * S},
		{"1970-01-02T10Z", 122400 * S},
		{"1970-01-02T10:30Z", 124200 * S},
		/* Where clocks are two hours ahead. */
		{"1970-01-02", 79200 * S},
		{"1970-01-02T10", 115200 * S},
		{"1970-01-02T10:30", 117000 * S},
		{"1970-01-02T10:30:05", 117005 * S},
		{"1970-01-02T10:30:05.000000001", 117005 * S + 1},
		{"0", 0},
		{"1700000000", 1700000000 * S},
		{"1700000000.123", 1700000000 * S + 123000000},
		{"1700000000.123456789", 1700000000 * S + 123456789},
		{"10s", now - 10 * S},
		{"0s", now},
		{"1h30m", now - 5400 * S},
		{"1.5h", now - 5400 * S},
		{"2d1h1m1.25s", now - 176461 * S - S / 4},
		{"0.5s500ms", now - S},
		{"1m1ms1us1\u00b5s1\u03bcs1ns", now - 60001003001},
		{"1s1h1s", now - 3602 * S},
	};
	int64_t ns;

	assert_int_equal(setenv("TZ", "TEST-2", 1), 0);
	tzset();
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (time_parse(table[i].text, now, &ns) != 0 || ns != table[i].ns)
			fail_msg("'%s' is not %lld", table[i].text, (long long)table[i].ns);
	assert_int_equal(unsetenv("TZ"), 0);
}

static void test_no_forms(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"now",
		"yesterday",
		"-",
		"-1h",
		"+1h",
		"h",
		".5s",
		"1.s",
		"1..5s",
		"1h30",
		"1h 30m",
		"1H",
		"1w",
		"1.2.3",
		"1700000000.",
		"1700000000,5",
		"2026-11",
		"2026-11-",
		"2026-1-2",
		"2026-11-22T",
		"2026-11-22T10:",
		"2026-11-22T1",
		"2026-11-22.5",
		"2026-11-22T10:00.5",
		"2026-11-22T10:00:00.",
		"2026-11-22T24:00",
		"2026-11-22 10:00:00",
		"2026-11-22T10:00:00+01",
		"2026-11-22T10:00:00+01:00x",
		"2026-11-22T10:00:00z1",
		"26-11-22",
	};
	static const char *const far[] = {
		"9999-01-01",
		"0001-01-01T00:00:00Z",
		"9300000000",
		"99999999999999999999",
		"1.1234567890",
		"200000d",
		"99999999999999999999h",
		"106751d106751d",
	};
	int64_t ns;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (time_parse(bad[i], 0, &ns) != -EINVAL)
			fail_msg("'%s' passes", bad[i]);
	for (size_t i = 0; i < ARRAY_SIZE(far); i++)
		if (time_parse(far[i], INT64_MIN / 2, &ns) != -ERANGE)
			fail_msg("'%s' is not out of range", far[i]);
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
		cmocka_unit_test(test_stamps), cmocka_unit_test(test_parse),
		cmocka_unit_test(test_forms),  cmocka_unit_test(test_no_forms),
		cmocka_unit_test(test_ago),    cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
