/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "tmpdir.h"
#include "unit.h"

static int make_dir(int dir, const char *name, mode_t mode)
{
	assert_int_equal(mkdirat(dir, name, mode), 0);
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void test_all_kinds(void **state)
{
	int dir = ((struct tmpdir *)*state)->fd;
	_cleanup_close_ int from = make_dir(dir, "from", 0755), to = make_dir(dir, "to", 0755);
	_cleanup_close_ int deep = make_dir(from, "deep", 0710);
	_cleanup_free_ char *text = NULL;
	const struct timespec times[] = {{.tv_sec = 1000}, {.tv_sec = 2000}};
	char target[32] = "", value[8] = "";
	struct stat st;

	(void)umask(022);
	assert_int_equal(file_write_atomic(deep, "file", "text", 4, 0640, 0), 0);
	_cleanup_close_ int file = openat(deep, "file", O_RDWR | O_CLOEXEC);
	bool xattrs = fsetxattr(file, "user.k", "v", 1, 0) == 0;
	assert_int_equal(futimens(file, times), 0);
	assert_int_equal(symlinkat("/etc/passwd", from, "link"), 0);
	assert_int_equal(mkfifoat(from, "fifo", 0600), 0);

	assert_int_equal(tree_copy(from, to, true), 0);
	assert_int_equal(file_read(to, "deep/file", 100, &text, NULL), 0);
	assert_string_equal(text, "text");
	assert_int_equal(fstatat(to, "deep/file", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_mtim.tv_sec, 2000);
	_cleanup_close_ int copy = openat(to, "deep/file", O_RDONLY | O_CLOEXEC);
	if (xattrs)
		assert_int_equal(fgetxattr(copy, "user.k", value, sizeof(value)), 1);
	assert_int_equal(fstatat(to, "deep", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0710);
	assert_true(readlinkat(to, "link", target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "/etc/passwd");
	assert_int_equal(fstatat(to, "fifo", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISFIFO(st.st_mode));
	/* Existing files are never written to. */
	assert_int_equal(tree_copy(from, to, true), -EEXIST);
}

static void test_holes(void **state)
{
	int dir = ((struct tmpdir *)*state)->fd;
	_cleanup_close_ int from = make_dir(dir, "from", 0755), to = make_dir(dir, "to", 0755);
	_cleanup_close_ int file = openat(from, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	char end[4] = "";
	struct stat st;

	assert_int_equal(pwrite(file, "mid", 3, 4 << 20), 3);
	assert_int_equal(ftruncate(file, 8 << 20), 0);
	assert_int_equal(tree_copy(from, to, true), 0);
	_cleanup_close_ int copy = openat(to, "f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(copy, &st), 0);
	assert_int_equal(st.st_size, 8 << 20);
	assert_true(st.st_blocks * 512 < 1 << 20);
	assert_int_equal(pread(copy, end, 3, 4 << 20), 3);
	assert_string_equal(end, "mid");
}

static void stat_of(int dir, const char *name, struct stat *ret)
{
	assert_int_equal(fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW), 0);
}

static void test_links(void **state)
{
	int dir = ((struct tmpdir *)*state)->fd;
	_cleanup_close_ int from = make_dir(dir, "from", 0755), to = make_dir(dir, "to", 0755);
	_cleanup_close_ int deep = make_dir(from, "deep", 0700);
	struct stat one, two, three, single;

	assert_int_equal(fchmod(deep, 02750), 0);
	assert_int_equal(file_write_atomic(from, "one", "text", 4, 0640, 0), 0);
	assert_int_equal(linkat(from, "one", deep, "two", 0), 0);
	assert_int_equal(linkat(from, "one", from, "three", 0), 0);
	/* One name of this is not copied. */
	assert_int_equal(file_write_atomic(deep, "single", "text", 4, 0640, 0), 0);
	assert_int_equal(linkat(deep, "single", dir, "outside", 0), 0);

	assert_int_equal(tree_copy(from, to, true), 0);
	stat_of(to, "one", &one);
	stat_of(to, "deep/two", &two);
	stat_of(to, "three", &three);
	stat_of(to, "deep/single", &single);
	assert_int_equal(one.st_nlink, 3);
	assert_int_equal(one.st_ino, two.st_ino);
	assert_int_equal(one.st_ino, three.st_ino);
	assert_int_equal(single.st_nlink, 1);
	stat_of(to, "deep", &single);
	assert_int_equal(single.st_mode & 07777, 02750);
}

/* Below paths that no system call takes links become several files, as all did once. */
static void test_links_far_down(void **state)
{
	int dir = ((struct tmpdir *)*state)->fd;
	_cleanup_close_ int from = make_dir(dir, "far", 0755), to = make_dir(dir, "to", 0755);
	char name[201];
	int at = dup(from), copy = dup(to);

	(void)memset(name, 'n', 200);
	name[200] = 0;
	for (int i = 0; i < 30; i++) {
		int next = make_dir(at, name, 0755);

		(void)close(at);
		at = next;
	}
	assert_int_equal(file_write_atomic(at, "one", "text", 4, 0640, 0), 0);
	assert_int_equal(linkat(at, "one", at, "two", 0), 0);
	(void)close(at);
	assert_int_equal(tree_copy(from, to, true), 0);
	for (int i = 0; i < 30; i++) {
		int next = openat(copy, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		(void)close(copy);
		copy = next;
	}
	assert_int_equal(faccessat(copy, "one", F_OK, 0), 0);
	assert_int_equal(faccessat(copy, "two", F_OK, 0), 0);
	(void)close(copy);
}

static void test_depth_has_an_end(void **state)
{
	int dir = ((struct tmpdir *)*state)->fd;
	_cleanup_close_ int from = make_dir(dir, "deep", 0755), to = make_dir(dir, "out", 0755);
	int at = dup(from);

	for (int i = 0; i < 200; i++) {
		int next = make_dir(at, "d", 0755);

		(void)close(at);
		at = next;
	}
	(void)close(at);
	assert_int_equal(tree_copy(from, to, true), -ELOOP);
}

static void test_size(void **state)
{
	int dir = ((struct tmpdir *)*state)->fd;
	_cleanup_close_ int top = make_dir(dir, "sized", 0755), deep = make_dir(top, "deep", 0755);
	uint64_t bytes = 1;

	assert_int_equal(tree_size(dir, "sized", &bytes), 0);
	assert_int_equal(bytes, 0);
	assert_int_equal(file_write_atomic(top, "a", "12345", 5, 0600, 0), 0);
	assert_int_equal(file_write_atomic(deep, "b", "1234567", 7, 0600, 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", top, "link"), 0);
	assert_int_equal(linkat(deep, "b", top, "b2", 0), 0);
	assert_int_equal(linkat(deep, "b", top, "b3", 0), 0);
	assert_int_equal(tree_size(dir, "sized", &bytes), 0);
	assert_int_equal(bytes, 12);
	bytes = 1;
	assert_int_equal(tree_size(dir, "nosuch", &bytes), -ENOENT);
	assert_true(tree_size(top, "link", &bytes) < 0);
	assert_int_equal(bytes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_kinds, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_holes, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_links, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_links_far_down, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_depth_has_an_end, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_size, tmpdir_setup, tmpdir_done),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
