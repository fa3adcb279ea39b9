/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credentials.h"
#include "unit.h"

#include <stdint.h>
#include <string.h>

#define ME "\"bWU6c2VjcmV0\"" /* me:secret */

/* The user found for an image, or "-", "helper:NAME SERVER" or "error". */
static void expect(const char *text, const char *image, const char *wanted)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_credentials_ struct credentials c = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	char found[200];

	assert_int_equal(reference_parse(image, &ref, NULL), 0);
	int r = credentials_parse(text, strlen(text), "auth.json", &ref, &c, &err);
	if (r < 0)
		(void)snprintf(found, sizeof(found), "error");
	else if (c.helper)
		(void)snprintf(found, sizeof(found), "helper:%s %s", c.helper, c.server);
	else
		(void)snprintf(found, sizeof(found), "%s", c.user ? c.user : "-");
	assert_string_equal(found, wanted);
	assert_true(r == 0 || err.message);
}

static void test_auths(void **state)
{
	static const char text[] = "{\"auths\":{\"r.example\":{\"auth\":" ME
				   "},\"r.example:5000\":{\"username\":\"u\","
				   "\"password\":\"p\"},\"r.example/deep\":{\"auth\":\"ZGVlcDp4\"},"
				   "\"https://index.docker.io/v1/\":{\"auth\":\"aHViOng=\"}}}";

	expect(text, "r.example/x", "me");
	expect(text, "r.example:5000/x", "u");
	expect(text, "r.example/deep/x", "deep");
	expect(text, "r.example/deeper", "me");
	expect(text, "nginx", "hub");
	expect(text, "evil.example/x", "-");
	expect(text, "r.example.evil.example/x", "-");
	expect(text, "localhost/r.example", "-");
	expect("{}", "r.example/x", "-");
	expect("{\"auths\":{\"r.example\":{}}}", "r.example/x", "-");
}

static void test_helpers(void **state)
{
	static const char text[] =
		"{\"credHelpers\":{\"r.example\":\"one\"},\"credsStore\":\"all\","
		"\"auths\":{\"r.example\":{\"auth\":" ME "}}}";

	expect(text, "r.example/x", "helper:one r.example");
	expect(text, "s.example/x", "helper:all s.example");
	expect(text, "nginx", "helper:all https://index.docker.io/v1/");
	expect("{\"credsStore\":\"../../bin/sh\"}", "nginx", "error");
	expect("{\"credsStore\":7}", "nginx", "error");
}

static void test_malformed_is_an_error(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"auths\":[]}",
		"{\"auths\":{\"r.example\":7}}",
		"{\"auths\":{\"r.example\":{\"auth\":\"???\"}}}",
		"{\"auths\":{\"r.example\":{\"auth\":\"bm9jb2xvbg==\"}}}",
		"{\"auths\":{\"r.example\":{\"auth\":7}}}",
		"{\"auths\":{\"r.example\":{\"identitytoken\":7}}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect(bad[i], "r.example/x", "error");
}

static void test_basic(void **state)
{
	struct credentials c = {.user = (char *)"me", .password = (char *)"secret"};
	_cleanup_free_ char *basic = credentials_basic(&c);

	assert_string_equal(basic, "Basic bWU6c2VjcmV0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auths),
		cmocka_unit_test(test_helpers),
		cmocka_unit_test(test_malformed_is_an_error),
		cmocka_unit_test(test_basic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
