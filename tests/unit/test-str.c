/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "unit.h"

#include <errno.h>

static void test_uint32_takes_digits_alone(void **state)
{
	static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "0x1", "1:", ":1", "1e3"};
	uint32_t n;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(str_to_uint32(bad[i], &n), -EINVAL);
	assert_int_equal(str_to_uint32("4294967296", &n), -ERANGE);
	assert_int_equal(str_to_uint32("99999999999999999999999", &n), -ERANGE);
	assert_int_equal(str_to_uint32("4294967295", &n), 0);
	assert_int_equal(n, UINT32_MAX);
}

static void assert_shell_word(const char *text, const char *wanted)
{
	_cleanup_free_ char *word = str_shell_word(text);

	assert_string_equal(word, wanted);
}

static void test_shell_words(void **state)
{
	assert_shell_word("", "''");
	assert_shell_word("/srv/a-b_c.d:e", "/srv/a-b_c.d:e");
	assert_shell_word("a b", "'a b'");
	assert_shell_word("$(id)", "'$(id)'");
	assert_shell_word("it's", "'it'\\''s'");
	assert_shell_word("~", "'~'");
}

static void test_sizes(void **state)
{
	char text[STR_SIZE_MAX];
	uint64_t n;

	assert_int_equal(str_to_size("64M", &n), 0);
	assert_int_equal(n, 64 << 20);
	assert_int_equal(str_to_size("1.5gib", &n), 0);
	assert_int_equal(n, 3ULL << 29);
	assert_int_equal(str_to_size("12b", &n), 0);
	assert_int_equal(n, 12);
	assert_int_equal(str_to_size("1x", &n), -EINVAL);
	assert_int_equal(str_to_size("m", &n), -EINVAL);
	assert_int_equal(str_to_size("1bb", &n), -EINVAL);
	assert_int_equal(str_to_size("99999999t", &n), -ERANGE);
	assert_string_equal(str_size(0, text), "0 B");
	assert_string_equal(str_size(999, text), "999 B");
	assert_string_equal(str_size(999949, text), "999.9 kB");
	assert_string_equal(str_size(999950, text), "1.0 MB");
	assert_string_equal(str_size(UINT64_MAX, text), "18.4 EB");
}

static void test_billionths(void **state)
{
	uint64_t n;

	assert_int_equal(str_to_billionths("0.5", &n), 0);
	assert_int_equal(n, 500000000);
	assert_int_equal(str_to_billionths("2", &n), 0);
	assert_int_equal(n, 2000000000);
	assert_int_equal(str_to_billionths("-1", &n), -EINVAL);
	assert_int_equal(str_to_billionths("1.", &n), -EINVAL);
}

static void test_words(void **state)
{
	const char *line = "  eth0:\t12 -5  7";
	size_t length;

	assert_memory_equal(str_word(line, 0, &length), "eth0:", 5);
	assert_int_equal(length, 5);
	assert_string_equal(str_word(line, 3, &length), "7");
	assert_string_equal(str_word(line, 4, &length), "");
	assert_int_equal(length, 0);
	assert_int_equal(str_word_number(line, 1), 12);
	assert_int_equal((long)str_word_number(line, 2), -5);
	assert_int_equal(str_word_number(line, 0), 0);
	assert_int_equal(str_word_number(line, 9), 0);
}

static void test_disarm(void **state)
{
	char lines[] = "a\n\x1b]0;\x7f\xc2\x9b\xc3\xa9\xc2\xa0\xc2", line[] = "a\nb";

	str_disarm(lines, true);
	assert_string_equal(lines, "a\n?]0;???\xc3\xa9\xc2\xa0\xc2");
	str_disarm(line, false);
	assert_string_equal(line, "a?b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_disarm),
		cmocka_unit_test(test_uint32_takes_digits_alone),
		cmocka_unit_test(test_shell_words),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_billionths),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
