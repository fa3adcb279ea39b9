/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/caps.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "linux/rlimit.h"
#include "unit.h"

static void test_names(void **state)
{
	char name[CAPS_NAME_MAX];

	assert_int_equal(caps_number("CAP_NET_ADMIN"), CAP_NET_ADMIN);
	assert_int_equal(caps_number("net_admin"), CAP_NET_ADMIN);
	assert_int_equal(caps_number("Cap_Bpf"), CAP_BPF);
	assert_int_equal(caps_number(""), -EINVAL);
	assert_int_equal(caps_number("CAP_"), -EINVAL);
	assert_int_equal(caps_number("CAP_NET"), -EINVAL);
	assert_int_equal(caps_number("12"), -EINVAL);
	assert_int_equal(caps_number("chown+ep"), -EINVAL);
	assert_int_equal(caps_name(63, name), -ENOENT);
	assert_int_equal(caps_name(CAP_CHOWN, name), 0);
	assert_string_equal(name, "CAP_CHOWN");
	for (unsigned int i = 0; caps_name(i, name) == 0; i++)
		assert_int_equal(caps_number(name), i);
	assert_int_equal(__builtin_popcountll(caps_default), 11);
	for (unsigned int i = 0; i < 64 && caps_of_kernel() & CAPS_BIT(i); i++)
		assert_int_equal(caps_name(i, name), 0);
}

static uint64_t resolve(char *const *add, char *const *drop)
{
	uint64_t set = 0;

	assert_int_equal(caps_resolve(caps_default, add, drop, &set, NULL), 0);
	return set;
}

#define LIST(...) ((char *const *)(const char *const[]){__VA_ARGS__, NULL})

static void test_resolve(void **state)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	uint64_t set = 7;

	assert_int_equal(resolve(NULL, NULL), caps_default);
	assert_int_equal(resolve(LIST("net_raw"), LIST("CAP_CHOWN")),
			 (caps_default | CAPS_BIT(CAP_NET_RAW)) & ~CAPS_BIT(CAP_CHOWN));
	assert_int_equal(resolve(NULL, LIST("all")), 0);
	assert_int_equal(resolve(LIST("KILL"), LIST("ALL")), CAPS_BIT(CAP_KILL));
	assert_int_equal(resolve(LIST("ALL"), NULL), caps_of_kernel());
	assert_int_equal(resolve(LIST("ALL"), LIST("NET_RAW")),
			 caps_of_kernel() & ~CAPS_BIT(CAP_NET_RAW));
	assert_int_equal(caps_resolve(0, LIST("ALL"), LIST("ALL"), &set, &err), -EINVAL);
	assert_int_equal(caps_resolve(0, LIST("KILL"), LIST("cap_kill"), &set, &err), -EINVAL);
	assert_non_null(strstr(err.message, "CAP_KILL"));
	assert_int_equal(caps_resolve(0, LIST("NOPE"), NULL, &set, &err), -EINVAL);
	assert_non_null(strstr(err.message, "'NOPE'"));
	assert_int_equal(set, 7);
}

/* The sets as the kernel tells them, by the name of the line in /proc/self/status. */
static uint64_t set_of(const char *line)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/status", "re");
	unsigned long long set = ~0ULL;
	char text[256];

	while (f && fgets(text, sizeof(text), f))
		if (strncmp(text, line, strlen(line)) == 0)
			(void)sscanf(text + strlen(line), ": %llx", &set);
	return set;
}

/* Runs `check` in a child that took on the sets and the user; it returns what failed, 0 for none. */
static void in_child(const struct caps_sets *sets, uid_t uid, int (*check)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		gid_t groups[] = {7, 8};

		if (caps_apply_bounding(sets, NULL) < 0 ||
		    caps_apply_user(uid, uid, groups, 2, true, NULL) < 0 ||
		    caps_apply(sets, NULL) < 0)
			_exit(99);
		_exit(check());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int check_root(void)
{
	return set_of("CapBnd") != caps_default	  ? 1
	       : set_of("CapPrm") != caps_default ? 2
	       : set_of("CapEff") != caps_default ? 3
	       : set_of("CapInh") != 0		  ? 4
	       : set_of("CapAmb") != 0		  ? 5
						  : 0;
}

static int check_user(void)
{
	gid_t groups[8];
	int n = getgroups(8, groups);

	if (geteuid() != 1234 || getegid() != 1234 || n != 3 || prctl(PR_GET_KEEPCAPS, 0) != 0)
		return 1;
	return set_of("CapAmb") != CAPS_BIT(CAP_KILL);
}

/* Between the change of user and caps_apply(). */
static void test_raise(void **state)
{
	int status;

	if (geteuid() != 0)
		skip();
	pid_t pid = fork();

	if (pid == 0) {
		if (caps_apply_user(1234, 1234, NULL, 0, true, NULL) < 0 || set_of("CapEff") != 0)
			_exit(1);
		_exit(caps_raise(NULL) < 0 || set_of("CapEff") != set_of("CapPrm") ||
		      set_of("CapEff") == 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* After an exec: the ambient set alone is left. */
static int check_user_exec(void)
{
	(void)execl("/bin/sh", "sh", "-c",
		    "while read -r k v; do case $k in "
		    "CapEff:|CapPrm:|CapInh:|CapAmb:) [ $((0x$v)) = 32 ] || exit 1;; esac; "
		    "done </proc/self/status",
		    NULL);
	return 98;
}

static int check_user_exec_empty(void)
{
	(void)execl("/bin/sh", "sh", "-c",
		    "while read -r k v; do case $k in "
		    "CapEff:|CapPrm:|CapInh:|CapAmb:) [ $((0x$v)) = 0 ] || exit 1;; esac; "
		    "done </proc/self/status",
		    NULL);
	return 98;
}

static void test_apply(void **state)
{
	struct caps_sets sets = {
		.bounding = caps_default, .effective = caps_default, .permitted = caps_default};

	if (geteuid() != 0)
		skip();
	in_child(&sets, 0, check_root);
	in_child(&sets, 1234, check_user_exec_empty);
	sets.inheritable = sets.ambient = CAPS_BIT(CAP_KILL);
	in_child(&sets, 1234, check_user);
	in_child(&sets, 1234, check_user_exec);
}

static void test_rlimits(void **state)
{
	struct rlimit_setting l = {.resource = RLIMIT_CORE};
	struct rlimit now;

	assert_int_equal(rlimit_number("RLIMIT_NOFILE"), RLIMIT_NOFILE);
	assert_int_equal(rlimit_number("nofile"), RLIMIT_NOFILE);
	assert_int_equal(rlimit_number("NO"), -EINVAL);
	assert_int_equal(rlimit_number(""), -EINVAL);
	assert_string_equal(rlimit_name(RLIMIT_RTTIME), "RLIMIT_RTTIME");
	assert_null(rlimit_name(-1));
	assert_null(rlimit_name(99));
	assert_int_equal(rlimit_apply(&l, 1, NULL), 0);
	assert_int_equal(getrlimit(RLIMIT_CORE, &now), 0);
	assert_int_equal(now.rlim_max, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_apply),	cmocka_unit_test(test_raise),
		cmocka_unit_test(test_rlimits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
