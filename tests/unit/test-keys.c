/* SPDX-License-Identifier: Apache-2.0 */
#include "base/keys.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

static void test_parse(void **state)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct keys k;

	assert_int_equal(keys_parse(KEYS_DEFAULT, &k, NULL), 0);
	assert_int_equal(k.n, 2);
	assert_memory_equal(k.bytes, "\x10\x11", 2);
	assert_int_equal(
		keys_parse("a,ctrl-A,ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,Z", &k, NULL), 0);
	assert_memory_equal(k.bytes, "a\x01\x00\x1b\x1c\x1d\x1e\x1fZ", 9);
	assert_int_equal(k.n, 9);
	assert_int_equal(keys_parse("", &k, NULL), 0);
	assert_int_equal(k.n, 0);
	static const char *const wrong[] = {"ctrl-", "ctrl-1", "ctrl-aa", "a,,b", ",",
					    "ab",    "a,",     "\n",	  "alt-a"};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(keys_parse(wrong[i], &k, &err), -EINVAL);
	assert_int_equal(keys_parse("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", &k, NULL), 0);
	assert_int_equal(keys_parse("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", &k, NULL), -EINVAL);
}

/* Each argument is typed at once; what passes is written together. True when detached. */
static bool type(const char *keys, const char *const *typed, char passed[256])
{
	struct keys k;
	bool detached = false;
	size_t n = 0;

	assert_int_equal(keys_parse(keys, &k, NULL), 0);
	for (; *typed && !detached; typed++) {
		char out[128];
		size_t size = strlen(*typed);
		size_t got = keys_pass(&k, *typed, size, out, &detached);

		assert_true(got <= size + KEYS_MAX);
		memcpy(passed + n, out, got);
		n += got;
	}
	passed[n] = 0;
	return detached;
}

#define TYPE(keys, ...) type(keys, (const char *const[]){__VA_ARGS__, NULL}, passed)

static void test_pass(void **state)
{
	char passed[256];

	assert_false(TYPE("", "abc", "\x10\x11"));
	assert_string_equal(passed, "abc\x10\x11");
	assert_true(TYPE(KEYS_DEFAULT, "ab\x10\x11more"));
	assert_string_equal(passed, "ab");
	assert_true(TYPE(KEYS_DEFAULT, "a\x10", "\x11"));
	assert_string_equal(passed, "a");
	assert_false(TYPE(KEYS_DEFAULT, "a\x10", "b\x11"));
	assert_string_equal(passed, "a\x10"
				    "b\x11");
	assert_false(TYPE(KEYS_DEFAULT, "\x10", "\x10", "x"));
	assert_string_equal(passed, "\x10\x10x");
	assert_true(TYPE(KEYS_DEFAULT, "\x10\x10", "\x11"));
	assert_string_equal(passed, "\x10");
	assert_true(TYPE("a,b,a,c", "abab", "ac"));
	assert_string_equal(passed, "ab");
	assert_false(TYPE("a,b,a,c", "ababa", "d"));
	assert_string_equal(passed, "ababad");
	assert_true(TYPE("a,a,b", "aaa", "b"));
	assert_string_equal(passed, "a");
	assert_true(TYPE("q", "xq"));
	assert_string_equal(passed, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse),
					   cmocka_unit_test(test_pass)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
