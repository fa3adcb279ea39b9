/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cgroup/detect.h"
#include "cgroup/devices.h"
#include "cgroup/own.h"
#include "cgroup/systemd.h"
#include "cgroup/unit.h"
#include "cgroup/v1/v1.h"
#include "cgroup/v2/v2.h"
#include "cgroup/walk.h"
#include "systemd/unit-name.h"

#include "tmpdir.h"
#include "unit.h"

static void test_paths(void **state)
{
	_cleanup_free_ char *v2 = NULL, *hybrid = NULL;
	char *none;

	assert_int_equal(cgroup_path_parse("0::/user.slice/a b.scope\n", &v2), 0);
	assert_string_equal(v2, "/user.slice/a b.scope");
	assert_int_equal(cgroup_path_parse("9:name=systemd:/\n4:memory:/x0::/y\n0::/z", &hybrid),
			 0);
	assert_string_equal(hybrid, "/z");
	assert_int_equal(cgroup_path_parse("9:name=systemd:/\n", &none), -ENOENT);
	assert_int_equal(cgroup_path_parse("", &none), -ENOENT);
	assert_int_equal(cgroup_path_parse("0::\n", &none), -EBADMSG);
}

static void test_units(void **state)
{
	static const char web[] = "/user.slice/user-1.slice/user@1.service/app.slice/web.service";
	static const char system[] = "/system.slice/web@1.service";

	assert_int_equal(unit_path_length(web), strlen(web));
	assert_int_equal(unit_manager_length(web),
			 strlen("/user.slice/user-1.slice/user@1.service"));
	assert_int_equal(unit_path_length(system), strlen(system));
	assert_int_equal(unit_manager_length(system), 0);
	assert_int_equal(unit_path_length("/system.slice/web@1.service/monitor"), strlen(system));
	assert_int_equal(unit_path_length("/a.slice/b.scope/.control"), strlen("/a.slice/b.scope"));
	/* Not right below a unit, in a slice, and in the group of a user manager. */
	assert_int_equal(unit_path_length("/a.slice/b.scope/x/y"), 0);
	assert_int_equal(unit_path_length("/a.slice/b.slice"), 0);
	assert_int_equal(unit_path_length("/user.slice/user-1.slice/user@1.service/init"), 0);
	assert_int_equal(unit_path_length("/"), 0);
	assert_int_equal(unit_path_length("/x"), 0);
	assert_int_equal(unit_path_length("/.service/x"), 0);
	assert_int_equal(unit_manager_length("/user.slice/user@1.service"), 0);
	assert_int_equal(unit_manager_length("/user@/x"), 0);
}

static void test_controllers(void **state)
{
	assert_int_equal(cgroup_controllers_parse("cpuset cpu io memory pids\n"),
			 1 << CGROUP_CPUSET | 1 << CGROUP_CPU | 1 << CGROUP_IO |
				 1 << CGROUP_MEMORY | 1 << CGROUP_PIDS);
	assert_int_equal(cgroup_controllers_parse(""), 0);
	assert_int_equal(cgroup_controllers_parse("cpus new\n"), 0);
}

static void test_numbers(void **state)
{
	static const char text[] = "low 0\noom 3\noom_kill 2\nmax max\n";
	uint64_t n;

	assert_int_equal(walk_find_number(text, "oom_kill", &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(walk_find_number(text, "max", &n), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(walk_find_number(text, "oom_", &n), -ENODATA);
	assert_int_equal(walk_find_number("oom x\n", "oom", &n), -EINVAL);
}

static void name(const char *prefix, const char *from, const char *expected)
{
	_cleanup_free_ char *got = NULL;

	assert_int_equal(unit_name_make(prefix, from, &got), 0);
	assert_string_equal(got, expected);
	assert_true(unit_name_is_valid(got, ".scope"));
}

static void test_unit_names(void **state)
{
	char long_name[UNIT_NAME_MAX + 1];
	char *got;

	name("masu", "web", "masu-web.scope");
	name("masu", "my-web_1.2", "masu-my-web_1.2.scope");
	name("masu", "a+b", "masu-a\\x2bb.scope");
	name("masu", "a\\x2bb", "masu-a\\x5cx2bb.scope");
	name("", ".x/y", "\\x2ex\\x2fy.scope");
	name("libpod", "\xc3\xa4", "libpod-\\xc3\\xa4.scope");
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[UNIT_NAME_MAX] = 0;
	assert_int_equal(unit_name_make("masu", long_name, &got), -ENAMETOOLONG);
	assert_int_equal(unit_name_make("masu", "", &got), -EINVAL);
	assert_false(unit_name_is_valid(".scope", ".scope"));
	assert_false(unit_name_is_valid("a/b.scope", ".scope"));
	assert_false(unit_name_is_valid("a.slice", ".scope"));
}

static void test_systemd_paths(void **state)
{
	_cleanup_free_ char *slice = NULL, *scope = NULL, *none = NULL, *own = NULL, *again = NULL;

	assert_int_equal(
		cgroup_parse_systemd_path("user.slice:libpod:abc", "id", &slice, &scope, NULL), 0);
	assert_string_equal(slice, "user.slice");
	assert_string_equal(scope, "libpod-abc.scope");
	assert_int_equal(cgroup_parse_systemd_path(NULL, "id", &none, &own, NULL), 0);
	assert_null(none);
	assert_string_equal(own, "masu-id.scope");
	free(TAKE_PTR(own));
	assert_int_equal(cgroup_parse_systemd_path("::name", "id", &none, &again, NULL), 0);
	assert_null(none);
	assert_string_equal(again, "name.scope");
	assert_int_equal(cgroup_parse_systemd_path("/a/b", "id", &none, &own, NULL), -EINVAL);
	assert_int_equal(cgroup_parse_systemd_path("a:b:", "id", &none, &own, NULL), -EINVAL);
	assert_int_equal(cgroup_parse_systemd_path("../x.slice:b:c", "id", &none, &own, NULL),
			 -EINVAL);
}

/* Just enough of a BPF machine to run what devices.c writes. */
static bool allowed(const struct bpf_insn *insn, unsigned type, unsigned access, unsigned major,
		    unsigned minor)
{
	const uint32_t context[] = {access << 16 | type, major, minor};
	uint64_t reg[10] = {0};

	for (const struct bpf_insn *i = insn;; i++) {
		uint64_t operand = i->code & BPF_X ? reg[i->src_reg] : (uint32_t)i->imm;

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			reg[i->dst_reg] = context[i->off / 4];
			break;
		case BPF_ALU | BPF_MOV | BPF_X:
		case BPF_ALU64 | BPF_MOV | BPF_X:
		case BPF_ALU64 | BPF_MOV | BPF_K:
			reg[i->dst_reg] = operand;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
		case BPF_ALU64 | BPF_AND | BPF_K:
			reg[i->dst_reg] &= operand;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			reg[i->dst_reg] >>= operand;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			i += reg[i->dst_reg] != operand ? i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += reg[i->dst_reg] == operand ? i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return reg[0];
		default:
			fail_msg("instruction %#x", i->code);
		}
	}
}

enum { BLOCK = BPF_DEVCG_DEV_BLOCK, CHAR = BPF_DEVCG_DEV_CHAR, M = 1, R = 2, W = 4 };

static void test_device_filter(void **state)
{
	static const struct oci_device_rule rules[] = {
		{.allow = true, .type = 'c', .major = -1, .minor = -1, .access = "m"},
		{.allow = true, .type = 'c', .major = 1, .minor = 3, .access = "rwm"},
		{.allow = true, .type = 'c', .major = 136, .minor = -1, .access = "rw"},
		{.allow = true, .type = 'b', .major = 8, .minor = -1, .access = "r"},
		{.allow = false, .type = 'b', .major = 8, .minor = 1, .access = "r"},
	};
	_cleanup_free_ struct bpf_insn *insn = NULL, *none = NULL, *all = NULL;
	size_t n;

	assert_int_equal(v2_device_program(rules, ARRAY_SIZE(rules), &insn, &n, NULL), 0);
	assert_true(allowed(insn, CHAR, R | W, 1, 3));
	assert_false(allowed(insn, BLOCK, R, 1, 3));
	assert_false(allowed(insn, CHAR, R, 1, 4));
	assert_true(allowed(insn, CHAR, M, 1, 4));
	assert_true(allowed(insn, CHAR, R | W, 136, 7));
	assert_false(allowed(insn, CHAR, R | M, 136, 7));
	assert_true(allowed(insn, BLOCK, R, 8, 0));
	assert_false(allowed(insn, BLOCK, R | W, 8, 0));
	assert_false(allowed(insn, BLOCK, R, 8, 1));
	assert_int_equal(v2_device_program(NULL, 0, &none, &n, NULL), 0);
	assert_false(allowed(none, CHAR, R, 1, 3));

	const struct oci_device_rule open_all[] = {
		{.allow = false, .type = 'a', .major = -1, .minor = -1},
		{.allow = true, .type = 'a', .major = -1, .minor = -1},
	};
	assert_int_equal(v2_device_program(open_all, 2, &all, &n, NULL), 0);
	assert_true(allowed(all, BLOCK, R | W | M, 8, 0));

	assert_true(cgroup_devices_allow_all(open_all, 2));
	assert_false(cgroup_devices_allow_all(open_all, 1));
	assert_false(cgroup_devices_allow_all(NULL, 0));
	assert_false(cgroup_devices_allow_all(rules, ARRAY_SIZE(rules)));
	const struct oci_device_rule but_one[] = {open_all[1], rules[4]},
				     and_one[] = {open_all[1], rules[3]};
	assert_false(cgroup_devices_allow_all(but_one, 2));
	assert_true(cgroup_devices_allow_all(and_one, 2));
}

/* "c 1:3 rw;..." after the default. */
static void listed(const struct oci_device_rule *rules, size_t n, const char *expected)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct v1_device_list list;

	assert_int_equal(v1_device_list(rules, n, &list, NULL), 0);
	assert_int_equal(strbuf_addf(&b, "%s;", list.allow ? "allow" : "deny"), 0);
	for (size_t i = 0; i < list.n; i++)
		if (*list.rules[i].access)
			assert_int_equal(strbuf_addf(&b, "%c %d:%d %s;", list.rules[i].type,
						     (int)list.rules[i].major,
						     (int)list.rules[i].minor,
						     list.rules[i].access),
					 0);
	free(list.rules);
	assert_string_equal(b.text, expected);
}

static void test_device_list(void **state)
{
	const struct oci_device_rule some[] = {
		{.allow = true, .type = 'c', .major = 1, .minor = 3, .access = "rwm"},
		{.allow = false, .type = 'a', .major = -1, .minor = -1},
		{.allow = true, .type = 'c', .major = 1, .minor = 5},
		{.allow = true, .type = 'b', .major = 8, .minor = -1, .access = "rw"},
		{.allow = false, .type = 'c', .major = 1, .minor = 5, .access = "w"},
		{.allow = false, .type = 'a', .major = 8, .minor = -1, .access = "w"},
	};
	const struct oci_device_rule hole[] = {
		{.allow = true, .type = 'c', .major = 1, .minor = -1, .access = "rwm"},
		{.allow = false, .type = 'c', .major = 1, .minor = 3, .access = "w"},
	};
	const struct oci_device_rule all[] = {
		{.allow = true, .type = 'a', .major = -1, .minor = -1, .access = "mrw"},
		{.allow = false, .type = 'b', .major = 8, .minor = 0, .access = "r"},
	};
	struct v1_device_list list;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	listed(some, 0, "deny;");
	listed(some, ARRAY_SIZE(some), "deny;c 1:5 rm;b 8:-1 r;");
	listed(all, ARRAY_SIZE(all), "allow;b 8:0 r;");
	assert_int_equal(v1_device_list(hole, ARRAY_SIZE(hole), &list, &err), -ENOTSUP);
	assert_non_null(strstr(err.message, "can't deny device c 1:3"));
}

static void test_hierarchies(void **state)
{
	_cleanup_hierarchies_ struct hierarchies h = {0};
	struct hierarchies none;

	assert_int_equal(hierarchies_parse("9:name=systemd:/\n4:cpu,cpuacct:/a:b\n0::/\n", &h), 0);
	assert_int_equal(h.n, 3);
	assert_string_equal(h.item[1].path, "/a:b");
	assert_string_equal(h.item[2].names, "");
	assert_true(hierarchy_has(h.item[1].names, "cpuacct"));
	assert_false(hierarchy_has(h.item[1].names, "cpua"));
	assert_true(hierarchy_has(h.item[0].names, "name=systemd"));
	assert_string_equal(hierarchy_dir(h.item[0].names), "systemd");
	assert_string_equal(hierarchy_dir(h.item[1].names), "cpu,cpuacct");
	assert_string_equal(hierarchy_dir(h.item[2].names), "unified");
	assert_int_equal(hierarchies_parse("1:memory\n", &none), -EBADMSG);
	assert_int_equal(hierarchies_parse("1:memory:x\n", &none), -EBADMSG);
}

static void own_path(const char *path, const char *expected)
{
	_cleanup_free_ char *got = NULL;

	assert_int_equal(own_resolve(path, "/own", &got, NULL), expected ? 0 : -EINVAL);
	if (expected)
		assert_string_equal(got, expected);
}

static void test_own_paths(void **state)
{
	own_path("/a//b/", "/a/b");
	own_path("a/b", "/own/a/b");
	own_path("/", NULL);
	own_path("../victim", NULL);
	own_path("/a/../b", NULL);
	own_path("a/./b", NULL);
	own_path("a\nb", NULL);
}

static void test_bad_device_rules(void **state)
{
	static const struct oci_device_rule bad[] = {
		{.allow = true, .type = 'x', .major = 1, .minor = 1},
		{.allow = true, .type = 'c', .major = 1, .minor = 1, .access = "rx"},
		{.allow = true, .type = 'c', .major = -2, .minor = 1},
		{.allow = true, .major = 1, .minor = 1},
	};
	struct bpf_insn *insn;
	size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(v2_device_program(&bad[i], 1, &insn, &n, NULL), -EINVAL);
	assert_int_equal(v2_device_program(bad, 100000, &insn, &n, NULL), -E2BIG);
}

static void add_group(int *fd, const char *name, int pid)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d\n", pid);

	assert_int_equal(mkdirat(*fd, name, 0700), 0);
	int below = openat(*fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(below >= 0);
	assert_int_equal(file_write_atomic(below, "cgroup.procs", text, (size_t)n, 0600, 0), 0);
	fd_close(fd);
	*fd = below;
}

/* A container may nest its groups deeper than a path can tell. */
static void test_groups_of_any_depth(void **state)
{
	enum { DEPTH = 40 };
	struct tmpdir *t = *state;
	_cleanup_close_ int fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
	_cleanup_free_ pid_t *pids = NULL, *own = NULL;
	char name[201] = "";
	size_t n;
	int sum = 0;

	memset(name, 'x', sizeof(name) - 1);
	add_group(&fd, "top", 1);
	_cleanup_close_ int top = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	for (int i = 0; i < DEPTH; i++) {
		_cleanup_close_ int beside = fcntl(fd, F_DUPFD_CLOEXEC, 0);

		add_group(&beside, "beside", 1000);
		add_group(&fd, name, 1);
	}
	assert_int_equal(walk_pids(top, &pids, &n), 0);
	assert_int_equal(n, 1 + 2 * DEPTH);
	for (size_t i = 0; i < n; i++)
		sum += pids[i];
	assert_int_equal(sum, 1 + DEPTH * 1001);
	assert_int_equal(walk_own_pids(top, &own, &n), 0);
	assert_int_equal(n, 1);
}

static pid_t fork_sleeper(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	while (pid == 0)
		(void)pause();
	return pid;
}

static void end_sleeper(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Was the signal, which the process holds back, sent to it? */
static bool is_pending(pid_t pid, int signal)
{
	_cleanup_free_ char *text = NULL;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	assert_int_equal(file_read(AT_FDCWD, path, 65536, &text, NULL), 0);
	const char *line = strstr(text, "\nShdPnd:");
	assert_non_null(line);
	return strtoull(line + strlen("\nShdPnd:"), NULL, 16) >> (signal - 1) & 1;
}

/*
 * A pid that leaves the group between the reading and the signal, as if it were another process's by
 * then. The list is a FIFO at the first reading; its writer puts a file in its place before it answers.
 */
static void test_signal(void **state)
{
	const struct tmpdir *t = *state;
	struct cgroup cg = {
		.ops = &cgroup_v2_ops, .container_fd = t->fd, .scope_fd = -1, .monitor_fd = -1};
	sigset_t set;
	char both[64], one[32];

	assert_int_equal(sigemptyset(&set) | sigaddset(&set, SIGUSR1), 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	pid_t member = fork_sleeper(), victim = fork_sleeper();
	(void)snprintf(both, sizeof(both), "%d\n%d\n", (int)victim, (int)member);
	(void)snprintf(one, sizeof(one), "%d\n", (int)member);
	tmpdir_write(t, "later", one);
	assert_int_equal(mkfifoat(t->fd, "cgroup.procs", 0600), 0);
	pid_t writer = fork();
	assert_true(writer >= 0);
	if (writer == 0) {
		int fd = openat(t->fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);

		_exit(fd < 0 || renameat(t->fd, "later", t->fd, "cgroup.procs") < 0 ||
		      write(fd, both, strlen(both)) < 0);
	}
	assert_int_equal(cgroup_signal(&cg, SIGUSR1, NULL), 0);
	bool hit = is_pending(victim, SIGUSR1), told = is_pending(member, SIGUSR1);
	end_sleeper(victim);
	end_sleeper(member);
	assert_int_equal(waitpid(writer, NULL, 0), writer);
	assert_int_equal(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
	assert_true(told);
	assert_false(hit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_signal, tmpdir_setup, tmpdir_done),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_controllers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_unit_names),
		cmocka_unit_test(test_systemd_paths),
		cmocka_unit_test(test_device_filter),
		cmocka_unit_test(test_device_list),
		cmocka_unit_test(test_hierarchies),
		cmocka_unit_test(test_own_paths),
		cmocka_unit_test(test_bad_device_rules),
		cmocka_unit_test_setup_teardown(test_groups_of_any_depth, tmpdir_setup,
						tmpdir_done),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
