/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/env-args.h"

#include <errno.h>
#include <stdio.h>

#include "base/strv.h"
#include "tmpdir.h"

static void test_lines(void **state)
{
	static const char text[] = "# comment\n\n A=1\nB=\"quoted # not a comment\"\r\n"
				   "\t# another\nC=x=y\nA=2\nPASSED\nNOT_SET\nLAST=";
	_cleanup_strv_ char **env = NULL;

	assert_int_equal(setenv("PASSED", "on", 1), 0);
	assert_int_equal(unsetenv("NOT_SET"), 0);
	assert_int_equal(env_args_add_lines(&env, text, "file", NULL), 0);
	assert_int_equal(strv_length(env), 5);
	assert_string_equal(strv_env_get(env, "A"), "2");
	assert_string_equal(strv_env_get(env, "B"), "\"quoted # not a comment\"");
	assert_string_equal(strv_env_get(env, "C"), "x=y");
	assert_string_equal(strv_env_get(env, "PASSED"), "on");
	assert_string_equal(strv_env_get(env, "LAST"), "");
}

static void test_a_byte_order_mark_is_skipped(void **state)
{
	_cleanup_strv_ char **env = NULL;

	assert_int_equal(env_args_add_lines(&env,
					    "\xef\xbb\xbf"
					    "A=1\n\xef\xbb\xbfX=2\n",
					    "file", NULL),
			 0);
	assert_string_equal(strv_env_get(env, "A"), "1");
	assert_string_equal(strv_env_get(env, "\xef\xbb\xbfX"), "2"); /* not at the beginning */
}

static void test_bad_names(void **state)
{
	static const char *const bad[] = {"=x", "A B=1", "A\t=1", "\x7f=1", ""};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_strv_ char **env = NULL;
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_int_equal(env_args_add(&env, bad[i], &err), -EINVAL);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_null(env);
	}
}

static void test_errors_name_file_and_line(void **state)
{
	_cleanup_strv_ char **env = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_int_equal(env_args_add_lines(&env, "A=1\n\n=2\n", "my.env", &err), -EINVAL);
	assert_string_equal(err.message, "'my.env', line 3: variable '=2' has no name");
	assert_int_equal(env_args_add_file(&env, "/nonexistent/file", &err), -ENOENT);
}

static void test_labels(void **state)
{
	_cleanup_strv_ char **labels = NULL;

	assert_int_equal(label_args_add(&labels, "a=b", NULL), 0);
	assert_int_equal(label_args_add(&labels, "c", NULL), 0);
	assert_int_equal(label_args_add(&labels, "a=d=e", NULL), 0);
	assert_string_equal(labels[1], "c=");
	assert_string_equal(labels[2], "a=d=e");
	assert_int_equal(label_args_add(&labels, "=x", NULL), -EINVAL);
	assert_int_equal(label_args_add(&labels, "", NULL), -EINVAL);

	struct tmpdir *t = *state;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *file = NULL;
	assert_true(asprintf(&file, "%s/labels", t->path) > 0);
	tmpdir_write(t, "labels", "# comment\nPATH\nb=c d\n");
	assert_int_equal(label_args_add_file(&labels, file, NULL), 0);
	assert_true(strv_contains(labels, "PATH=")); /* no variable of the caller's */
	assert_true(strv_contains(labels, "b=c d"));
	tmpdir_write(t, "labels", "a=b\n=c\n");
	assert_int_equal(label_args_add_file(&labels, file, &err), -EINVAL);
	assert_non_null(strstr(err.message, "line 2: label '=c' has no key"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_a_byte_order_mark_is_skipped),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_errors_name_file_and_line),
		cmocka_unit_test_setup_teardown(test_labels, tmpdir_setup, tmpdir_done),
	};

	return cmocka_run_group_tests_name("env", tests, NULL, NULL);
}
