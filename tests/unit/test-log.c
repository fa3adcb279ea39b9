/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <unistd.h>

#include "tmpdir.h"

/* Runs f with stderr going to the file "stderr" of the directory, and the log's file to "log". */
static void with_captured(const struct tmpdir *t, bool json, void (*f)(void))
{
	_cleanup_close_ int saved = fcntl(2, F_DUPFD_CLOEXEC, 10);
	_cleanup_close_ int to = openat(t->fd, "stderr", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC,
					0600);
	int log = openat(t->fd, "log", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(saved >= 0 && to >= 0 && log >= 0);
	log_init("masu");
	log_set_file(log, json);
	assert_int_equal(dup2(to, 2), 2);
	f();
	assert_int_equal(dup2(saved, 2), 2);
	log_set_file(-1, false);
}

static void say_several(void)
{
	log_error("no image 'x'");
	log_warning("odd");
	log_debug("not seen");
}

static void test_levels(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_free_ char *log = NULL;

	with_captured(t, true, say_several);
	assert_file(t, "stderr", "masu: no image 'x'\nmasu: warning: odd\n");
	assert_int_equal(file_read(t->fd, "log", 4096, &log, NULL), 0);
	assert_ptr_equal(strstr(log, "{\"level\":\"error\",\"msg\":\"no image 'x'\",\"time\":\"20"),
			 log);
	assert_non_null(strstr(log, "\n{\"level\":\"warning\""));
}

static void say_error(void)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	(void)err_set(&err, ERR_NO_COMMAND, ENOENT, "no command 'x'");
	(void)err_hint(&err, "try 'y'");
	assert_int_equal(log_err(&err), 127);
	err_done(&err);
	err.code = ENOSPC; /* a message that found no memory */
	assert_int_equal(log_err(&err), 125);
}

static void test_error_and_hint(void **state)
{
	struct tmpdir *t = *state;

	with_captured(t, true, say_error);
	assert_file(t, "stderr",
		    "masu: no command 'x'\n      try 'y'\nmasu: No space left on device\n");
}

static void say_hostile(void)
{
	log_error("registry said \"\033[2J\302\233\r\177\n\\");
}

/* Untrusted text can neither control the terminal nor change the structure of the log. */
static void test_control_characters(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_free_ char *log = NULL;

	with_captured(t, false, say_hostile);
	assert_file(t, "stderr", "masu: registry said \"?[2J????\n\\\n");
	assert_int_equal(file_read(t->fd, "log", 4096, &log, NULL), 0);
	assert_non_null(strstr(log, "level=error msg=\"registry said \\\"?[2J????\\n\\\\\"\n"));
}

static void say_bytes(void)
{
	log_error("no \xc3\xa4 in 'a\xff\xe2\x82' and \xc0\x80");
}

/* Bytes that aren't UTF-8 (of a file name, say) leave the JSON well formed. */
static void test_bytes_in_json(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_free_ char *log = NULL;

	with_captured(t, true, say_bytes);
	assert_int_equal(file_read(t->fd, "log", 4096, &log, NULL), 0);
	assert_non_null(strstr(log,
			       "\"msg\":\"no \xc3\xa4 in 'a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd' "
			       "and \xef\xbf\xbd\xef\xbf\xbd\","));
}

#define IN_TMPDIR(f) cmocka_unit_test_setup_teardown(f, tmpdir_setup, tmpdir_done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TMPDIR(test_levels),
		IN_TMPDIR(test_error_and_hint),
		IN_TMPDIR(test_control_characters),
		IN_TMPDIR(test_bytes_in_json),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
