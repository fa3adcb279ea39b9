/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "unit.h"

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

static int open_log(struct log_writer *w, const struct log_driver *driver, uint64_t max_size,
		    unsigned int files)
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

	assert_int_equal(open_log(&w, &log_k8s_file, 0, 1), 0);
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
	assert_int_equal(open_log(&w, &log_k8s_file, 0, 1), 0);
	log_writer_write(&w, LOG_STDERR, line, sizeof(line), NOW);
	log_writer_close(&w, NOW);
	assert_int_equal(file_read(dir_fd, "log", 1 << 20, &text, &size), 0);
	assert_int_equal(size, sizeof(line) + 3 * strlen(STAMP " stderr P ") + 2);
	assert_memory_equal(text + strlen(STAMP), " stderr P x", 11);
	assert_memory_equal(text + size - 13, " stderr F xx\n", 13);
}

/* More lines than one batch takes, and bytes that are not text. */
static void test_many_lines_and_any_bytes(void **state)
{
	static const char line[] = {'a', '\0', '\xff', '\n'};
	_cleanup_free_ char *text = NULL;
	char lines[4 * 1000];
	struct log_writer w;
	size_t size, head = strlen(STAMP " stdout F ");

	for (size_t i = 0; i < 1000; i++)
		memcpy(lines + 4 * i, line, 4);
	assert_int_equal(open_log(&w, &log_k8s_file, 0, 1), 0);
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

	assert_int_equal(open_log(&w, &log_k8s_file, 100, 3), 0); /* two entries a file */
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

	assert_int_equal(open_log(&w, &log_k8s_file, 100, 3), 0); /* two entries a file */
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

	assert_int_equal(open_log(&w, &log_k8s_file, 50, 1), 0);
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
	assert_int_equal(open_log(&w, &log_k8s_file, 0, 1), 0);
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
	assert_int_not_equal(open_log(&w, &log_k8s_file, 0, 1), 0);
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
	assert_int_equal(open_log(&w, &log_k8s_file, 0, 1), 0);
	write_text(&w, LOG_STDOUT, "next\n");
	log_writer_close(&w, NOW);
	check_file("log", "2001-09-09T\n" STAMP " stdout F next\n");
}

static void test_json_lines_and_parts(void **state)
{
	struct log_writer w;

	assert_int_equal(open_log(&w, &log_json_file, 0, 1), 0);
	write_text(&w, LOG_STDOUT, "one\n\"\\\t\001\n\npart");
	write_text(&w, LOG_STDERR, "\xe4\xb8\xad\xff\n");
	/* The bytes of a character come one by one; a beginning that leads nowhere stays bytes. */
	write_text(&w, LOG_STDOUT, "\xc3");
	write_text(&w, LOG_STDOUT, "\xa4\xf0\x9f");
	write_text(&w, LOG_STDOUT, "\x98");
	write_text(&w, LOG_STDOUT, "\x80\n\xe4");
	write_text(&w, LOG_STDOUT, "!\xc3");
	log_writer_close(&w, NOW);
#define OUT "\",\"stream\":\"stdout\",\"time\":\"" STAMP "\"}\n"
#define ERR "\",\"stream\":\"stderr\",\"time\":\"" STAMP "\"}\n"
#define LOG "{\"log\":\""
	check_file("log",
		   LOG "one\\n" OUT LOG "\\\"\\\\\\t\\u0001\\n" OUT LOG "\\n" OUT LOG "part" OUT LOG
		       "\xe4\xb8\xad\\udcff\\n" ERR LOG "\xc3\xa4" OUT LOG
		       "\xf0\x9f\x98\x80" OUT LOG "\\n" OUT LOG "\\udce4!" OUT LOG "\\udcc3" OUT);
}

static void test_json_rotation(void **state)
{
	struct log_writer w;

	assert_int_equal(open_log(&w, &log_json_file, 200, 2), 0); /* two entries a file */
	write_text(&w, LOG_STDOUT, "one\ntwo\nthree\nfour\nfive\n");
	log_writer_close(&w, NOW);
	check_file("log.1", LOG "three\\n" OUT LOG "four\\n" OUT);
	check_file("log", LOG "five\\n" OUT);
}

/* A line of the worst bytes is split so that each entry's size is bounded. */
static void test_json_long_lines(void **state)
{
	_cleanup_free_ char *text = NULL;
	char line[LOG_TEXT_MAX];
	struct log_writer w;
	size_t size, longest = 0;

	memset(line, '\x01', sizeof(line));
	assert_int_equal(open_log(&w, &log_json_file, 0, 1), 0);
	log_writer_write(&w, LOG_STDOUT, line, sizeof(line), NOW);
	log_writer_close(&w, NOW);
	assert_int_equal(file_read(dir_fd, "log", 1 << 20, &text, &size), 0);
	assert_true(size > 6 * sizeof(line));
	for (char *at = text, *end; (end = strchr(at, '\n')); at = end + 1)
		longest = MAX(longest, (size_t)(end - at));
	assert_true(longest < LOG_TEXT_MAX);
}

/* A journal that keeps what it gets; its socket is in the test's directory. */
struct journal {
	int fd;
	char path[64];
	char entry[65536];
};

static void open_journal(struct journal *j)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(j->path, sizeof(j->path), "%s/journal", dir);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", j->path);
	j->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(j->fd >= 0);
	assert_int_equal(bind(j->fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

/* The next entry, which came by a file in memory if `by_memory`. Its size, or -1 for none. */
static ssize_t next_entry(struct journal *j, bool by_memory)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = j->entry, .iov_len = sizeof(j->entry) - 1};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(j->fd, &m, MSG_CMSG_CLOEXEC);
	int fd;

	if (n < 0)
		return -1;
	assert_int_equal(m.msg_controllen > 0, by_memory);
	if (by_memory) {
		assert_int_equal(n, 0);
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
		n = pread(fd, j->entry, sizeof(j->entry) - 1, 0);
		assert_true(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE);
		(void)close(fd);
	}
	j->entry[n] = 0;
	return n;
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FIELDS(priority)                                                               \
	"PRIORITY=" priority "\nCONTAINER_ID=0123456789ab\nCONTAINER_ID_FULL=" ID      \
	"\nCONTAINER_NAME=web\nCONTAINER_TAG=t\nSYSLOG_IDENTIFIER=t\nIMAGE_NAME=img\n" \
	"SYSLOG_TIMESTAMP=" STAMP "\n"

static void check_entry(struct journal *j, const char *fields, const char *message, size_t size)
{
	char expected[4096];
	size_t n = strlen(fields) + strlen("MESSAGE\n");

	(void)snprintf(expected, sizeof(expected), "%sMESSAGE\n", fields);
	for (size_t i = 0; i < 8; i++)
		expected[n++] = (char)((uint64_t)size >> 8 * i);
	memcpy(expected + n, message, size);
	expected[n + size] = '\n';
	assert_int_equal(next_entry(j, false), n + size + 1);
	assert_memory_equal(j->entry, expected, n + size + 1);
}

static void test_journal(void **state)
{
	struct journal j;
	struct log_writer w;
	const struct log_settings settings = {
		.id = ID, .name = "web", .image = "img", .tag = "t", .journal = j.path};

	open_journal(&j);
	assert_int_equal(log_writer_open(&w, &log_journald, &settings), 0);
	write_text(&w, LOG_STDOUT, "one\ntw");
	log_writer_write(&w, LOG_STDERR, "\0=\xff\n", 4, NOW);
	check_entry(&j, FIELDS("6"), "one", 3);
	check_entry(&j, FIELDS("6") "CONTAINER_PARTIAL_MESSAGE=true\n", "tw", 2);
	check_entry(&j, FIELDS("3"), "\0=\xff", 3);
	log_writer_close(&w, NOW);
	assert_true(next_entry(&j, false) > 0);
	assert_non_null(strstr(j.entry, "\nCONTAINER_LOG_END=1\n"));
	assert_int_equal(w.total, 0);
	(void)close(j.fd);
}

static void test_journal_large_entry(void **state)
{
	static char line[LOG_TEXT_MAX];
	const int small = 1; /* the kernel makes it its minimum, about 4,600 bytes */
	struct journal j;
	struct log_writer w;
	const struct log_settings settings = {.id = ID, .tag = "t", .journal = j.path};

	memset(line, 'x', sizeof(line));
	open_journal(&j);
	assert_int_equal(log_writer_open(&w, &log_journald, &settings), 0);
	assert_int_equal(setsockopt(w.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	log_writer_write(&w, LOG_STDOUT, line, sizeof(line), NOW);
	assert_true(next_entry(&j, true) > LOG_TEXT_MAX);
	assert_non_null(strstr(j.entry, "\nCONTAINER_PARTIAL_MESSAGE=true\n"));
	log_writer_close(&w, NOW);
	(void)close(j.fd);
}

/* Output that the journal does not take is counted, and reported when it takes entries again. */
static void test_journal_lost(void **state)
{
	struct journal j;
	struct log_writer w;
	const struct log_settings settings = {.id = ID, .tag = "t", .journal = j.path};

	(void)snprintf(j.path, sizeof(j.path), "%s/journal", dir);
	assert_int_equal(log_writer_open(&w, &log_journald, &settings), -ENOENT);
	write_text(&w, LOG_STDOUT, "lost\n");
	assert_int_equal(w.lost, 5);
	open_journal(&j);
	write_text(&w, LOG_STDOUT, "kept\n");
	assert_true(next_entry(&j, false) > 0);
	assert_non_null(memmem(j.entry, sizeof(j.entry), "masu: 5 bytes of output", 23));
	assert_true(next_entry(&j, false) > 0);
	/* Nobody reads any more: the queue fills, and the rest is dropped in bounded time. */
	for (int i = 0; i < 5000; i++)
		write_text(&w, LOG_STDOUT, "line\n");
	assert_true(w.lost > 0 && w.total == w.lost + 5);
	log_writer_close(&w, NOW);
	(void)close(j.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_json_lines_and_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json_rotation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json_long_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_journal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_journal_large_entry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_journal_lost, setup, teardown),
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
