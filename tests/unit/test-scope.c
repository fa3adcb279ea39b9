/* SPDX-License-Identifier: Apache-2.0 */
/* The client of masu-systemd: its messages, and its reactions to a masu-systemd that fails. */
#include "systemd/scope.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "systemd/manager.h"
#include "systemd/message.h"
#include "tests/unit/tmpdir.h"
#include "unit.h"

static void test_strings(void **state)
{
	char *strings[] = {(char *)"30000", (char *)"", (char *)"A=\xc3\xa4", NULL};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_strv_ char **got = NULL;

	assert_int_equal(message_pack(strings, &b), 0);
	assert_int_equal(b.length, 12);
	assert_int_equal(message_unpack(b.text, b.length, &got), 0);
	assert_int_equal(strv_length(got), 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(got[i], strings[i]);
}

static void test_bad_strings(void **state)
{
	char zeros[SYSTEMD_STRINGS_MAX + 1] = {0};
	_cleanup_strv_ char **got = NULL;

	assert_int_equal(message_unpack("a", 1, &got), -EBADMSG);
	assert_int_equal(message_unpack("a\0b", 3, &got), -EBADMSG);
	assert_int_equal(message_unpack("\xff", 2, &got), -EILSEQ);
	assert_int_equal(message_unpack(zeros, sizeof(zeros), &got), -E2BIG);
	assert_null(got);
	assert_int_equal(message_unpack("", 0, &got), 0);
	assert_int_equal(strv_length(got), 0);
}

static void listen_at(const char *dir, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", dir, name);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void finds(const char *expected)
{
	_cleanup_strv_ char **options = NULL;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	assert_int_equal(manager_find(false, &options, NULL), 0);
	STRV_FOREACH(s, options)
		assert_int_equal(strbuf_addf(&b, "%s ", *s), 0);
	assert_string_equal(b.text, expected);
}

static void test_manager(void **state)
{
	const struct tmpdir *t = *state;
	_cleanup_free_ char *dir = path_join(t->path, "a b"), *systemd = path_join(dir, "systemd");
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_strbuf_ struct strbuf both = STRBUF_INIT;
	char **options = NULL;

	assert_int_equal(path_mkdir_all(systemd, 0700), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", dir, 1), 0);
	assert_int_equal(unsetenv("DBUS_SESSION_BUS_ADDRESS"), 0);
	assert_int_equal(manager_find(false, &options, &err), -ENOTCONN);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_int_equal(setenv("DBUS_SESSION_BUS_ADDRESS", "unix:abstract=/x", 1), 0);
	finds("--bus unix:abstract=/x ");
	listen_at(dir, "systemd/private");
	listen_at(dir, "bus");
	assert_int_equal(strbuf_addf(&both,
				     "--private unix:path=%s/a%%20b/systemd/private --bus "
				     "unix:abstract=/x --bus unix:path=%s/a%%20b/bus ",
				     t->path, t->path),
			 0);
	finds(both.text);
}

/* Has the client start a shell script in place of masu-systemd, and a manager seem to exist. */
static void replace_program(const struct tmpdir *t, const char *script)
{
	_cleanup_free_ char *path = path_join(t->path, "masu-systemd"), *text = NULL;
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	assert_true(asprintf(&text, "#!/bin/sh\n%s\n", script) > 0);
	assert_int_equal(fd_write_full(fd, text, strlen(text)), 0);
	assert_int_equal(setenv("MASU_LIBEXEC_DIR", t->path, 1), 0);
	assert_int_equal(setenv("DBUS_SESSION_BUS_ADDRESS", "unix:abstract=/x", 1), 0);
}

static void test_no_program(void **state)
{
	const struct tmpdir *t = *state;
	struct scope_job *job = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	replace_program(t, "exit 0");
	assert_int_equal(unlinkat(t->fd, "masu-systemd", 0), 0);
	assert_int_equal(scope_prepare(false, "x.scope", &job, &err), -ENOENT);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_string_equal(err.message, "program \"masu-systemd\" not found");
	assert_non_null(err.hint);
}

static void dies(const struct tmpdir *t, const char *script, const char *message)
{
	_cleanup_scope_job_ struct scope_job *job = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	replace_program(t, script);
	assert_int_equal(scope_prepare(false, "x.scope", &job, &err), 0);
	assert_int_equal(scope_connect(job, &err), -ECONNRESET);
	assert_string_equal(err.message, message);
}

static void test_death(void **state)
{
	dies(*state, "exit 127", "cannot run masu-systemd: its libraries cannot be loaded");
	dies(*state, "exit 3", "masu-systemd ended with status 3");
	dies(*state, "kill -9 $$", "masu-systemd was killed by signal 9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_bad_strings),
		cmocka_unit_test_setup_teardown(test_manager, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_no_program, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_death, tmpdir_setup, tmpdir_done),
	};

	return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
