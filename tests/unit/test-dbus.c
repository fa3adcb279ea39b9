/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/dbus.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "systemd/scope.h"
#include "tmpdir.h"

static const struct dbus_call hello = {
	.destination = "org.freedesktop.DBus",
	.path = "/org/freedesktop/DBus",
	.interface = "org.freedesktop.DBus",
	.member = "Hello",
};

/* As dbus-daemon(1) takes it: written down from the specification, field by field. */
static void test_call(void **state)
{
	static const char expected[] = "l\1\0\1\0\0\0\0\1\0\0\0\x6e\0\0\0"
				       "\1\1o\0\25\0\0\0/org/freedesktop/DBus\0\0\0"
				       "\6\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
				       "\2\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
				       "\3\1s\0\5\0\0\0Hello\0\0";
	_cleanup_dbus_body_ struct dbus_body b = DBUS_BODY_INIT;

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		skip();
	assert_int_equal(dbus_write_call(&hello, 1, NULL, &b), 0);
	assert_int_equal(b.bytes.length, sizeof(expected)); /* with the literal's own zero */
	assert_memory_equal(b.bytes.text, expected, sizeof(expected));
}

static void put_sample(struct dbus_body *b)
{
	dbus_put_byte(b, 7);
	dbus_put_string(b, "text");
	struct dbus_array array = dbus_open_array(b, 8);
	dbus_open_struct(b);
	dbus_put_uint64(b, 1);
	dbus_close_array(b, array);
	dbus_close_array(b, dbus_open_array(b, 8)); /* no elements, yet their padding */
	dbus_put_uint32(b, 9);
}

static void test_alignment(void **state)
{
	_cleanup_dbus_body_ struct dbus_body b = DBUS_BODY_INIT;
	const uint32_t lengths[] = {8, 0};

	put_sample(&b);
	assert_int_equal(b.error, 0);
	assert_int_equal(b.bytes.length, 44);
	assert_memory_equal(b.bytes.text + 4, "\4\0\0\0text\0", 9);
	assert_memory_equal(b.bytes.text + 16, &lengths[0], 4); /* then 4 of padding */
	assert_memory_equal(b.bytes.text + 32, &lengths[1], 4);
}

static void test_parse(void **state)
{
	_cleanup_dbus_body_ struct dbus_body body = DBUS_BODY_INIT, m = DBUS_BODY_INIT;
	struct dbus_call call = hello;
	struct dbus_message parsed;
	const char *s;
	uint32_t n;

	dbus_put_uint32(&body, 42);
	dbus_put_string(&body, "first");
	dbus_put_string(&body, "");
	call.signature = "uss";
	assert_int_equal(dbus_write_call(&call, 5, &body, &m), 0);
	const uint8_t *bytes = (uint8_t *)m.bytes.text;
	assert_int_equal(dbus_message_size(bytes, 15), 0);
	assert_int_equal(dbus_message_size(bytes, m.bytes.length), m.bytes.length);
	assert_int_equal(dbus_parse(bytes, m.bytes.length, &parsed), 0);
	assert_int_equal(parsed.type, DBUS_CALL);
	assert_string_equal(parsed.member, "Hello");
	assert_string_equal(parsed.signature, "uss");
	struct dbus_reader r = {.bytes = parsed.body, .n = parsed.body_size};
	assert_int_equal(dbus_read_uint32(&r, &n), 0);
	assert_int_equal(n, 42);
	assert_int_equal(dbus_read_string(&r, &s), 0);
	assert_string_equal(s, "first");
	assert_int_equal(dbus_read_string(&r, &s), 0);
	assert_string_equal(s, "");
	assert_int_equal(dbus_read_string(&r, &s), -EBADMSG);
}

/* Any byte of a message may be wrong: it is refused or taken, and never read beyond its end. */
static void test_damage(void **state)
{
	_cleanup_dbus_body_ struct dbus_body m = DBUS_BODY_INIT;
	struct dbus_message parsed;

	assert_int_equal(dbus_write_call(&hello, 1, NULL, &m), 0);
	for (size_t i = 0; i < m.bytes.length; i++) {
		_cleanup_free_ uint8_t *copy = malloc(m.bytes.length);

		assert_non_null(copy);
		memcpy(copy, m.bytes.text, m.bytes.length);
		copy[i] ^= 0xff;
		(void)dbus_parse(copy, m.bytes.length, &parsed);
		assert_int_equal(dbus_parse((uint8_t *)m.bytes.text, i, &parsed), -EBADMSG);
	}
}

static void test_addresses(void **state)
{
	static const struct {
		const char *list, *socket;
	} table[] = {
		{"unix:path=/run/user/1000/bus", "/run/user/1000/bus"},
		{"unix:guid=0,path=/a%20b,x=y;unix:path=/c", "/a b"},
		{"tcp:host=h;unix:abstract=/tmp/dbus-1,guid=1", "@/tmp/dbus-1"},
		{"unixexec:path=ssh", NULL},
		{"unix:tmpdir=/tmp", NULL},
		{"unix:", NULL},
		{";;", NULL},
		{"", NULL},
		{"unix:path=/a%", "/a%"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_free_ char *s = bus_parse_address(table[i].list);

		if (table[i].socket)
			assert_string_equal(s, table[i].socket);
		else
			assert_null(s);
	}
}

/* A message of the manager's to us, made as a call and then given its type and the serial it answers. */
static void send_as(int fd, uint8_t type, uint8_t serial, const char *member, const char *signature,
		    struct dbus_body *body)
{
	const uint8_t field[8] = {5, 1, 'u', 0, serial};
	_cleanup_dbus_body_ struct dbus_body m = DBUS_BODY_INIT;
	const struct dbus_call call = {
		.path = "/org/freedesktop/systemd1",
		.interface = "org.freedesktop.systemd1.Manager",
		.member = member,
		.signature = signature,
	};

	(void)dbus_write_call(&call, 1, body, &m);
	m.bytes.text[1] = (char)type;
	/* An answer has REPLY_SERIAL (5), here five times, where a call has its PATH of 40 bytes. */
	for (size_t i = 16; i < 56 && type != DBUS_SIGNAL; i += 8)
		memcpy(m.bytes.text + i, field, sizeof(field));
	for (size_t i = 0; i < m.bytes.length; i++) /* as badly cut as can be */
		if (write(fd, m.bytes.text + i, 1) != 1)
			_exit(1);
}

/* Reads up to where `end` has come. */
static size_t hear(int fd, char *bytes, size_t size, const char *end)
{
	size_t n = 0;

	while (!memmem(bytes, n, end, strlen(end))) {
		ssize_t got = read(fd, bytes + n, size - n);

		if (got <= 0)
			_exit(1);
		n += (size_t)got;
	}
	return n;
}

/* How the manager answers one request for a scope. */
struct script {
	const char *result; /* of the job; NULL: refused */
	bool undone;	    /* the unit is stopped afterwards */
	int code;	    /* of scope_finish() */
};

static void do_job(int fd, uint8_t serial, const char *job, const char *result)
{
	_cleanup_dbus_body_ struct dbus_body reply = DBUS_BODY_INIT, removed = DBUS_BODY_INIT;

	dbus_put_string(&reply, job);
	send_as(fd, DBUS_RETURN, serial, NULL, "o", &reply);
	dbus_put_uint32(&removed, 1);
	dbus_put_string(&removed, job);
	dbus_put_string(&removed, "x.scope");
	dbus_put_string(&removed, result);
	send_as(fd, DBUS_SIGNAL, 0, "JobRemoved", "uoss", &removed);
}

/*
 * A manager that takes what it is sent for one call, and answers it with an ended job. A call that
 * came with the greeting it would miss.
 */
_noreturn_ static void serve(int listener, const struct script *script)
{
	_cleanup_dbus_body_ struct dbus_body nothing = DBUS_BODY_INIT;
	char bytes[4096];
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	size_t n = hear(fd, bytes, sizeof(bytes), "BEGIN\r\n");

	if (memcmp(bytes, "\0AUTH EXTERNAL\r", 15) != 0 || bytes[n - 1] != '\n' ||
	    recv(fd, bytes, 1, MSG_DONTWAIT) >= 0 || write(fd, "DATA\r\nOK 0123\r\n", 15) != 15)
		_exit(1);
	(void)hear(fd, bytes, sizeof(bytes), "StartTransientUnit");
	if (!script->result)
		send_as(fd, DBUS_ERROR, 1, NULL, NULL, &nothing);
	else
		do_job(fd, 1, "/job/1", script->result);
	if (script->undone) {
		(void)hear(fd, bytes, sizeof(bytes), "StopUnit");
		do_job(fd, 2, "/job/2", "done");
	}
	for (n = 0; read(fd, bytes, sizeof(bytes)) > 0;) /* the rest of the last call */
		if (memmem(bytes, sizeof(bytes), "StopUnit", 8) && !script->undone)
			_exit(1);
	_exit(0);
}

static pid_t start_manager(const char *dir, const struct script *script)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/systemd", dir);
	(void)mkdir(address.sun_path, 0700);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/systemd/private", dir);
	(void)unlink(address.sun_path);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		serve(listener, script);
	return pid;
}

static int make_scope(bool undo, struct err *err)
{
	_cleanup_scope_job_ struct scope_job *job = NULL;
	const pid_t self = getpid();
	const struct scope_request request = {
		.description = "a test",
		.pids = &self,
		.n_pids = 1,
		.delegate = true,
	};
	int r = scope_connect(false, "x.scope", &job, err);

	if (r == 0)
		r = scope_begin(job, &request, err);
	if (r == 0 && undo)
		scope_undo(job, 10000);
	return r == 0 ? scope_finish(job, 10000, err) : r;
}

static void check_script(const struct tmpdir *t, const struct script *script, bool undo)
{
	_cleanup_err_ struct err err = ERR_INIT;
	pid_t manager = start_manager(t->path, script);
	int status;

	assert_int_equal(setenv("XDG_RUNTIME_DIR", t->path, 1), 0);
	assert_int_equal(make_scope(undo, &err), script->code);
	assert_int_equal(waitpid(manager, &status, 0), manager);
	assert_int_equal(status, 0);
}

static void test_scope(void **state)
{
	static const struct script table[] = {
		{"done", false, 0}, {"failed", false, -EIO}, {NULL, false, -EIO}};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		check_script(*state, &table[i], false);
}

/* Also one whose job failed is stopped, but never a unit that was there before. */
static void test_undo(void **state)
{
	static const struct script table[] = {
		{"done", true, 0}, {"failed", true, 0}, {NULL, false, 0}};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		check_script(*state, &table[i], true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test_setup_teardown(test_scope, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_undo, tmpdir_setup, tmpdir_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
