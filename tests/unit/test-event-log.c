/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/event-log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tmpdir.h"

#define LARGE (1u << 20)

static const char *log_dir(const struct tmpdir *t)
{
	static char path[80];

	(void)snprintf(path, sizeof(path), "%s/events", t->path);
	return path;
}

static void append(const struct tmpdir *t, size_t file_max, int n)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "{\"n\":%d}", n);
	assert_int_equal(event_log_append(log_dir(t), file_max, text), 0);
}

static void open_log(const struct tmpdir *t, bool follow, bool at_end, struct event_log *ret)
{
	assert_int_equal(event_log_open(log_dir(t), follow, at_end, ret), 0);
}

static void assert_next(struct event_log *log, int n)
{
	const char *text = NULL;
	char expected[32];

	(void)snprintf(expected, sizeof(expected), "{\"n\":%d}", n);
	assert_int_equal(event_log_next(log, &text), 0);
	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void assert_end(struct event_log *log)
{
	const char *text = "";

	assert_int_equal(event_log_next(log, &text), 0);
	assert_null(text);
}

static void test_reads_records_in_order(void **state)
{
	_cleanup_event_log_ struct event_log log = EVENT_LOG_INIT;

	for (int i = 0; i < 5000; i++) /* more than the reader's buffer */
		append(*state, 100000, i);
	open_log(*state, false, false, &log);
	for (int i = 0; i < 5000; i++)
		assert_next(&log, i);
	assert_end(&log);
}

static void test_keeps_two_files(void **state)
{
	struct tmpdir *t = *state;
	struct stat st;
	_cleanup_event_log_ struct event_log log = EVENT_LOG_INIT;

	for (int i = 100; i < 1000; i++)
		append(t, 100, i);
	assert_int_equal(fstatat(t->fd, "events/log.1", &st, 0), 0);
	assert_in_range(st.st_size, 101, 111);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(fstatat(t->fd, "events/log", &st, 0) < 0 || st.st_size <= 100);
	open_log(t, false, false, &log);
	assert_next(&log, 990); /* ten records of eleven bytes to a file: 900 to 989 are gone */
}

static void test_starts_at_the_end(void **state)
{
	_cleanup_event_log_ struct event_log log = EVENT_LOG_INIT;

	append(*state, LARGE, 1);
	open_log(*state, true, true, &log);
	assert_end(&log);
	append(*state, LARGE, 2);
	assert_next(&log, 2);
	assert_end(&log);
}

static bool has_changes(const struct event_log *log)
{
	return poll(&(struct pollfd){log->changes, POLLIN, 0}, 1, 0) == 1;
}

static void test_a_new_record_wakes_the_reader(void **state)
{
	_cleanup_event_log_ struct event_log log = EVENT_LOG_INIT;

	open_log(*state, true, false, &log);
	assert_end(&log);
	assert_false(has_changes(&log));
	append(*state, LARGE, 1);
	assert_true(has_changes(&log));
	assert_next(&log, 1);
	assert_end(&log);
	assert_false(has_changes(&log));
}

/* One rotation, or two, between two looks; each file holds one record, or two. */
static void test_follows_rotations(void **state)
{
	_cleanup_event_log_ struct event_log log = EVENT_LOG_INIT;
	int written = 0, seen = 0;

	open_log(*state, true, false, &log);
	for (int burst = 0; burst < 40; burst++) {
		for (int i = 0; i < burst % 3; i++)
			append(*state, burst % 2 ? 1 : 12, written++);
		while (seen < written)
			assert_next(&log, seen++);
		assert_end(&log);
	}
	assert_in_range(written, 39, 39);
}

static void write_to(const struct tmpdir *t, const char *name, const void *bytes, size_t size)
{
	int fd = openat(t->fd, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	(void)close(fd);
}

static void test_reads_late_records_of_the_previous_file(void **state)
{
	static const char late[] = "\x1e{\"n\":3}\n";
	_cleanup_event_log_ struct event_log log = EVENT_LOG_INIT;

	append(*state, 1, 1);
	open_log(*state, true, false, &log);
	append(*state, LARGE, 2);
	assert_next(&log, 1);
	assert_next(&log, 2);
	assert_end(&log);
	write_to(*state, "events/log.1", late, sizeof(late) - 1);
	assert_true(has_changes(&log));
	assert_next(&log, 3);
	assert_end(&log);
}

static void test_skips_incomplete_records(void **state)
{
	static const char torn[] = "\x1e{\"n\":", lines[] = "no record\n\n{\"n\":0}\n";
	_cleanup_event_log_ struct event_log log = EVENT_LOG_INIT;
	_cleanup_free_ char *zeros = calloc(2, LARGE);

	append(*state, 2 * LARGE, 1);
	write_to(*state, "events/log", torn, sizeof(torn) - 1);
	append(*state, 2 * LARGE, 2);
	write_to(*state, "events/log", lines, sizeof(lines) - 1);
	write_to(*state, "events/log", zeros, LARGE);
	append(*state, 4 * LARGE, 3);
	write_to(*state, "events/log", torn, sizeof(torn) - 1);
	open_log(*state, true, false, &log);
	for (int i = 1; i <= 3; i++)
		assert_next(&log, i);
	assert_end(&log);
	/* The record may be on its way, rather than torn. */
	write_to(*state, "events/log", "4}\n", 3);
	assert_next(&log, 4);
	assert_end(&log);
}

static void test_refuses_large_texts(void **state)
{
	_cleanup_event_log_ struct event_log log = EVENT_LOG_INIT;
	_cleanup_free_ char *text = malloc(EVENT_TEXT_MAX + 2);
	const char *found;

	memset(text, 'x', EVENT_TEXT_MAX + 1);
	text[EVENT_TEXT_MAX + 1] = '\0';
	assert_int_equal(event_log_append(log_dir(*state), LARGE, text), -EMSGSIZE);
	text[EVENT_TEXT_MAX] = '\0';
	assert_int_equal(event_log_append(log_dir(*state), LARGE, text), 0);
	open_log(*state, false, false, &log);
	assert_int_equal(event_log_next(&log, &found), 0);
	assert_string_equal(found, text);
	assert_end(&log);
}

#define WRITERS 2
#define RECORDS 2000

static void write_many(const struct tmpdir *t, int writer)
{
	char text[600];

	for (int i = 0; i < RECORDS; i++) {
		(void)snprintf(text, sizeof(text), "%d %d %0*d", writer, i, i % 500 + 1, 0);
		if (event_log_append(log_dir(t), 8u << 10, text) < 0)
			_exit(1);
	}
	_exit(0);
}

/* The files rotate meanwhile. The reader may miss records of files that it was too slow for, but finds none torn. */
static void test_writers_do_not_mix(void **state)
{
	_cleanup_event_log_ struct event_log log = EVENT_LOG_INIT;
	int last[WRITERS] = {-1, -1}, running = WRITERS, status;
	const char *text;

	open_log(*state, true, false, &log);
	for (int w = 0; w < WRITERS; w++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			write_many(*state, w);
	}
	for (;;) {
		int writer, n, fill = 0;

		assert_int_equal(event_log_next(&log, &text), 0);
		if (!text && running == 0)
			break;
		if (!text) {
			running -= waitpid(-1, &status, WNOHANG) > 0;
			continue;
		}
		assert_int_equal(sscanf(text, "%d %d %n", &writer, &n, &fill), 2);
		assert_in_range(writer, 0, WRITERS - 1);
		assert_int_equal(strspn(text + fill, "0"), n % 500 + 1);
		assert_int_equal(strlen(text + fill), n % 500 + 1);
		last[writer] = n;
	}
	assert_int_equal(status, 0);
	/* One of the two wrote last. */
	assert_true(last[0] == RECORDS - 1 || last[1] == RECORDS - 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, tmpdir_setup, tmpdir_done)
	const struct CMUnitTest tests[] = {
		TEST(test_reads_records_in_order),
		TEST(test_keeps_two_files),
		TEST(test_starts_at_the_end),
		TEST(test_a_new_record_wakes_the_reader),
		TEST(test_follows_rotations),
		TEST(test_reads_late_records_of_the_previous_file),
		TEST(test_skips_incomplete_records),
		TEST(test_refuses_large_texts),
		TEST(test_writers_do_not_mix),
	};

	return cmocka_run_group_tests_name("event-log", tests, NULL, NULL);
}
