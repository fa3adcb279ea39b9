/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a Varlink service, right and wrong ones. */
#include "varlink/varlink.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "unit.h"

static int parse(const char *text, struct varlink_reply *ret)
{
	return varlink_reply_parse(text, strlen(text), ret, NULL);
}

static void test_success(void **state)
{
	_cleanup_varlink_reply_ struct varlink_reply reply = {0};
	const char *name = NULL;

	assert_int_equal(parse("{\"parameters\":{\"name\":\"masu-1\"}}", &reply), 0);
	assert_null(reply.error);
	assert_int_equal(json_get_string(reply.parameters, "", "name", &name, NULL), 1);
	assert_string_equal(name, "masu-1");
	varlink_reply_done(&reply);
	assert_int_equal(parse(" {\"continues\":false,\"later\":[1]} ", &reply), 0);
	assert_null(reply.parameters);
}

static void test_error(void **state)
{
	_cleanup_varlink_reply_ struct varlink_reply reply = {0};

	assert_int_equal(parse("{\"error\":\"org.varlink.service.InvalidParameter\","
			       "\"parameters\":{\"parameter\":\"type\"}}",
			       &reply),
			 0);
	assert_string_equal(reply.error, "org.varlink.service.InvalidParameter");
	assert_non_null(reply.parameters);
}

static void test_wrong(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"7",
		"null",
		"{",
		"{}{}",
		"{\"parameters\":[]}",
		"{\"parameters\":{},\"parameters\":{}}",
		"{\"error\":7}",
		"{\"error\":\"\"}",
		"{\"error\":\"a\\u001b[31mb\"}",
		"{\"error\":\"a b\"}",
		"{\"continues\":1}",
		"{\"continues\":true}",
	};
	struct varlink_reply reply = {0};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(parse(texts[i], &reply), -EBADMSG);
		assert_null(reply.document);
	}
	assert_int_equal(varlink_reply_parse("{}\0", 3, &reply, NULL), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
