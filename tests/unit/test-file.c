/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "tmpdir.h"

static void test_read_limits(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	tmpdir_write(t, "f", "12345");
	assert_int_equal(file_read(t->fd, "f", 5, &text, &size), 0);
	assert_int_equal(size, 5);
	_cleanup_free_ char *untouched = NULL;
	assert_int_equal(file_read(t->fd, "f", 4, &untouched, &size), -EFBIG);
	assert_null(untouched);
	assert_int_equal(size, 5);
	assert_int_equal(file_read(t->fd, "missing", 4, &untouched, NULL), -ENOENT);
	/* a file of /proc says that it is empty */
	_cleanup_free_ char *maps = NULL;
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/maps", 1 << 24, &maps, &size), 0);
	assert_true(size > 100);
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/maps", 100, &untouched, NULL), -EFBIG);
}

static size_t count_entries(int dirfd, const char *path)
{
	_cleanup_closedir_ DIR *d = file_open_dir(dirfd, path);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	return n;
}

static void test_open_dir(void **state)
{
	struct tmpdir *t = *state;

	tmpdir_write(t, "f", "");
	assert_int_equal(symlinkat(".", t->fd, "link"), 0);
	/* Each list begins anew. */
	assert_int_equal(count_entries(t->fd, "."), 4);
	assert_int_equal(count_entries(t->fd, "."), 4);
	assert_null(file_open_dir(t->fd, "f"));
	assert_int_equal(errno, ENOTDIR);
	assert_null(file_open_dir(t->fd, "missing"));
	assert_int_equal(errno, ENOENT);
	assert_null(file_open_dir(t->fd, "link"));
}

static void test_atomic_replaces_links(void **state)
{
	struct tmpdir *t = *state;

	tmpdir_write(t, "target", "old");
	assert_int_equal(symlinkat("target", t->fd, "link"), 0);
	tmpdir_write(t, "link", "new");
	assert_file(t, "target", "old");
	assert_file(t, "link", "new");
}

/* A default ACL in which others have nothing: u::rwx,g::---,o::---. */
static void give_default_acl(int fd)
{
	static const struct __attribute__((packed)) {
		uint32_t version;
		struct __attribute__((packed)) {
			uint16_t tag, perm;
			uint32_t id;
		} entry[3];
	} acl = {2, {{0x01, 7, UINT32_MAX}, {0x04, 0, UINT32_MAX}, {0x20, 0, UINT32_MAX}}};

	if (fsetxattr(fd, "system.posix_acl_default", &acl, sizeof(acl), 0) < 0)
		skip(); /* a file system without ACLs */
}

static mode_t mode_of(int dirfd, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

static void test_modes_are_exact(void **state)
{
	struct tmpdir *t = *state;

	(void)umask(077);
	assert_int_equal(file_write_new(t->fd, "new", "a", 1, 0644), 0);
	(void)umask(022);
	assert_int_equal(mode_of(t->fd, "new"), 0644);

	give_default_acl(t->fd);
	assert_int_equal(file_write_new(t->fd, "inherits", "a", 1, 0644), 0);
	assert_int_equal(mode_of(t->fd, "inherits"), 0644);
	assert_int_equal(file_write_atomic(t->fd, "atomic", "a", 1, 0644, 0), 0);
	assert_int_equal(mode_of(t->fd, "atomic"), 0644);
	assert_int_equal(mkdirat(t->fd, "d", 0755), 0);
	assert_int_equal(mode_of(t->fd, "d"), 0700);
	_cleanup_close_ int d = openat(t->fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(file_set_plain_mode(d, 0755), 0);
	assert_int_equal(mode_of(t->fd, "d"), 0755);
	assert_int_equal(mkdirat(d, "below", 0755), 0);
	assert_int_equal(mode_of(d, "below"), 0755);
	_cleanup_close_ int made = path_mkdir_in(t->fd, "/a/b", 0755),
			    file = path_touch_in(t->fd, "/c/d", 0644);
	assert_true(made >= 0 && file >= 0);
	assert_int_equal(mode_of(t->fd, "a"), 0755);
	assert_int_equal(mode_of(t->fd, "a/b"), 0755);
	assert_int_equal(mode_of(t->fd, "c"), 0755);
	assert_int_equal(mode_of(t->fd, "c/d"), 0644);
}

static void test_atomic_exclusive(void **state)
{
	struct tmpdir *t = *state;
	struct stat st;

	(void)umask(077);
	assert_int_equal(file_write_atomic(t->fd, "f", "a", 1, 0644, FILE_EXCL | FILE_SYNC), 0);
	(void)umask(022);
	assert_int_equal(fstatat(t->fd, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(file_write_atomic(t->fd, "f", "b", 1, 0644, FILE_EXCL), -EEXIST);
	assert_file(t, "f", "a");
	assert_int_equal(symlinkat("nowhere", t->fd, "dangling"), 0);
	assert_int_equal(file_write_atomic(t->fd, "dangling", "b", 1, 0644, FILE_EXCL), -EEXIST);
}

static void test_temporary_files(void **state)
{
	struct tmpdir *t = *state;
	static const char *const names[] = {".tmp-0123456789abcdef", ".tmp-fedcba9876543210",
					    ".tmp-auth.json12345", ".tmp-0123456789abcdefg", "f"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(file_write_new(t->fd, names[i], "", 0, 0600), 0);
	assert_int_equal(file_count_temporary(t->fd), 2);
	assert_int_equal(file_remove_temporary(t->fd), 2);
	assert_int_equal(file_count_temporary(t->fd), 0);
	for (size_t i = 2; i < ARRAY_SIZE(names); i++)
		assert_int_equal(unlinkat(t->fd, names[i], 0), 0);
}

static void test_atomic_failure_leaves_nothing(void **state)
{
	struct tmpdir *t = *state;

	assert_int_equal(mkdirat(t->fd, "dir", 0755), 0);
	assert_int_equal(file_write_atomic(t->fd, "dir", "b", 1, 0644, 0), -EISDIR);
	assert_int_equal(file_write_atomic(t->fd, "no/f", "b", 1, 0644, 0), -ENOENT);
	assert_int_equal(unlinkat(t->fd, "dir", AT_REMOVEDIR), 0);
	assert_int_equal(rmdir(t->path), 0); /* so it is empty */
	assert_int_equal(mkdir(t->path, 0700), 0);
}

static void test_lock(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_close_ int a = file_lock(t->fd, "lock", LOCK_EX);

	assert_true(a >= 0);
	assert_int_equal(file_lock(t->fd, "lock", LOCK_SH | LOCK_NB), -EWOULDBLOCK);
	fd_close(&a);
	_cleanup_close_ int b = file_lock(t->fd, "lock", LOCK_SH | LOCK_NB);
	assert_true(b >= 0);
	assert_int_equal(symlinkat("lock", t->fd, "link"), 0);
	assert_int_equal(file_lock(t->fd, "link", LOCK_SH), -ELOOP);
}

static void test_remove_follows_no_link(void **state)
{
	struct tmpdir *t = *state;

	assert_int_equal(mkdirat(t->fd, "kept", 0755), 0);
	tmpdir_write(t, "kept/file", "precious");
	assert_int_equal(mkdirat(t->fd, "tree", 0755), 0);
	assert_int_equal(symlinkat("../kept", t->fd, "tree/link"), 0);
	assert_int_equal(symlinkat("kept", t->fd, "link"), 0);
	assert_int_equal(linkat(t->fd, "kept/file", t->fd, "tree/hard", 0), 0);
	assert_int_equal(file_remove_tree(t->fd, "tree/"), 0);
	assert_int_equal(file_remove_tree(t->fd, "link"), 0);
	assert_false(tmpdir_has(t, "tree"));
	assert_file(t, "kept/file", "precious");
	assert_int_equal(file_remove_tree(t->fd, "tree"), 0);
	assert_int_equal(file_remove_tree(t->fd, "no/such"), 0);
	assert_int_equal(file_remove_tree(t->fd, "kept/."), -EINVAL);
	assert_int_equal(file_remove_tree(t->fd, "kept/.."), -EINVAL);
	assert_int_equal(file_remove_tree(t->fd, "/"), -EINVAL);
	assert_file(t, "kept/file", "precious");
}

/* More levels than descriptors, and names that collide with a directory that is moved up. */
static void test_remove_deep_tree(void **state)
{
	struct tmpdir *t = *state;
	struct rlimit saved, few = {.rlim_cur = 128};

	assert_int_equal(mkdirat(t->fd, "tree", 0755), 0);
	int at = openat(t->fd, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tmpdir_write(t, "tree/.masu-deep-0", "in the way");
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		(void)close(at);
		at = next;
	}
	(void)close(at);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
	few.rlim_max = saved.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(file_remove_tree(t->fd, "tree"), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);
	assert_false(tmpdir_has(t, "tree"));
}

/* Runs f in a child without privileges, when the test itself has them. */
static void as_nobody(void (*f)(const struct tmpdir *t), const struct tmpdir *t)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(1);
		f(t);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void make_locked_tree(const struct tmpdir *t)
{
	static const char *const dirs[] = {"open/tree", "open/tree/a", "open/tree/a/b"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdirat(t->fd, dirs[i], 0755) < 0)
			_exit(2);
	int fd = openat(t->fd, "open/tree/a/b/f", O_CREAT | O_WRONLY | O_CLOEXEC, 0);
	if (fd < 0)
		_exit(3);
	for (size_t i = ARRAY_SIZE(dirs); i > 0; i--)
		if (fchmodat(t->fd, dirs[i - 1], i % 2 ? 0 : 0500, 0) < 0)
			_exit(4);
	if (file_remove_tree(t->fd, "open/tree") != 0)
		_exit(5);
}

static void test_remove_locked_dirs(void **state)
{
	struct tmpdir *t = *state;

	assert_int_equal(chmod(t->path, 0755), 0);
	assert_int_equal(mkdirat(t->fd, "open", 0755), 0);
	assert_int_equal(fchmodat(t->fd, "open", 0777, 0), 0);
	as_nobody(make_locked_tree, t);
	assert_false(tmpdir_has(t, "open/tree"));
}

static void make_foreign_tree(const struct tmpdir *t)
{
	if (file_remove_tree(t->fd, "open/tree") != -EACCES)
		_exit(2);
}

/* A file that cannot be removed is reported, and the rest is removed. */
static void test_remove_goes_on(void **state)
{
	struct tmpdir *t = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(t->path, 0755), 0);
	assert_int_equal(mkdirat(t->fd, "open", 0755), 0);
	assert_int_equal(fchmodat(t->fd, "open", 0777, 0), 0);
	assert_int_equal(mkdirat(t->fd, "open/tree", 0755), 0);
	assert_int_equal(mkdirat(t->fd, "open/tree/foreign", 0755), 0);
	tmpdir_write(t, "open/tree/foreign/f", "");
	tmpdir_write(t, "open/tree/a", "");
	tmpdir_write(t, "open/tree/z", "");
	assert_int_equal(fchownat(t->fd, "open/tree", 65534, 65534, 0), 0);
	as_nobody(make_foreign_tree, t);
	assert_true(tmpdir_has(t, "open/tree/foreign/f"));
	assert_false(tmpdir_has(t, "open/tree/a"));
	assert_false(tmpdir_has(t, "open/tree/z"));
}

static void remove_with_bind_mount(const struct tmpdir *t)
{
	char from[96], to[96];

	(void)snprintf(from, sizeof(from), "%s/kept", t->path);
	(void)snprintf(to, sizeof(to), "%s/tree/mount", t->path);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(from, to, NULL, MS_BIND, NULL) < 0)
		_exit(77);
	if (file_remove_tree(AT_FDCWD, to) != -EXDEV)
		_exit(2);
	(void)snprintf(to, sizeof(to), "%s/tree", t->path);
	if (file_remove_tree(AT_FDCWD, to) != -EXDEV)
		_exit(3);
	_exit(0);
}

/* A bind mount of the same device is a way out that st_dev does not show. */
static void test_remove_stops_at_mounts(void **state)
{
	struct tmpdir *t = *state;
	int status;

	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdirat(t->fd, "kept", 0755), 0);
	tmpdir_write(t, "kept/file", "precious");
	assert_int_equal(mkdirat(t->fd, "tree", 0755), 0);
	assert_int_equal(mkdirat(t->fd, "tree/mount", 0755), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		remove_with_bind_mount(t);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
	assert_file(t, "kept/file", "precious");
}

#define IN_TMPDIR(f) cmocka_unit_test_setup_teardown(f, tmpdir_setup, tmpdir_done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TMPDIR(test_read_limits),
		IN_TMPDIR(test_open_dir),
		IN_TMPDIR(test_atomic_replaces_links),
		IN_TMPDIR(test_modes_are_exact),
		IN_TMPDIR(test_atomic_exclusive),
		IN_TMPDIR(test_temporary_files),
		IN_TMPDIR(test_atomic_failure_leaves_nothing),
		IN_TMPDIR(test_lock),
		IN_TMPDIR(test_remove_follows_no_link),
		IN_TMPDIR(test_remove_deep_tree),
		IN_TMPDIR(test_remove_locked_dirs),
		IN_TMPDIR(test_remove_goes_on),
		IN_TMPDIR(test_remove_stops_at_mounts),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
