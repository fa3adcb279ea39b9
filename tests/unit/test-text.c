/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "unit.h"

#include <stdio.h>
#include <time.h>

static void test_numbers_and_truncation(void **state)
{
	char buffer[8];
	struct text t = text_into(buffer, sizeof(buffer));

	text_add(&t, "log.");
	text_add_uint(&t, 0);
	assert_string_equal(buffer, "log.0");
	text_add_uint(&t, 12);
	assert_string_equal(buffer, "log.012");
	assert_false(t.truncated);
	text_add_uint(&t, UINT64_MAX);
	assert_string_equal(buffer, "log.012");
	assert_true(t.truncated);
}

static void check_stamp(int64_t seconds, int64_t ns)
{
	char buffer[TEXT_STAMP_LENGTH + 1], date[32], expected[64];
	struct text t = text_into(buffer, sizeof(buffer));
	time_t when = (time_t)seconds;
	struct tm tm;

	assert_non_null(gmtime_r(&when, &tm));
	assert_int_not_equal(strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm), 0);
	(void)snprintf(expected, sizeof(expected), "%s.%09lldZ", date, (long long)ns);
	text_add_stamp(&t, seconds * 1000000000 + ns);
	assert_false(t.truncated);
	assert_string_equal(buffer, expected);
}

/* Against the C library's calendar, from 1677 to 2262: each month's ends and every leap rule. */
static void test_stamps(void **state)
{
	for (int64_t s = -9200000000; s < 9200000000; s += 86400 * 5 - 17)
		check_stamp(s, 123456789);
	for (int64_t s = 951696000; s < 951696000 + 4 * 86400; s += 3599) /* 2000-02-28 */
		check_stamp(s, 0);
	check_stamp(-1, 999999999);
	check_stamp(0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_and_truncation),
		cmocka_unit_test(test_stamps),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
