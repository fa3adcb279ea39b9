/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/answer.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

static char *reason_of(const char *text)
{
	_cleanup_strbuf_ struct strbuf body = STRBUF_INIT;

	assert_int_equal(strbuf_addf(&body, "%s", text), 0);
	return answer_reason(&body);
}

static void test_reason(void **state)
{
	static const char *const none[] = {"",
					   "<html>",
					   "[]",
					   "{}",
					   "{\"errors\":[]}",
					   "{\"errors\":[1]}",
					   "{\"errors\":{}}",
					   "{\"errors\":[{\"code\":1}]}",
					   "{\"errors\":[{}]}"};
	char long_text[4096];

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_null(reason_of(none[i]));
	_cleanup_free_ char *both = reason_of(
		"{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no\"}, 7]}");
	assert_string_equal(both, "DENIED: no");
	_cleanup_free_ char *code = reason_of(
		"{\"errors\":[{\"code\":\"DENIED\",\"message\":null}]}");
	assert_string_equal(code, "DENIED");
	_cleanup_free_ char *message = reason_of(
		"{\"errors\":[{\"message\":\"a\\u001b[2Jb\\nc\"}]}");
	assert_string_equal(message, "a?[2Jb?c");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = 0;
	_cleanup_free_ char *document = str_printf(
		"{\"errors\":[{\"code\":\"%s\",\"message\":\"%s\"}]}", long_text, long_text);
	_cleanup_free_ char *cut = reason_of(document);
	assert_true(strlen(cut) <= 300);
}

static void test_range(void **state)
{
	static const char *const bad[] = {NULL,
					  "",
					  "0",
					  "0-",
					  "-1",
					  "1-2",
					  "0-x",
					  "0-1x",
					  "0--1",
					  " 0-1",
					  "bytes=1-2",
					  "0-18446744073709551615",
					  "0-9223372036854775807"};
	uint64_t n = 7;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(answer_range(bad[i], &n), -EBADMSG);
	assert_int_equal(n, 7);
	assert_int_equal(answer_range("0-0", &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(answer_range("0-99", &n), 0);
	assert_int_equal(n, 100);
	assert_int_equal(answer_range("bytes=0-1048575", &n), 0);
	assert_int_equal(n, 1048576);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
