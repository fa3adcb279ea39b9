/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

static void test_message_and_hint(void **state)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_int_equal(err_set(&err, ERR_NOT_FOUND, ENOENT, "no container '%s'", "web"), -ENOENT);
	assert_int_equal(err_hint(&err, "masu ps -a lists %s", "all"), -ENOENT);
	assert_int_equal(err_prefix(&err, "stop"), -ENOENT);
	assert_string_equal(err.message, "stop: no container 'web'");
	assert_string_equal(err.hint, "masu ps -a lists all");
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void test_sys_takes_either_sign(void **state)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_int_equal(err_sys(&err, -EACCES, "open '%s'", "/x"), -EACCES);
	assert_string_equal(err.message, "open '/x': Permission denied");
	assert_int_equal(err.kind, ERR_DENIED);
	assert_int_equal(err_sys(&err, ENOSPC, "write"), -ENOSPC);
	assert_int_equal(err.kind, ERR_NO_SPACE);
}

/* Success must never come out of a failure, whatever errno was at the time. */
static void test_code_zero_is_a_failure(void **state)
{
	_cleanup_err_ struct masu_error err = ERR_INIT, other = ERR_INIT;

	assert_int_equal(err_set(&err, ERR_INTERNAL, 0, "x"), -EIO);
	assert_int_equal(err_sys(&err, 0, "x"), -EIO);
	assert_int_equal(err_sys(NULL, 0, "x"), -EIO);
	assert_int_equal(err_move(&err, &other), -EIO);
	assert_int_equal(err_hint(&err, "x"), -EIO);
	assert_int_equal(err_prefix(&err, "x"), -EIO);
}

static void test_null_is_taken_everywhere(void **state)
{
	struct masu_error err = ERR_INIT;

	assert_int_equal(err_set(NULL, ERR_INVALID, EINVAL, "x"), -EINVAL);
	assert_int_equal(err_sys(NULL, ENOENT, "x"), -ENOENT);
	assert_true(err_prefix(NULL, "x") < 0);
	assert_true(err_hint(NULL, "x") < 0);
	err_done(NULL);
	(void)err_set(&err, ERR_INVALID, EINVAL, "dropped");
	assert_int_equal(err_move(NULL, &err), -EINVAL);
	assert_null(err.message);
}

static void test_old_texts_may_be_arguments(void **state)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	(void)err_set(&err, ERR_INVALID, EINVAL, "inner");
	(void)err_hint(&err, "first");
	(void)err_hint(&err, "%s, then second", err.hint);
	assert_string_equal(err.hint, "first, then second");
	(void)err_set(&err, ERR_DENIED, EPERM, "outer: %s", err.message);
	assert_string_equal(err.message, "outer: inner");
	assert_null(err.hint);
}

static void test_move(void **state)
{
	_cleanup_err_ struct masu_error to = ERR_INIT, from = ERR_INIT;

	(void)err_set(&to, ERR_INVALID, EINVAL, "old");
	(void)err_set(&from, ERR_CONFLICT, EEXIST, "new");
	assert_int_equal(err_move(&to, &from), -EEXIST);
	assert_string_equal(to.message, "new");
	assert_int_equal(to.kind, ERR_CONFLICT);
	assert_null(from.message);
	assert_int_equal(from.code, 0);
}

static void test_exit_status(void **state)
{
	for (int kind = 0; kind < ERR_KIND_MAX; kind++) {
		struct masu_error err = {.kind = (enum err_kind)kind, .code = EIO};
		int wanted = kind == ERR_NO_COMMAND	  ? 127
			     : kind == ERR_NOT_EXECUTABLE ? 126
			     : kind == ERR_SIGNAL	  ? 128
							  : 125;

		assert_int_equal(err_exit_status(&err), wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_and_hint),
		cmocka_unit_test(test_sys_takes_either_sign),
		cmocka_unit_test(test_code_zero_is_a_failure),
		cmocka_unit_test(test_null_is_taken_everywhere),
		cmocka_unit_test(test_old_texts_may_be_arguments),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_exit_status),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
