/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "tmpdir.h"

static int parse(const char *text, struct json_object **ret, struct masu_error *err)
{
	return json_parse(text, strlen(text), "test", ret, err);
}

static void test_what_is_no_json(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"{}x",
		"{} {}",
		"{'a':1}",
		"{a:1}",
		"{\"a\"}",
		"[1,]",
		"{\"a\":1,}",
		"[1 2]",
		"// c\n{}",
		"/* c */",
		"[01]",
		"[+1]",
		"[.5]",
		"[1.]",
		"[0x10]",
		"[NaN]",
		"[-]",
		"[Infinity]",
		"[-Infinity]",
		"[nan]",
		"[True]",
		"[TRUE]",
		"[nul]",
		"[\"\t\"]",
		"[\"\\x41\"]",
		"[\"\\u12\"]",
		"\"open",
		"[1e]",
		"[00]",
		"[-01]",
		"\xff\xfe",
		"[\"\xff\"]",
		"[\"\xed\xa0\x80\"]",
		"[\"\xc0\xaf\"]",
		"[\"\xf5\x80\x80\x80\"]",
		"[\"\xe2\x82\"]",
		"[\"\x80\"]",
		"[18446744073709551616]",
		"[-9223372036854775809]",
		"[\"\xc3\"]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;
		struct json_object *o = NULL;
		int r = parse(bad[i], &o, &err);

		if (r != -EBADMSG)
			print_message("taken as JSON: %s\n", bad[i]);
		assert_int_equal(r, -EBADMSG);
		assert_null(o);
		assert_int_equal(err.kind, ERR_INVALID);
	}
}

static void test_nul_bytes(void **state)
{
	struct json_object *o = NULL;

	assert_int_equal(json_parse("{}\0", 3, "test", &o, NULL), -EBADMSG);
	assert_int_equal(json_parse("{\0}", 3, "test", &o, NULL), -EBADMSG);
	assert_int_equal(json_parse("[1]2", 3, "test", &o, NULL), 0); /* only three bytes count */
	json_putp(&o);
}

static void test_duplicate_keys(void **state)
{
	static const char *const bad[] = {
		"{\"a\":1,\"a\":1}",
		"{\"a\":null,\"a\":null}",
		"{\"x\":[{\"b\":{\"a\":1,\"c\":2,\"a\":3}}]}",
		"{\"a\":1,\"\\u0061\":2}",
	};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct json_object *o = NULL;

		assert_int_equal(parse(bad[i], &o, &err), -EBADMSG);
		assert_non_null(strstr(err.message, "twice"));
	}
	_cleanup_json_ struct json_object *o = NULL;
	assert_int_equal(parse("{\"a\":\":\",\"b\\\"\":{\"a\":\"\\\\\"},\":\":[]}", &o, NULL), 0);
}

static void test_what_is_json(void **state)
{
	static const char *const good[] = {
		"{}",
		" [ ] ",
		"\"\"",
		"null",
		"[-0,0,1e5,1.5E-3,18446744073709551615,-9223372036854775808]",
		"[\"\\u00e9\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\"\\\\\"]",
		"[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"]",
		"{\"a\":{\"a\":[{\"a\":true},false]}}\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_json_ struct json_object *o = NULL;
		_cleanup_err_ struct masu_error err = ERR_INIT;

		if (parse(good[i], &o, &err) != 0)
			fail_msg("refused: %s: %s", good[i], err.message);
	}
}

static void test_nesting(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 8];
	_cleanup_json_ struct json_object *o = NULL;
	struct json_object *none = NULL;
	const int depth = JSON_DEPTH_MAX - 1;

	memset(text, '[', (size_t)depth);
	memset(text + depth, ']', (size_t)depth);
	assert_int_equal(json_parse(text, (size_t)(2 * depth), "test", &o, NULL), 0);
	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_int_equal(json_parse(text, 2 * JSON_DEPTH_MAX + 2, "test", &none, NULL), -EBADMSG);
}

/* Texts that fit every limit of bytes, and would take json-c hundreds of times their size. */
static void test_how_many(void **state)
{
	static const struct {
		const char *item;
		size_t limit; /* how many may follow one another in one array */
	} cases[] = {
		{"{},", JSON_LISTS_MAX - 1}, {"[],", JSON_LISTS_MAX - 1}, {"0,", JSON_WORDS_MAX},
		{"\"\",", JSON_WORDS_MAX},   {"null,", JSON_WORDS_MAX},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ struct json_object *o = NULL, *none = NULL;
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_int_equal(strbuf_add(&text, "[", 1), 0);
		for (size_t n = 0; n < cases[i].limit; n++)
			assert_int_equal(strbuf_add(&text, cases[i].item, strlen(cases[i].item)),
					 0);
		text.text[text.length - 1] = ']';
		assert_int_equal(json_parse(text.text, text.length, "test", &o, &err), 0);
		text.text[text.length - 1] = ',';
		assert_int_equal(strbuf_add(&text, cases[i].item, strlen(cases[i].item)), 0);
		text.text[text.length - 1] = ']';
		assert_int_equal(json_parse(text.text, text.length, "test", &none, &err), -EFBIG);
		assert_null(none);
	}
}

static void test_numbers(void **state)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int64_t n = 7;
	uint64_t u = 7;
	uint32_t w = 7;

	assert_int_equal(parse("{\"max\":18446744073709551615,\"min\":-9223372036854775808,"
			       "\"big\":9223372036854775808,\"f\":1.5,\"e\":1e3,\"s\":\"1\","
			       "\"w\":4294967296,\"null\":null}",
			       &o, NULL),
			 0);
	assert_int_equal(json_get_uint64(o, "", "max", &u, &err), 1);
	assert_true(u == UINT64_MAX);
	assert_int_equal(json_get_int64(o, "", "min", JSON_RANGE(INT64_MIN, INT64_MAX), &n, &err),
			 1);
	assert_true(n == INT64_MIN);
	n = 7;
	u = 7;
	assert_int_equal(json_get_int64(o, "", "big", JSON_RANGE(INT64_MIN, INT64_MAX), &n, &err),
			 -EBADMSG);
	assert_int_equal(json_get_uint64(o, "", "min", &u, &err), -EBADMSG);
	assert_int_equal(json_get_uint32(o, "a.b[1]", "w", &w, &err), -EBADMSG);
	assert_non_null(strstr(err.message, "a.b[1].w: 4294967296 is not between 0 and"));
	assert_int_equal(json_get_int64(o, "", "f", JSON_RANGE(0, 9), &n, &err), -EBADMSG);
	assert_int_equal(json_get_int64(o, "", "e", JSON_RANGE(0, 9999), &n, &err), -EBADMSG);
	assert_int_equal(json_get_int64(o, "", "s", JSON_RANGE(0, 9), &n, &err), -EBADMSG);
	assert_int_equal(json_get_int64(o, "", "null", JSON_RANGE(0, 9), &n, &err), 0);
	assert_int_equal(json_get_int64(o, "", "absent", JSON_RANGE(0, 9), &n, &err), 0);
	assert_true(n == 7 && u == 7 && w == 7); /* written on success alone */
}

static void test_types(void **state)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_strv_ char **l = NULL;
	_cleanup_free_ char *copy = NULL;
	struct json_object *sub = NULL;
	const char *s = NULL;
	bool b = true;

	assert_int_equal(parse("{\"s\":\"x\",\"z\":\"a\\u0000b\",\"b\":false,\"l\":[\"1\",\"2\"],"
			       "\"m\":[\"1\",2],\"e\":[],\"o\":{}}",
			       &o, NULL),
			 0);
	assert_int_equal(json_get_string(o, "", "s", &s, &err), 1);
	assert_string_equal(s, "x");
	assert_int_equal(json_get_string(o, "", "z", &s, &err), -EBADMSG);
	assert_int_equal(json_get_string(o, "process", "o", &s, &err), -EBADMSG);
	assert_string_equal(err.message, "process.o: must be a string");
	assert_int_equal(json_get_copy(o, "", "s", &copy, &err), 1);
	assert_string_equal(copy, "x");
	assert_ptr_not_equal(copy, s);
	assert_int_equal(json_get_copy(o, "", "missing", &copy, &err), 0);
	assert_string_equal(copy, "x");
	assert_int_equal(json_get_bool(o, "", "b", &b, &err), 1);
	assert_false(b);
	assert_int_equal(json_get_bool(o, "", "s", &b, &err), -EBADMSG);
	assert_int_equal(json_get_object(o, "", "l", &sub, &err), -EBADMSG);
	assert_int_equal(json_get_array(o, "", "o", &sub, &err), -EBADMSG);
	assert_int_equal(json_get_strv(o, "", "m", &l, &err), -EBADMSG);
	assert_string_equal(err.message, "m[1]: must be a string without NUL");
	assert_null(l);
	assert_int_equal(json_get_strv(o, "", "e", &l, &err), 1);
	assert_int_equal(strv_length(l), 0);
	assert_non_null(l);
	strv_free(l);
	l = NULL;
	assert_int_equal(json_get_strv(o, "", "l", &l, &err), 1);
	assert_int_equal(strv_length(l), 2);
	/* A document that is not an object has no members. */
	_cleanup_json_ struct json_object *array = NULL;
	assert_int_equal(parse("[1]", &array, NULL), 0);
	assert_int_equal(json_get_string(array, "", "s", &s, &err), 0);
	assert_int_equal(json_get_string(NULL, "", "s", &s, &err), 0);
}

static void test_file(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	tmpdir_write(t, "good", "{\"a\":1}\n");
	tmpdir_write(t, "bad", "{");
	assert_int_equal(json_read_file(t->fd, "good", 100, &o, &err), 0);
	assert_int_equal(json_read_file(t->fd, "good", 7, &o, &err), -EFBIG);
	assert_int_equal(json_read_file(t->fd, "bad", 100, &o, &err), -EBADMSG);
	assert_non_null(strstr(err.message, "bad"));
	assert_int_equal(json_read_file(t->fd, "none", 100, &o, &err), -ENOENT);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_no_json),
		cmocka_unit_test(test_what_is_json),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_duplicate_keys),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_how_many),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_types),
		cmocka_unit_test_setup_teardown(test_file, tmpdir_setup, tmpdir_done),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
