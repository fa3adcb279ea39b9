/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/reader.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "logs/writer.h"
#include "unit.h"

#define S0  "2001-09-09T01:46:40.000000000Z"
#define S1  "2001-09-09T01:46:41.000000000Z"
#define S2  "2001-09-09T01:46:42.000000000Z"
#define NOW 1000000000000000000
#define SEC 1000000000

static const struct log_driver *driver = &log_k8s_file;
static int dir_fd = -1;
static char dir[] = "/tmp/test-log-reader-XXXXXX";

static int setup(void **state)
{
	driver = &log_k8s_file;
	memset(dir + strlen(dir) - 6, 'X', 6);
	if (!mkdtemp(dir))
		return -1;
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir_fd < 0 ? -1 : 0;
}

static int open_log(struct log_writer *w, uint64_t max_size, unsigned int files)
{
	const struct log_settings settings = {
		.dirfd = dir_fd, .max_size = max_size, .files = files};

	return log_writer_open(w, driver, &settings);
}

static int teardown(void **state)
{
	(void)close(dir_fd);
	return file_remove_tree(AT_FDCWD, dir);
}

static void put(const char *name, const char *text)
{
	assert_int_equal(file_write_atomic(dir_fd, name, text, strlen(text), 0600, 0), 0);
}

static int open_output(const char *name)
{
	int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static int write_output(void *arg, enum log_stream stream, const void *bytes, size_t size)
{
	const int *fds = arg;

	return fd_write_full(fds[stream], bytes, size);
}

static void check(const struct log_query *query, const char *out, const char *err)
{
	_cleanup_free_ char *text_out = NULL, *text_err = NULL;
	_cleanup_close_ int fd_out = open_output("out"), fd_err = open_output("err");
	_cleanup_err_ struct masu_error error = ERR_INIT;
	struct log_query q = *query;

	q.output = write_output;
	q.output_arg = (int[]){fd_out, fd_err};
	assert_int_equal(log_read(driver, dir_fd, &q, &error), 0);
	assert_int_equal(file_read(dir_fd, "out", 1 << 24, &text_out, NULL), 0);
	assert_int_equal(file_read(dir_fd, "err", 1 << 24, &text_err, NULL), 0);
	assert_string_equal(text_out, out);
	assert_string_equal(text_err, err);
}

static void test_streams_files_and_parts(void **state)
{
	struct log_query q = LOG_QUERY_INIT;

	check(&q, "", ""); /* no log */
	put("log.2", S0 " stdout F one\n" S0 " stderr F bad\n" S0 " stdout P par");
	put("log.1", S1 " stdout F t\n" S1 " stdout F \n");
	put("log", S2 " stderr P no newline\n");
	check(&q, "one\npart\n\n", "bad\nno newline");
	q.timestamps = true;
	check(&q, S0 " one\n" S0 " part\n" S1 " \n", S0 " bad\n" S2 " no newline");
}

static void test_tail(void **state)
{
	struct log_query q = LOG_QUERY_INIT;

	put("log.1",
	    S0 " stdout F one\n" S0 " stdout P tw\n" S0 " stdout F o\n" S0 " stdout P thr\n");
	put("log", S1 " stdout P e\n" S1 " stdout F e\n" S1 " stdout F four\n" S1
		      " stdout P fi\n" S1 " stdout P ve\n");
	q.tail = 0;
	check(&q, "", "");
	q.tail = 1;
	check(&q, "five", "");
	q.tail = 2;
	check(&q, "four\nfive", "");
	q.tail = 3;
	check(&q, "three\nfour\nfive", "");
	q.tail = 4;
	check(&q, "two\nthree\nfour\nfive", "");
	q.tail = 5;
	check(&q, "one\ntwo\nthree\nfour\nfive", "");
	q.tail = 500;
	check(&q, "one\ntwo\nthree\nfour\nfive", "");
}

/* Lines that lie across the blocks in which the end is searched for. */
static void test_tail_of_a_large_file(void **state)
{
	struct log_query q = LOG_QUERY_INIT;
	char line[301], expected[301 * 40 + 1];
	struct log_writer w;

	memset(line, 'x', sizeof(line));
	line[300] = '\n';
	assert_int_equal(open_log(&w, 0, 1), 0);
	for (int i = 0; i < 1000; i++) {
		line[0] = (char)('a' + i % 26);
		log_writer_write(&w, LOG_STDOUT, line, sizeof(line), NOW);
		if (i >= 960)
			memcpy(expected + (i - 960) * 301, line, sizeof(line));
	}
	expected[sizeof(expected) - 1] = '\0';
	log_writer_close(&w, NOW);
	q.tail = 40;
	check(&q, expected, "");
}

static void test_since_and_until(void **state)
{
	struct log_query q = LOG_QUERY_INIT;

	put("log", S0 " stdout F one\n" S1 " stdout F two\nstrange\n" S2 " stdout F three\n");
	q.since_ns = (int64_t)NOW + SEC;
	check(&q, "two\nthree\n", "");
	q.until_ns = (int64_t)NOW + SEC;
	check(&q, "two\n", "");
	q.since_ns = INT64_MIN;
	check(&q, "one\ntwo\n", "");
}

static void test_other_peoples_entries(void **state)
{
	struct log_query q = LOG_QUERY_INIT;

	put("log", "\nno entry\n" S0 " stdout X what\n" S0 " stdout F:t with tags\n" S0
		   " stdlog F third stream\n" S0 " stderr F\n"
		   "2001-09-09T01:46:40.1+02:00 stderr F podman's\nend without newline");
	check(&q,
	      "\nno entry\n" S0 " stdout X what\nwith tags\n" S0 " stdlog F third stream\n" S0
	      " stderr F\nend without newline",
	      "podman's\n");
}

static void test_links_are_refused(void **state)
{
	_cleanup_err_ struct masu_error error = ERR_INIT;
	struct log_query q = LOG_QUERY_INIT;

	put("other", S0 " stdout F secret\n");
	assert_int_equal(symlinkat("other", dir_fd, "log"), 0);
	assert_true(log_read(driver, dir_fd, &q, &error) < 0);
	assert_non_null(error.message);
}

static bool child_has_ended(void *arg)
{
	return waitpid(*(pid_t *)arg, NULL, WNOHANG) != 0;
}

static void write_lines(int lines)
{
	struct log_writer w;

	if (open_log(&w, 20000, 20) < 0)
		_exit(1);
	for (int i = 0; i < lines; i++) {
		char line[] = "0000 some text that makes a line\n";

		for (int n = i, at = 3; at >= 0; n /= 10, at--)
			line[at] = (char)('0' + n % 10);
		log_writer_write(&w, LOG_STDOUT, line, strlen(line), NOW);
		if (i % 50 == 0)
			(void)usleep(2000);
	}
	_exit(0);
}

/* 2,500 lines through a dozen rotations, while they are read: each once, in order. */
static void test_follow_across_rotations(void **state)
{
	_cleanup_close_ int out = open_output("out");
	_cleanup_err_ struct masu_error error = ERR_INIT;
	_cleanup_free_ char *text = NULL;
	struct log_query q = LOG_QUERY_INIT;
	size_t size;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		write_lines(2500);
	q.follow = true;
	q.has_ended = child_has_ended;
	q.arg = &pid;
	q.output = write_output;
	q.output_arg = (int[]){out, out};
	assert_int_equal(log_read(driver, dir_fd, &q, &error), 0);
	assert_int_equal(file_read(dir_fd, "out", 1 << 24, &text, &size), 0);
	assert_int_equal(size, 2500 * 33);
	for (size_t i = 0; i < 2500; i++)
		assert_int_equal(strtol(text + i * 33, NULL, 10), i);
}

/* Three looks: at the log, at the log truncated and written anew, and at its end. */
static bool truncate_then_end(void *arg)
{
	int *looks = arg;

	if (++*looks == 2) {
		_cleanup_close_ int fd = openat(dir_fd, "log", O_WRONLY | O_TRUNC | O_CLOEXEC);

		assert_true(fd >= 0);
		assert_int_equal(write(fd, S1 " stdout F new\n", strlen(S1) + 14), strlen(S1) + 14);
	}
	return *looks == 3;
}

/* logrotate's copytruncate empties the file in its place. */
static void test_follow_across_truncation(void **state)
{
	_cleanup_close_ int out = open_output("out");
	_cleanup_free_ char *text = NULL;
	struct log_query q = LOG_QUERY_INIT;
	int looks = 0;

	put("log", S0 " stdout F first\n" S0 " stdout F second\n" S0 " stdout P half");
	q.follow = true;
	q.has_ended = truncate_then_end;
	q.arg = &looks;
	q.output = write_output;
	q.output_arg = (int[]){out, out};
	assert_int_equal(log_read(driver, dir_fd, &q, NULL), 0);
	assert_int_equal(file_read(dir_fd, "out", 4096, &text, NULL), 0);
	assert_string_equal(text, "first\nsecond\nhalfnew\n");
}

#define JSON(log, stream, time) \
	"{\"log\":\"" log "\",\"stream\":\"" stream "\",\"time\":\"" time "\"}\n"

static void test_json_entries(void **state)
{
	struct log_query q = LOG_QUERY_INIT;

	driver = &log_json_file;
	put("log.1",
	    JSON("one\\n", "stdout", S0) JSON("bad\\n", "stderr", S0) JSON("par", "stdout", S0));
	put("log", JSON("t \\u00e4\\ud83d\\ude00\\\"\\/\\n", "stdout", S1)
			   JSON("\\udcff\\ud800!\\n", "stdout", S1) JSON("\\\\n", "stderr", S2));
	check(&q, "one\npart \xc3\xa4\xf0\x9f\x98\x80\"/\n\xff\xef\xbf\xbd!\n", "bad\n\\n");
	q.timestamps = true;
	q.since_ns = (int64_t)NOW + SEC;
	check(&q, S1 " t \xc3\xa4\xf0\x9f\x98\x80\"/\n" S1 " \xff\xef\xbf\xbd!\n", S2 " \\n");
	q = LOG_QUERY_INIT;
	q.tail = 1;
	check(&q, "", "\\n");
	q.tail = 3;
	check(&q, "part \xc3\xa4\xf0\x9f\x98\x80\"/\n\xff\xef\xbf\xbd!\n", "\\n");
}

/* As JSON allows it; all else is text. */
static void test_json_of_others(void **state)
{
	struct log_query q = LOG_QUERY_INIT;
	static const char good[] = " { \"time\" : \"" S0
				   "\" , \"stream\":\"stderr\",\"log\":\"x\\n\" } \n";
	static const char bad[] = "\n{}\n{\"log\":\"a\"}\n[]\n" JSON("\\x", "stdout", S0)
		JSON("\\u12g4", "stdout", S0) JSON("a\",\"log\":\"b", "stdout", S0)
			JSON("a\",\"attrs\":\"b", "stdout", S0) "{\"log\":\"a\n"
								"{\"log\":\"\\";

	driver = &log_json_file;
	put("log", good);
	check(&q, "", "x\n");
	put("log", bad);
	check(&q, bad, "");
}

/* Any bytes in pieces of any size, through rotations: all drivers of files restore the same. */
static void test_same_bytes(void **state)
{
	static const struct log_driver *const drivers[] = {&log_k8s_file, &log_json_file};
	static char bytes[60000];
	struct log_writer w;

	srand(1);
	for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
		bytes[i] = (char)(rand() % 3 ? 'a' + rand() % 26 : rand() % 256);
		bytes[i] = bytes[i] ? bytes[i] : '\n';
	}
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		struct log_query q = LOG_QUERY_INIT;
		const char *tail = bytes + sizeof(bytes) - 1;
		size_t n;

		driver = drivers[i];
		assert_int_equal(open_log(&w, 40000, 100), 0);
		for (size_t at = 0; at < sizeof(bytes) - 1; at += n) {
			n = (size_t)(1 + rand() % 5000);
			n = MIN(n, sizeof(bytes) - 1 - at);
			log_writer_write(&w, LOG_STDERR, bytes + at, n, NOW);
		}
		log_writer_close(&w, NOW);
		check(&q, "", bytes);
		q.tail = 20;
		for (int lines = 0; lines < 21 - (tail[-1] != '\n'); lines += *--tail == '\n')
			;
		check(&q, "", tail + 1);
		for (int file = 0; file < 100; file++) {
			char name[16] = "log";

			if (file)
				(void)snprintf(name, sizeof(name), "log.%d", file);
			(void)unlinkat(dir_fd, name, 0);
		}
	}
}

/* A line without end takes no more memory, and its bytes are all there. */
static void test_endless_line(void **state)
{
	static char file[3 * LOG_LINE_MAX], expected[3 * LOG_LINE_MAX];
	struct log_query q = LOG_QUERY_INIT;
	const size_t head = strlen(S0 " stdout F ");

	memset(file, 'x', sizeof(file));
	memcpy(file, S0 " stdout F ", head);
	memcpy(expected, file + head, sizeof(file) - head);
	memcpy(file + sizeof(file) - 3, "\n.", 3);
	memcpy(expected + sizeof(file) - 3 - head, "\n.", 3);
	put("log", file);
	check(&q, expected, "");
	driver = &log_json_file;
	check(&q, file, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_json_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_endless_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_streams_files_and_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tail, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tail_of_a_large_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_since_and_until, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_peoples_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_follow_across_rotations, setup, teardown),
		cmocka_unit_test_setup_teardown(test_follow_across_truncation, setup, teardown),
	};

	return cmocka_run_group_tests_name("log-reader", tests, NULL, NULL);
}
