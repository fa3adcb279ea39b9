/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "linux/caps.h"
#include "oci/seccomp-default.h"
#include "oci/seccomp-profile.h"
#include "unit.h"

static struct seccomp_policy *policy_of(const char *text, uint64_t caps)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct seccomp_policy *p = NULL;

	assert_int_equal(json_parse(text, strlen(text), "test", &o, NULL), 0);
	if (seccomp_profile_policy(o, caps, &p, &err) < 0)
		fail_msg("%s", err.message);
	return p;
}

static struct seccomp_filter compile(const char *text, uint64_t caps)
{
	_cleanup_seccomp_policy_ struct seccomp_policy *p = policy_of(text, caps);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct seccomp_filter f = {0};

	if (seccomp_policy_compile(p, &f, &err) < 0)
		fail_msg("%s", err.message);
	return f;
}

/* The result of a call under a filter: 0 for success, else the errno, or -signal. */
static int call_under(const struct seccomp_filter *f, long number, long a, long b, long c)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_filter_install(f) < 0)
			_exit(250);
		long r = syscall(number, a, b, c, 0, 0, 0);

		/* Not _exit(), of which the sanitizers make more calls than the filters allow. */
		(void)syscall(SYS_exit_group, r < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

struct call {
	long number, a, b, c;
	int result;
};

static void check_calls(const struct seccomp_filter *f, const struct call *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = call_under(f, calls[i].number, calls[i].a, calls[i].b, calls[i].c);

		if (r != calls[i].result)
			fail_msg("call %ld(%lx, %lx): %d, not %d", calls[i].number, calls[i].a,
				 calls[i].b, r, calls[i].result);
	}
}

#define HIGH (1L << 40)

static const struct call default_calls[] = {
	{SYS_getpid, 0, 0, 0, 0},
	{SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0},
	{SYS_socket, AF_ALG, SOCK_SEQPACKET, 0, EPERM},
	{SYS_socket, AF_ALG | HIGH, SOCK_SEQPACKET, 0, EPERM},
	{SYS_socket, AF_VSOCK, SOCK_STREAM, 0, EPERM},
	{SYS_socket, AF_VSOCK | HIGH, SOCK_STREAM, 0, EPERM},
	{SYS_ioctl, -1, TIOCSTI, 0, EPERM},
	{SYS_ioctl, -1, TIOCSTI | HIGH, 0, EPERM},
	{SYS_ioctl, -1, TIOCSTI | (1L << 63), 0, EPERM},
	{SYS_ioctl, -1, TCGETS, 0, EBADF},
	{SYS_ioctl, -1, TIOCSTI ^ 1, 0, EBADF},
	{SYS_ioctl, -1, TIOCSTI | (1L << 31), 0, EBADF},
	{SYS_ioctl, -1, TCGETS | HIGH, 0, EBADF},
	{SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, EPERM},
	{SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, EPERM},
	{SYS_clone3, 0, 0, 0, ENOSYS},
	{SYS_unshare, CLONE_NEWUSER, 0, 0, EPERM},
	{SYS_personality, 0, 0, 0, 0},
	{SYS_personality, ADDR_NO_RANDOMIZE, 0, 0, EPERM},
	{SYS_mount, 0, 0, 0, EPERM},
	{SYS_bpf, 0, 0, 0, EPERM},
	{SYS_keyctl, 0, 0, 0, EPERM},
	{SYS_userfaultfd, 0, 0, 0, EPERM},
	{SYS_io_uring_setup, 1, 0, 0, EPERM},
	{451, -1, 0, 0, EBADF},	 /* cachestat */
	{452, -1, 0, 0, EFAULT}, /* fchmodat2 */
	{457, 0, 0, 0, ENOSYS},	 /* statmount */
	{459, 0, 0, 0, EPERM},	 /* lsm_get_self_attr */
	{467, 0, 0, 0, EPERM},	 /* open_tree_attr */
	{468, 0, 0, 0, ENOSYS},	 /* file_getattr */
	{471, 0, 0, 0, ENOSYS},
	{500, 0, 0, 0, ENOSYS},
	{100000, 0, 0, 0, ENOSYS},
};

static void test_default_profile(void **state)
{
	_cleanup_seccomp_filter_ struct seccomp_filter f = compile(seccomp_builtin_profile,
								   caps_default);

	check_calls(&f, default_calls, ARRAY_SIZE(default_calls));
}

static void test_builtin_is_what_the_compiler_makes(void **state)
{
	_cleanup_seccomp_filter_ struct seccomp_filter f = compile(seccomp_builtin_profile,
								   caps_default);

	assert_int_equal(f.length, seccomp_builtin_length);
	assert_memory_equal(f.instructions, seccomp_builtin_filter,
			    f.length * sizeof(*f.instructions));
}

static void test_capabilities_widen_it(void **state)
{
	static const struct call calls[] = {
		{SYS_mount, 0, 0, 0, EFAULT},
		{SYS_clone3, 0, 0, 0, EINVAL},
		{SYS_socket, AF_ALG | HIGH, SOCK_SEQPACKET, 0, EPERM},
		{SYS_ioctl, -1, TIOCSTI | HIGH, 0, EPERM},
		{SYS_userfaultfd, 0, 0, 0, EPERM},
		{500, 0, 0, 0, ENOSYS},
	};
	static const struct call without_chroot[] = {
		{SYS_chroot, 0, 0, 0, EPERM},
		{SYS_getpid, 0, 0, 0, 0},
	};
	_cleanup_seccomp_filter_ struct seccomp_filter wide = compile(
		seccomp_builtin_profile, caps_default | CAPS_BIT(CAP_SYS_ADMIN));
	_cleanup_seccomp_filter_ struct seccomp_filter narrow = compile(seccomp_builtin_profile, 0);

	if (geteuid() == 0)
		check_calls(&wide, calls, ARRAY_SIZE(calls));
	check_calls(&narrow, without_chroot, ARRAY_SIZE(without_chroot));
}

static void test_other_abis_are_killed(void **state)
{
	_cleanup_seccomp_filter_ struct seccomp_filter f = compile(seccomp_builtin_profile,
								   caps_default);
	int status;

	/* x32 has the native architecture's mark, and a bit in the number. */
	assert_int_equal(call_under(&f, 0x40000000 | SYS_getpid, 0, 0, 0), -SIGSYS);
	assert_int_equal(call_under(&f, 0x40000000 | 452, 0, 0, 0), -SIGSYS);
	pid_t pid = fork();

	if (pid == 0) {
		long result;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_filter_install(&f) < 0)
			_exit(250);
		/* i386's getpid(2): SIGSEGV on a kernel that was built without it. */
		__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
		_exit(result > 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_true(WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV);
}

#define ALLOW "\"action\":\"SCMP_ACT_ALLOW\""
#define COMMON                                                                                        \
	"{\"names\":[\"exit_group\",\"rt_sigreturn\",\"read\",\"no_such_call\",\"fchmodat2\"]," ALLOW \
	"}"

static void test_policies_of_others(void **state)
{
	/* Docker's way: EPERM by default, and three architectures. */
	_cleanup_seccomp_filter_ struct seccomp_filter f = compile(
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"archMap\":[{\"architecture\":"
		"\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]}],"
		"\"syscalls\":[" COMMON
		",{\"names\":[\"openat2\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"},"
		"{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":77}]}",
		0);
	static const struct call calls[] = {
		{SYS_getpid, 0, 0, 0, EPERM},
		{SYS_getppid, 0, 0, 0, 77},
		{SYS_openat2, 0, 0, 0, -SIGSYS},
		{451, 0, 0, 0, EPERM},
		{452, -1, 0, 0, EFAULT},
		{453, 0, 0, 0, ENOSYS},
		{0x40000000 | SYS_getpid, 0, 0, 0, EPERM},
	};

	check_calls(&f, calls, ARRAY_SIZE(calls));
	assert_int_equal(f.flags, 0);
}

/* As in runc and crun: the other names of a deny list hold. */
static void test_unknown_names_of_a_deny_list_are_ignored(void **state)
{
	static const char text[] =
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"no_such_call\","
		"\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5}]}";
	static const struct call denied[] = {{SYS_getppid, 0, 0, 0, 5}, {SYS_getpid, 0, 0, 0, 0}};
	_cleanup_seccomp_filter_ struct seccomp_filter f = compile(text, 0);
	_cleanup_seccomp_policy_ struct seccomp_policy *p = policy_of(text, 0);
	_cleanup_seccomp_filter_ struct seccomp_filter none = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	check_calls(&f, denied, ARRAY_SIZE(denied));
	p->fail_unknown = true;
	assert_int_equal(seccomp_policy_compile(p, &none, &err), -EINVAL);
	assert_non_null(strstr(err.message, "'no_such_call'"));
}

/* Conditions on one argument are alternatives, and so are then all of the rule: as in runc and crun. */
static void test_conditions_on_one_argument(void **state)
{
	_cleanup_seccomp_filter_ struct seccomp_filter two = compile(
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getpriority\"],"
		"\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":17,\"args\":["
		"{\"index\":1,\"value\":0,\"op\":\"SCMP_CMP_EQ\"},"
		"{\"index\":0,\"value\":7,\"op\":\"SCMP_CMP_EQ\"},"
		"{\"index\":1,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		0);
	_cleanup_seccomp_filter_ struct seccomp_filter both = compile(
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getpriority\"],"
		"\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":17,\"args\":["
		"{\"index\":1,\"value\":0,\"op\":\"SCMP_CMP_EQ\"},"
		"{\"index\":0,\"value\":7,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		0);
	static const struct call alternatives[] = {
		{SYS_getpriority, 0, 0, 0, 17},
		{SYS_getpriority, 0, 2, 0, 17},
		{SYS_getpriority, 7, 1, 0, 17},
		{SYS_getpriority, 8, 1, 0, EINVAL},
	};
	static const struct call together[] = {
		{SYS_getpriority, 7, 0, 0, 17},
		{SYS_getpriority, 7, 1, 0, EINVAL},
		{SYS_getpriority, 8, 0, 0, EINVAL},
	};

	check_calls(&two, alternatives, ARRAY_SIZE(alternatives));
	check_calls(&both, together, ARRAY_SIZE(together));
}

static void test_newer_calls_by_number(void **state)
{
	static const struct call calls[] = {{453, 0, 0, 0, 5}, {SYS_getpid, 0, 0, 0, 0}};
	_cleanup_seccomp_filter_ struct seccomp_filter g = compile(
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],"
		"\"syscalls\":[{\"names\":[\"map_shadow_stack\"],\"action\":\"SCMP_ACT_ERRNO\","
		"\"errnoRet\":5}]}",
		0);

	check_calls(&g, calls, ARRAY_SIZE(calls));
	assert_int_equal(g.flags, 2);
}

/* NEW_LISTENER (8) only for filters that notify; TSYNC (1) with it needs TSYNC_ESRCH (16). */
static void test_listeners(void **state)
{
	_cleanup_seccomp_filter_ struct seccomp_filter none = compile(
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/run/x\",\"flags\":"
		"[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]}",
		0);
	_cleanup_seccomp_filter_ struct seccomp_filter one = compile(
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/run/x\",\"flags\":"
		"[\"SECCOMP_FILTER_FLAG_TSYNC\",\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],"
		"\"syscalls\":[{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		0);

	assert_false(seccomp_filter_notifies(&none));
	assert_int_equal(none.flags, 0);
	assert_true(seccomp_filter_notifies(&one));
	assert_int_equal(one.flags, 1 | 8 | 16 | 32);
}

static void test_conditions(void **state)
{
	static const char text[] =
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
		"{\"names\":[\"a\"]," ALLOW
		",\"includes\":{\"caps\":[\"CAP_KILL\",\"CAP_CHOWN\"]}},"
		"{\"names\":[\"b\"]," ALLOW
		",\"excludes\":{\"caps\":[\"CAP_KILL\",\"CAP_CHOWN\"]}},"
		"{\"names\":[\"c\"]," ALLOW ",\"includes\":{\"minKernel\":\"99.0\"}},"
		"{\"names\":[\"d\"]," ALLOW ",\"includes\":{\"minKernel\":\"3.10\"}},"
		"{\"names\":[\"e\"]," ALLOW ",\"includes\":{\"arches\":[\"vax\"]}},"
		"{\"names\":[\"f\"]," ALLOW ",\"includes\":{\"caps\":[],\"arches\":[]}}]}";
	_cleanup_seccomp_policy_ struct seccomp_policy *one = policy_of(text, CAPS_BIT(CAP_KILL));
	_cleanup_seccomp_policy_ struct seccomp_policy *both = policy_of(
		text, CAPS_BIT(CAP_KILL) | CAPS_BIT(CAP_CHOWN));
	_cleanup_seccomp_policy_ struct seccomp_policy *none = policy_of(text, 0);

	assert_int_equal(one->n_rules, 2);
	assert_string_equal(*one->rules[0].names, "d");
	assert_int_equal(both->n_rules, 3);
	assert_string_equal(*both->rules[0].names, "a");
	assert_int_equal(none->n_rules, 3);
	assert_string_equal(*none->rules[0].names, "b");
}

static ino_t only_file(const char *dir, char path[512])
{
	_cleanup_closedir_ DIR *listing = opendir(dir);
	ino_t found = 0;

	assert_non_null(listing);
	for (struct dirent *d; (d = readdir(listing));)
		if (*d->d_name != '.') {
			assert_int_equal(found, 0);
			found = d->d_ino;
			(void)snprintf(path, 512, "%s/%s", dir, d->d_name);
		}
	return found;
}

static void cached(const char *dir, const struct seccomp_policy *p)
{
	static const struct call calls[] = {{SYS_getpid, 0, 0, 0, EPERM},
					    {SYS_read, -1, 0, 0, EBADF}};
	_cleanup_seccomp_filter_ struct seccomp_filter f = {0};

	assert_int_equal(seccomp_policy_compile_cached(p, dir, &f, NULL), 0);
	check_calls(&f, calls, ARRAY_SIZE(calls));
}

static void spoil(const char *path, off_t offset)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
}

/* A file is used as it is, or made anew: told by its inode, since each write makes a new file. */
static void test_cache(void **state)
{
	char base[] = "/tmp/test-seccomp-XXXXXX", dir[64], path[512];
	_cleanup_seccomp_policy_ struct seccomp_policy *p = policy_of(
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" COMMON "]}", 0);

	assert_non_null(mkdtemp(base));
	(void)snprintf(dir, sizeof(dir), "%s/cache", base);
	cached(dir, p);
	ino_t first = only_file(dir, path);

	cached(dir, p);
	assert_int_equal(only_file(dir, path), first);
	for (off_t at = 0; at < 60; at += 10) {
		ino_t before = only_file(dir, path);

		spoil(path, at);
		cached(dir, p);
		if (at < 20 || at > 23) /* the flags of the load are not part of the key */
			assert_int_not_equal(only_file(dir, path), before);
	}
	assert_int_equal(truncate(path, 100), 0);
	cached(dir, p);
	assert_int_equal(chmod(path, 0620), 0);
	cached(dir, p);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	cached(dir, p);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	/* A directory that others may write is left alone. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(chmod(dir, 0770), 0);
	cached(dir, p);
	assert_int_equal(only_file(dir, path), 0);
	assert_int_equal(file_remove_tree(AT_FDCWD, base), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_profile),
		cmocka_unit_test(test_builtin_is_what_the_compiler_makes),
		cmocka_unit_test(test_capabilities_widen_it),
		cmocka_unit_test(test_other_abis_are_killed),
		cmocka_unit_test(test_policies_of_others),
		cmocka_unit_test(test_unknown_names_of_a_deny_list_are_ignored),
		cmocka_unit_test(test_conditions_on_one_argument),
		cmocka_unit_test(test_newer_calls_by_number),
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
