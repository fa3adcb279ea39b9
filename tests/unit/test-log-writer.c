/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/writer.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

#define STAMP "2001-09-09T01:46:40.000000000Z"
#define NOW   1000000000000000000

static int dir_fd = -1;
static char dir[] = "/tmp/test-log-writer-XXXXXX";

static int setup(void **state)
{
	memset(dir + strlen(dir) - 6, 'X', 6);
	if (!mkdtemp(dir))
		return -1;
	dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir_fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)close(dir_fd);
	return file_remove_tree(AT_FDCWD, dir);
}

static void write_text(struct log_writer *w, enum log_stream stream, const char *text)
{
	log_writer_write(w, stream, text, strlen(text), NOW);
}

static void check_file(const char *name, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	assert_int_equal(file_read(dir_fd, name, 1 << 24, &text, &size), 0);
	assert_string_equal(text, expected);
	assert_int_equal(size, strlen(expected));
}

static void test_lines_and_parts(void **state)
{
	struct log_writer w;
	struct stat st;

	assert_int_equal(log_writer_open(&w, dir_fd, 0, 1), 0);
	write_text(&w, LOG_STDOUT, "one\ntwo\n\npart");
	write_text(&w, LOG_STDERR, "warning\n");
	write_text(&w, LOG_STDOUT, " end\n");
	log_writer_close(&w, NOW);
	check_file("log",
		   STAMP " stdout F one\n" STAMP " stdout F two\n" STAMP " stdout F \n" STAMP
			 " stdout P part\n" STAMP " stderr F warning\n" STAMP " stdout F  end\n");
	assert_int_equal(fstatat(dir_fd, "log", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_long_lines_are_split(void **state)
{
	_cleanup_free_ char *text = NULL;
	char line[2 * LOG_TEXT_MAX + 3];
	struct log_writer w;
	size_t size;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	assert_int_equal(log_writer_open(&w, dir_fd, 0, 1), 0);
	log_writer_write(&w, LOG_STDERR, line, sizeof(line), NOW);
	log_writer_close(&w, NOW);
	assert_int_equal(file_read(dir_fd, "log", 1 << 20, &text, &size), 0);
	assert_int_equal(size, sizeof(line) + 3 * strlen(STAMP " stderr P ") + 2);
	assert_memory_equal(text + strlen(STAMP), " stderr P x", 11);
	assert_memory_equal(text + size - 13, " stderr F xx\n", 13);
}

/* More lines than one batch takes, and bytes that are no text. */
static void test_many_lines_and_any_bytes(void **state)
{
	static const char line[] = {'a', '\0', '\xff', '\n'};
	_cleanup_free_ char *text = NULL;
	char lines[4 * 1000];
	struct log_writer w;
	size_t size, head = strlen(STAMP " stdout F ");

	for (size_t i = 0; i < 1000; i++)
		memcpy(lines + 4 * i, line, 4);
	assert_int_equal(log_writer_open(&w, dir_fd, 0, 1), 0);
	log_writer_write(&w, LOG_STDOUT, lines, sizeof(lines), NOW);
	log_writer_close(&w, NOW);
	assert_int_equal(file_read(dir_fd, "log", 1 << 20, &text, &size), 0);
	assert_int_equal(size, 1000 * (head + 4));
	for (size_t i = 0; i < 1000; i++)
		assert_memory_equal(text + i * (head + 4) + head, line, 4);
}

static void test_rotation(void **state)
{
	struct log_writer w;
	struct stat st;

	assert_int_equal(log_writer_open(&w, dir_fd, 100, 3), 0); /* two entries a file */
	write_text(&w, LOG_STDOUT, "1\n2\n3\n4\n5\n6\n7\n");
	check_file("log", STAMP " stdout F 7\n");
	check_file("log.1", STAMP " stdout F 5\n" STAMP " stdout F 6\n");
	check_file("log.2", STAMP " stdout F 3\n" STAMP " stdout F 4\n");
	assert_int_equal(fstatat(dir_fd, "log.3", &st, 0), -1);
	log_writer_close(&w, NOW);
}

/* A log that the user has emptied (logrotate's copytruncate) is as small as it looks. */
static void test_truncated_by_others(void **state)
{
	struct log_writer w;
	struct stat st;

	assert_int_equal(log_writer_open(&w, dir_fd, 100, 3), 0); /* two entries a file */
	write_text(&w, LOG_STDOUT, "1\n2\n");
	assert_int_equal(ftruncate(w.fd, 0), 0);
	write_text(&w, LOG_STDOUT, "3\n4\n");
	check_file("log", STAMP " stdout F 3\n" STAMP " stdout F 4\n");
	assert_int_equal(fstatat(dir_fd, "log.1", &st, 0), -1);
	log_writer_close(&w, NOW);
}

static void test_rotation_with_one_file(void **state)
{
	struct log_writer w;
	struct stat st;

	assert_int_equal(log_writer_open(&w, dir_fd, 50, 1), 0);
	write_text(&w, LOG_STDOUT, "1\n2\n");
	check_file("log", STAMP " stdout F 2\n");
	/* an entry that is larger than a file gets one for itself */
	write_text(&w, LOG_STDOUT, "a line of more than ten characters\n3\n");
	check_file("log", STAMP " stdout F 3\n");
	assert_int_equal(fstatat(dir_fd, "log.1", &st, 0), -1);
	log_writer_close(&w, NOW);
}

static void limit_file_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* RLIMIT_FSIZE behaves as a disk that gets full: a short write, then an error. */
static void test_full_disk_is_told(void **state)
{
	struct log_writer w;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(log_writer_open(&w, dir_fd, 0, 1), 0);
	write_text(&w, LOG_STDOUT, "before\n");
	limit_file_size(60);
	write_text(&w, LOG_STDOUT, "dropped\n");
	write_text(&w, LOG_STDERR, "and this\n");
	assert_int_equal(w.lost, 17);
	check_file("log", STAMP " stdout F before\n");
	limit_file_size(RLIM_INFINITY);
	write_text(&w, LOG_STDOUT, "after\n");
	log_writer_close(&w, NOW);
	assert_int_equal(w.total, 17);
	check_file("log",
		   STAMP " stdout F before\n" STAMP " stderr F masu: 17 bytes of output are "
			 "missing here: the log could not be written\n" STAMP " stdout F after\n");
}

static void test_links_are_not_followed(void **state)
{
	struct log_writer w;
	struct stat st;

	assert_int_equal(symlinkat("victim", dir_fd, "log"), 0);
	assert_int_not_equal(log_writer_open(&w, dir_fd, 0, 1), 0);
	write_text(&w, LOG_STDOUT, "text\n");
	assert_int_equal(w.lost, 5);
	assert_int_equal(fstatat(dir_fd, "victim", &st, 0), -1);
	/* once it can be opened, all goes on */
	assert_int_equal(unlinkat(dir_fd, "log", 0), 0);
	write_text(&w, LOG_STDOUT, "more\n");
	log_writer_close(&w, NOW);
	check_file("log", STAMP " stderr F masu: 5 bytes of output are missing here: the log could "
				"not be written\n" STAMP " stdout F more\n");
}

static void test_half_an_entry_is_ended(void **state)
{
	struct log_writer w;

	assert_int_equal(file_write_atomic(dir_fd, "log", "2001-09-09T", 11, 0600, 0), 0);
	assert_int_equal(log_writer_open(&w, dir_fd, 0, 1), 0);
	write_text(&w, LOG_STDOUT, "next\n");
	log_writer_close(&w, NOW);
	check_file("log", "2001-09-09T\n" STAMP " stdout F next\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines_and_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_lines_are_split, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_lines_and_any_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncated_by_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotation_with_one_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_disk_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links_are_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_half_an_entry_is_ended, setup, teardown),
	};

	return cmocka_run_group_tests_name("log-writer", tests, NULL, NULL);
}
