/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/yaml-json.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "unit.h"

static void becomes(const char *yaml, const char *json)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_int_equal(yaml_to_json(yaml, strlen(yaml), &o, &err), 0);
	assert_string_equal(o ? json_text(o, false) : "null", json);
}

static void refused(const char *yaml, const char *message)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_int_equal(yaml_to_json(yaml, strlen(yaml), &o, &err), -EBADMSG);
	assert_string_equal(err.message, message);
	assert_null(o);
}

static void test_scalars(void **state)
{
	becomes("", "null");
	becomes("[0, -1, +2, 0666, 0o17, 0x1F, 9223372036854775807]",
		"[0,-1,2,438,15,31,9223372036854775807]");
	becomes("['0', \"1\", 0.5.0, 1_000, 09, 0x, -, +, 1-1, 1.2.3]",
		"[\"0\",\"1\",\"0.5.0\",\"1_000\",\"09\",\"0x\",\"-\",\"+\",\"1-1\",\"1.2.3\"]");
	becomes("[true, False, yes, on, null, ~, 'null', {a: }]",
		"[true,false,\"yes\",\"on\",null,null,\"null\",{\"a\":null}]");
	becomes("[1.5, .inf, .nan, -.5, e, .]", "[1.5,\".inf\",\".nan\",-0.5,\"e\",\".\"]");
	becomes("[18446744073709551616, --1, 1e5x]", "[\"18446744073709551616\",\"--1\",\"1e5x\"]");
	becomes("|\n  two\n  lines\n", "\"two\\nlines\\n\"");
}

static void test_structure(void **state)
{
	becomes("---\na:\n- b: 1\n  c: {d: e}\n- []\n...\n",
		"{\"a\":[{\"b\":1,\"c\":{\"d\":\"e\"}},[]]}");
	becomes("a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}");
	becomes("# a comment alone\n", "null");
}

static void test_refused(void **state)
{
	refused("a: 1\na: 2\n", "line 2: a key is there twice");
	refused("[a]: 1\n", "line 1: a key must be a text");
	refused("a: &x {b: 1}\nc:\n  <<: *x\n", "line 3: merge keys are not supported");
	refused("a: !!binary aGk=\n", "line 1: tags are not supported");
	refused("a: 1\n---\nb: 2\n", "line 3: a second document");
	refused("a: \"x\\0y\"\n", "line 1: a NUL character");
	refused("&x [*x]\n", "line 1: too many levels");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
