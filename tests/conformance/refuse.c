/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refuse SYSCALL... -- COMMAND [ARGUMENT...]
 *
 * Runs COMMAND on a kernel that doesn't have the named system calls: each fails with ENOSYS, for
 * the command and all that it starts. That is how old kernels and the profiles of other engines
 * look to a runtime, which has to fall back then.
 *
 * The filter is plain BPF, one comparison a call. Root loads it without no_new_privs, so that
 * what the runtime under test does about that flag is seen as it is; for an ordinary user the
 * flag is set, as the kernel demands, and newuidmap doesn't work then.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS_MAX 64

/* Same number on all architectures: they are newer than the common table. */
static const struct {
	const char *name;
	unsigned int number;
} calls[] = {
	{"pidfd_send_signal", 424},
	{"open_tree", 428},
	{"move_mount", 429},
	{"fsopen", 430},
	{"fsconfig", 431},
	{"fsmount", 432},
	{"fspick", 433},
	{"pidfd_open", 434},
	{"clone3", 435},
	{"close_range", 436},
	{"openat2", 437},
	{"pidfd_getfd", 438},
	{"faccessat2", 439},
	{"mount_setattr", 442},
	{"statmount", 457},
	{"listmount", 458},
	{"open_tree_attr", 467},
};

static int number_of(const char *name, unsigned int *ret_number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, name) == 0) {
			*ret_number = calls[i].number;
			return 0;
		}
	}
	return -ENOENT;
}

static int load(const unsigned int *numbers, size_t n)
{
	struct sock_filter code[2 * CALLS_MAX + 2];
	struct sock_fprog program = {.filter = code};
	unsigned short at = 0;

	code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < n; i++) {
		code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers[i], 0,
							  1);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							  SECCOMP_RET_ERRNO | ENOSYS);
	}
	code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = at;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return -errno;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int numbers[CALLS_MAX];
	size_t n = 0;
	int at = 1, r;

	for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
		if (n == CALLS_MAX || number_of(argv[at], &numbers[n]) < 0) {
			fprintf(stderr, "refuse: no system call '%s' in its table\n", argv[at]);
			return 125;
		}
		n++;
	}
	if (at + 1 >= argc) {
		fprintf(stderr, "usage: refuse SYSCALL... -- COMMAND [ARGUMENT...]\n");
		return 125;
	}
	r = load(numbers, n);
	if (r < 0) {
		fprintf(stderr, "refuse: loading the filter: %s\n", strerror(-r));
		return 125;
	}
	execvp(argv[at + 1], argv + at + 1);
	fprintf(stderr, "refuse: executing '%s': %s\n", argv[at + 1], strerror(errno));
	return 125;
}
