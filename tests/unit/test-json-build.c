/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-build.h"

#include <stdint.h>

#include "base/json.h"
#include "unit.h"

static void test_members(void **state)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	char *values[] = {(char *)"a/b", (char *)"\"", NULL};
	struct json_build b = {0};

	build_text(&b, o, "s", "/x");
	build_texts(&b, o, "l", values);
	build_texts(&b, o, "empty", values + 2);
	build_text(&b, o, "none", NULL);
	build_texts(&b, o, "none", NULL);
	build_int(&b, o, "i", INT64_MIN);
	build_uint(&b, o, "u", UINT64_MAX);
	build_bool(&b, o, "no", false);
	build_true(&b, o, "left out", false);
	build_true(&b, o, "yes", true);
	assert_false(b.failed);
	assert_string_equal(json_text(o, false),
			    "{\"s\":\"/x\",\"l\":[\"a/b\",\"\\\"\"],\"empty\":[],"
			    "\"i\":-9223372036854775808,\"u\":18446744073709551615,"
			    "\"no\":false,\"yes\":true}");
}

static void test_nesting(void **state)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};
	struct json_object *list = build_array(&b, o, "list");

	build_int(&b, build_object(&b, list, NULL), "n", 1);
	build_put(&b, list, NULL, json_object_new_double(0.5));
	(void)build_object(&b, o, "empty");
	(void)build_object(&b, o, "gone");
	build_drop_empty(o, "gone");
	build_drop_empty(o, "never was");
	build_drop_empty(NULL, "gone");
	assert_false(b.failed);
	assert_string_equal(json_text(o, false), "{\"list\":[{\"n\":1},0.5],\"empty\":{}}");
}

static void test_failure(void **state)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_put(&b, o, "key", NULL);
	assert_true(b.failed);
	b.failed = false;
	assert_null(build_object(&b, NULL, "key"));
	assert_true(b.failed);
	b.failed = false;
	build_put(&b, NULL, "key", json_object_new_int(1)); /* the value is released */
	assert_true(b.failed);
	/* A later success does not hide the failure. */
	build_int(&b, o, "key", 1);
	assert_true(b.failed);
}

static void test_bytes(void **state)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, o, "k\xff", "\xc3\xbc\xc3");
	assert_false(b.failed);
	assert_string_equal(json_text(o, false), "{\"k\xef\xbf\xbd\":\"\xc3\xbc\xef\xbf\xbd\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
