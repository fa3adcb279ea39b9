/* SPDX-License-Identifier: Apache-2.0 */

/* The conventions of masu.h: sizes of options, errors. */

#include "masu.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/options.h"
#include "unit.h"

struct own {
	size_t size;
	int a, b;
};

static void test_older_program(void **state)
{
	const struct {
		size_t size;
		int a;
	} given = {offsetof(struct own, b), 1};
	struct own own = {0, 7, 7};

	assert_int_equal(options_take(&own, sizeof(own), &given, NULL), 0);
	assert_int_equal(own.a, 1);
	assert_int_equal(own.b, 0);
	assert_int_equal(options_take(&own, sizeof(own), NULL, NULL), 0);
	assert_int_equal(own.a, 0);
}

static void test_newer_program(void **state)
{
	struct {
		struct own known;
		int64_t c; /* fills the struct: the bytes of padding would be any */
	} given = {{sizeof(given), 1, 2}, 0};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct own own;

	assert_int_equal(options_take(&own, sizeof(own), &given, &err), 0);
	assert_int_equal(own.b, 2);
	given.c = 1;
	assert_int_equal(options_take(&own, sizeof(own), &given, &err), -E2BIG);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
}

static void test_forgotten_size(void **state)
{
	const struct masu_engine_options options = {0};
	_cleanup_(masu_error_freep) masu_error *error = NULL;
	masu_engine *engine;

	assert_int_equal(masu_error_new(&error), 0);
	assert_int_equal(masu_error_get_errno(error), 0);
	assert_int_equal(masu_engine_open(&options, &engine, error), -EINVAL);
	assert_int_equal(masu_error_get_kind(error), MASU_ERROR_INVALID);
	assert_int_equal(masu_error_get_errno(error), EINVAL);
	assert_non_null(strstr(masu_error_get_message(error), "size"));
	assert_null(masu_error_get_hint(error));
}

static void test_returned_struct(void **state)
{
	const struct own own = {0, 1, 2};
	struct {
		struct own known;
		int c;
	} newer = {{sizeof(newer), 0, 0}, 7};
	struct own older = {offsetof(struct own, b), 0, 7};

	options_give(&newer, &own, sizeof(own));
	assert_int_equal(newer.known.size, sizeof(newer));
	assert_int_equal(newer.known.b, 2);
	assert_int_equal(newer.c, 0);
	options_give(&older, &own, sizeof(own));
	assert_int_equal(older.a, 1);
	assert_int_equal(older.b, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_older_program),
		cmocka_unit_test(test_newer_program),
		cmocka_unit_test(test_forgotten_size),
		cmocka_unit_test(test_returned_struct),
	};

	return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
