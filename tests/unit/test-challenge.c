/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/challenge.h"
#include "unit.h"

#include <errno.h>
#include <stdint.h>

static void test_bearer(void **state)
{
	_cleanup_challenge_ struct challenge c = {0};

	assert_int_equal(
		challenge_parse(
			"Bearer realm=\"https://a.example/t?x=\\\"1\\\"\",service=\"r, s\" , "
			"scope=\"repository:a/b:pull\"",
			&c, NULL),
		0);
	assert_int_equal(c.scheme, CHALLENGE_BEARER);
	assert_string_equal(c.realm, "https://a.example/t?x=\"1\"");
	assert_string_equal(c.service, "r, s");
	assert_string_equal(c.scope, "repository:a/b:pull");
}

static void test_the_best_of_several(void **state)
{
	_cleanup_challenge_ struct challenge c = {0};

	assert_int_equal(challenge_parse("Negotiate, basic realm=\"x\", BEARER realm=\"https://y\"",
					 &c, NULL),
			 0);
	assert_int_equal(c.scheme, CHALLENGE_BEARER);
	assert_string_equal(c.realm, "https://y");
	challenge_done(&c);
	assert_int_equal(challenge_parse("Digest realm=\"x\", nonce=\"y\"", &c, NULL), 0);
	assert_int_equal(c.scheme, CHALLENGE_NONE);
	assert_int_equal(challenge_parse("", &c, NULL), 0);
	assert_int_equal(c.scheme, CHALLENGE_NONE);
}

static void test_malformed_is_refused(void **state)
{
	static const char *const bad[] = {
		"Bearer",
		"Bearer service=\"x\"",
		"Bearer realm=",
		"Bearer realm=\"x",
		"Bearer realm=\"x\\",
		"Bearer realm=\"x\" service=\"y\"",
		"Bearer realm=\"x\",realm=\"y\"",
		"Bearer realm=\"x\ny\"",
		"Bearer\trealm=\"\x01\"",
		"=x",
		"\"Bearer\"",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_challenge_ struct challenge c = {0};

		if (challenge_parse(bad[i], &c, NULL) != -EBADMSG)
			fail_msg("'%s' passes", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bearer),
		cmocka_unit_test(test_the_best_of_several),
		cmocka_unit_test(test_malformed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
