/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tmpdir.h"

/*
 * A rootfs that wants out: root/ is opened; secret beside it must not be reached.
 */
static int hostile_root(const struct tmpdir *t)
{
	tmpdir_write(t, "secret", "outside");
	assert_int_equal(mkdirat(t->fd, "root", 0755), 0);
	int root = openat(t->fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	assert_int_equal(symlinkat("../secret", root, "up"), 0);
	assert_int_equal(symlinkat("../../../../../../../..", root, "top"), 0);
	assert_int_equal(symlinkat("/etc/passwd", root, "absolute"), 0);
	assert_int_equal(symlinkat("loop", root, "loop"), 0);
	assert_int_equal(symlinkat("/missing/deep", root, "dangling"), 0);
	assert_int_equal(mkdirat(root, "real", 0755), 0);
	assert_int_equal(symlinkat("/real", root, "inside"), 0);
	return root;
}

static void test_links_do_not_lead_out(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_close_ int root = hostile_root(t);
	static const char *const bad[] = {
		"up",	    "../secret", "/../secret",	  "real/../../secret",
		"absolute", "dangling",	 "top/etc/passwd"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(path_open_in(root, bad[i], O_RDONLY, 0, 0), -ENOENT);
		int r = path_open_in(root, bad[i], O_RDONLY, 0, PATH_BENEATH);
		assert_true(r == -EXDEV || (r == -ENOENT && i == 5) || r == -ENOENT);
	}
	assert_int_equal(path_open_in(root, "up", O_RDONLY, 0, PATH_BENEATH), -EXDEV);
	assert_int_equal(path_open_in(root, "loop", O_RDONLY, 0, 0), -ELOOP);
	_cleanup_close_ int inside = path_open_in(root, "inside", O_PATH | O_DIRECTORY, 0, 0);
	assert_true(inside >= 0);
	assert_int_equal(path_open_in(root, "inside", O_PATH, 0, PATH_NO_SYMLINKS), -ELOOP);
}

static void test_creating_does_not_leave(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_close_ int root = hostile_root(t);
	const int make = O_CREAT | O_WRONLY;

	/* clamped: "../secret" is "/secret" inside */
	_cleanup_close_ int fd = path_open_in(root, "up", make, 0600, 0);
	assert_true(fd >= 0);
	assert_true(tmpdir_has(t, "root/secret"));
	assert_file(t, "secret", "outside");
	assert_true(path_open_in(root, "../fresh", make, 0600, PATH_BENEATH) < 0);
	assert_false(tmpdir_has(t, "fresh"));
}

static void test_mode_without_creation(void **state)
{
	struct tmpdir *t = *state;

	_cleanup_close_ int fd = path_open_in(t->fd, ".", O_RDONLY | O_DIRECTORY, 0755, 0);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void test_magic_links_are_refused(void **state)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(proc >= 0);
	assert_int_equal(path_open_in(proc, "self/root/etc/passwd", O_RDONLY, 0, 0), -ELOOP);
	assert_int_equal(path_open_in(proc, "self/fd/0", O_RDONLY, 0, 0), -ELOOP);
	assert_int_equal(path_open_in(proc, "self/cwd", O_PATH | O_DIRECTORY, 0, 0), -ELOOP);
}

static void test_mount_points(void **state)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(path_open_in(root, "proc/version", O_RDONLY, 0, PATH_NO_XDEV), -EXDEV);
}

static void test_mkdir_in(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_close_ int root = hostile_root(t);
	struct stat st;

	_cleanup_close_ int a = path_mkdir_in(root, "/new/./deep//er", 0700);
	assert_true(a >= 0);
	assert_int_equal(fstatat(root, "new/deep/er", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	_cleanup_close_ int b = path_mkdir_in(root, "inside/sub", 0755);
	assert_true(b >= 0);
	assert_true(tmpdir_has(t, "root/real/sub"));
	/* clamped at the root, not outside */
	_cleanup_close_ int c = path_mkdir_in(root, "top/../../made", 0755);
	assert_true(c >= 0);
	assert_true(tmpdir_has(t, "root/made"));
	assert_false(tmpdir_has(t, "made"));
	_cleanup_close_ int again = path_mkdir_in(root, "made", 0755);
	assert_true(again >= 0);
	_cleanup_close_ int self = path_mkdir_in(root, "", 0755);
	assert_true(self >= 0);

	/* what a dangling link means is made, inside */
	_cleanup_close_ int d = path_mkdir_in(root, "dangling/x", 0755);
	assert_true(d >= 0);
	assert_true(tmpdir_has(t, "root/missing/deep/x"));
	_cleanup_close_ int e = path_mkdir_in(root, "up/y", 0755);
	assert_true(e >= 0);
	assert_true(tmpdir_has(t, "root/secret/y"));
	assert_file(t, "secret", "outside");

	assert_int_equal(path_mkdir_in(root, "loop/x", 0755), -ELOOP);
	tmpdir_write(t, "root/file", "");
	assert_int_equal(path_mkdir_in(root, "file", 0755), -ENOTDIR);
	assert_int_equal(path_mkdir_in(root, "file/x", 0755), -ENOTDIR);
}

static void test_touch_in(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_close_ int root = hostile_root(t);

	_cleanup_close_ int a = path_touch_in(root, "etc/new/resolv.conf", 0644);
	assert_true(a >= 0);
	assert_file(t, "root/etc/new/resolv.conf", "");
	tmpdir_write(t, "root/kept", "text");
	_cleanup_close_ int b = path_touch_in(root, "kept", 0644);
	assert_true(b >= 0);
	assert_file(t, "root/kept", "text");
	_cleanup_close_ int c = path_touch_in(root, "dangling", 0644);
	assert_true(c >= 0);
	assert_file(t, "root/missing/deep", "");
	_cleanup_close_ int d = path_touch_in(root, "up", 0644);
	assert_true(d >= 0);
	assert_file(t, "root/secret", "");
	assert_file(t, "secret", "outside");
	assert_int_equal(path_touch_in(root, "loop", 0644), -ELOOP);
	assert_int_equal(path_touch_in(root, "gone/", 0644), -EISDIR);
}

/* Links that lead to each other, each dangling: an end, and no endless making. */
static void test_dangling_circles(void **state)
{
	struct tmpdir *t = *state;

	assert_int_equal(symlinkat("b/x", t->fd, "a"), 0);
	assert_int_equal(symlinkat("a/x", t->fd, "b"), 0);
	assert_int_equal(path_mkdir_in(t->fd, "a", 0755), -ELOOP);
	assert_int_equal(path_touch_in(t->fd, "b", 0644), -ELOOP);
	assert_int_equal(symlinkat("a1/x", t->fd, "a0"), 0);
	for (int i = 1; i < 20; i++) {
		char name[8], target[16];

		(void)snprintf(name, sizeof(name), "a%d", i);
		(void)snprintf(target, sizeof(target), "a%d/x", i + 1);
		assert_int_equal(symlinkat(target, t->fd, name), 0);
	}
	assert_int_equal(path_mkdir_in(t->fd, "a0", 0755), -ELOOP);
}

static void test_mkdir_all(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_free_ char *deep = path_join(t->path, "a/b/c/"),
			    *file = path_join(t->path, "file");

	assert_int_equal(path_mkdir_all(deep, 0700), 0);
	assert_int_equal(path_mkdir_all(deep, 0700), 0);
	assert_true(tmpdir_has(t, "a/b/c"));
	tmpdir_write(t, "file", "");
	assert_int_equal(path_mkdir_all(file, 0700), -ENOTDIR);
}

static void test_texts(void **state)
{
	static const char *const joins[][3] = {
		{"a", "b", "a/b"},   {"a/", "/b", "a/b"}, {"/", "b", "/b"},
		{"//", "//b", "/b"}, {"a", "", "a/"},	  {"", "b", "b"},
	};
	static const char *const normals[][2] = {
		{"/a/./b//c/", "/a/b/c"}, {"/a/../../b", "/b"}, {"", "/"},	  {"/..", "/"},
		{"a/b/..", "/a"},	  {"/a/..b", "/a/..b"}, {"/...", "/..."},
	};
	static const char *const crooked[] = {"",   "a",    "/a/", "//",     "/a//b",
					      "/.", "/a/.", "/..", "/a/../b"};

	for (size_t i = 0; i < ARRAY_SIZE(joins); i++) {
		_cleanup_free_ char *joined = path_join(joins[i][0], joins[i][1]);
		assert_string_equal(joined, joins[i][2]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(normals); i++) {
		_cleanup_free_ char *normal = path_normalize(normals[i][0]);
		assert_string_equal(normal, normals[i][1]);
		assert_true(path_is_normal(normal));
	}
	for (size_t i = 0; i < ARRAY_SIZE(crooked); i++)
		assert_false(path_is_normal(crooked[i]));
	assert_string_equal(path_last("/a/b"), "b");
	assert_string_equal(path_last("b"), "b");
	assert_string_equal(path_last("/a/"), "");
}

static void test_executable(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_close_ int root = hostile_root(t);

	tmpdir_write(t, "root/plain", "text");
	tmpdir_write(t, "root/program", "text");
	assert_int_equal(fchmodat(root, "program", 0641, 0), 0);
	assert_int_equal(symlinkat("/program", root, "link"), 0);
	assert_int_equal(path_check_executable(root, "program"), 0);
	assert_int_equal(path_check_executable(root, "/link"), 0);
	assert_int_equal(path_check_executable(root, "plain"), -EACCES);
	assert_int_equal(path_check_executable(root, "real"), -EACCES);
	assert_int_equal(path_check_executable(root, "dangling"), -ENOENT);
	assert_int_equal(path_check_executable(root, "up"), -ENOENT);
	assert_int_equal(path_check_executable(root, "loop"), -ELOOP);
}

#define IN_TMPDIR(f) cmocka_unit_test_setup_teardown(f, tmpdir_setup, tmpdir_done)

/* From here on this process is on a kernel without openat2(2). */
static int forget_openat2(void)
{
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = ARRAY_SIZE(filter), .filter = filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
		       ? -1
		       : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TMPDIR(test_links_do_not_lead_out),
		IN_TMPDIR(test_creating_does_not_leave),
		IN_TMPDIR(test_mode_without_creation),
		cmocka_unit_test(test_magic_links_are_refused),
		cmocka_unit_test(test_mount_points),
		IN_TMPDIR(test_mkdir_in),
		IN_TMPDIR(test_touch_in),
		IN_TMPDIR(test_dangling_circles),
		IN_TMPDIR(test_mkdir_all),
		IN_TMPDIR(test_executable),
		cmocka_unit_test(test_texts),
	};

	int failed = cmocka_run_group_tests_name("path", tests, NULL, NULL);
	if (forget_openat2() < 0)
		return failed;
	return failed + cmocka_run_group_tests_name("path without openat2", tests, NULL, NULL);
}
