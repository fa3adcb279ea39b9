/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "linux/compat.h"

/*
 * The filter is written by hand, without libseccomp, since it is only a list of numbers: an unpacker may call those below,
 * and gets EPERM for all others. A fetcher runs large libraries, and may call all except a few.
 */

static const uint32_t allowed_calls[] = {
	/* contents and attributes: the most frequent first, as the list is gone through */
	SYS_write,
	SYS_pwrite64,
	SYS_openat,
	SYS_close,
	SYS_utimensat,
	SYS_futex,
	SYS_read,
	SYS_fchown,
	SYS_fchownat,
	SYS_fchmod,
	SYS_fchmodat,
	SYS_ftruncate,
	SYS_fsetxattr,
	SYS_lseek,
	/* making and removing entries */
	SYS_openat2,
	SYS_symlinkat,
	SYS_mkdirat,
	SYS_linkat,
	SYS_mknodat,
	SYS_unlinkat,
	SYS_readlinkat,
	SYS_faccessat,
	SYS_fstat,
	SYS_newfstatat,
	SYS_statx,
	SYS_fstatfs,
	SYS_getdents64,
	SYS_fcntl,
	SYS_syncfs,
	SYS_fgetxattr,
	SYS_flistxattr,
	SYS_pread64,
	/* the answer to the parent, on the open socket */
	SYS_sendmsg,
	/* memory, the end */
	SYS_munmap,
	SYS_mremap,
	SYS_madvise,
	SYS_brk,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_rt_sigaction,
	SYS_tgkill,
	SYS_writev,
	SYS_sigaltstack,
	SYS_sched_yield,
	SYS_clock_gettime,
	SYS_getpid,
	SYS_gettid,
	SYS_getrandom,
	SYS_restart_syscall,
	SYS_exit,
	SYS_exit_group,
};

/* Allowed unless they would make memory executable; the protection is the third argument. */
static const uint32_t calls_without_exec[] = {SYS_mmap, SYS_mprotect};

#define N_ALLOWED ARRAY_SIZE(allowed_calls)
#define N_NO_EXEC ARRAY_SIZE(calls_without_exec)
#define N_HEAD	  3

#define LOAD(field)                                             \
	((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
				      offsetof(struct seccomp_data, field)))
#define LOAD_LOW(field) /* of the two halves of an argument */               \
	((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,              \
				      offsetof(struct seccomp_data, field) + \
					      (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)))
#define JUMP(op, value, yes, no) \
	((struct sock_filter)BPF_JUMP(BPF_JMP | (op) | BPF_K, value, yes, no))
#define RETURN(value) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value))

static_assert(N_ALLOWED + N_NO_EXEC + 8 < 256, "jumps reach 255 instructions");

/* Where an instruction has to jump to, counted from the one after it. */
static uint8_t distance(size_t from, size_t to)
{
	return (uint8_t)(to - from - 1);
}

static int load(struct sock_filter *code, unsigned short length, struct masu_error *err)
{
	const struct sock_fprog program = {.len = length, .filter = code};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0)
		return 0;
	/* A kernel without filters, as that of some test machines. */
	if (errno == EINVAL || errno == ENOSYS)
		return 0;
	return err_sys(err, errno, "load the system call filter");
}

int sandbox_seal(struct masu_error *err)
{
	enum {
		CHECK_EXEC = N_HEAD + N_ALLOWED + N_NO_EXEC + 1,
		DENY = CHECK_EXEC + 1 + 1,
		ALLOW = DENY + 1,
		LENGTH = ALLOW + 1
	};
	struct sock_filter code[LENGTH];
	size_t n = 0;

	code[n++] = LOAD(arch);
	code[n] = JUMP(BPF_JEQ, AUDIT_ARCH_NATIVE, 0, distance(n, DENY));
	n++;
	code[n++] = LOAD(nr);
	for (size_t i = 0; i < N_ALLOWED; i++, n++)
		code[n] = JUMP(BPF_JEQ, allowed_calls[i], distance(n, ALLOW), 0);
	for (size_t i = 0; i < N_NO_EXEC; i++, n++)
		code[n] = JUMP(BPF_JEQ, calls_without_exec[i], distance(n, CHECK_EXEC), 0);
	code[n] = JUMP(BPF_JA, (uint32_t)(DENY - n - 1), 0, 0);
	n++;
	code[n++] = LOAD_LOW(args[2]);
	code[n] = JUMP(BPF_JSET, PROT_EXEC, distance(n, DENY), distance(n, ALLOW));
	n++;
	code[n++] = RETURN(SECCOMP_RET_ERRNO | EPERM);
	code[n++] = RETURN(SECCOMP_RET_ALLOW);
	return load(code, LENGTH, err);
}

/* Past the filter (io_uring makes sockets without socket(2)), into other processes, or their secrets. */
static const uint32_t denied_calls[] = {
	SYS_io_uring_setup,
	SYS_io_uring_enter,
	SYS_io_uring_register,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_pidfd_getfd,
	SYS_keyctl,
	SYS_add_key,
	SYS_request_key,
	SYS_bpf,
	SYS_perf_event_open,
};

#define X32_CALLS   0x40000000 /* x86-64's other ABI, with numbers of its own */
#define SOCKET_TYPE 0xf	       /* SOCK_CLOEXEC and SOCK_NONBLOCK are above */

/*
 * Of a pair of datagram sockets either could be connected to another address. Where libc still goes by
 * socketcall(2), whose arguments a filter can't see, this checks nothing.
 */
int sandbox_deny_local_services(struct masu_error *err)
{
	enum {
		FAMILY = 4 + ARRAY_SIZE(denied_calls) + 2,
		TYPE = FAMILY + 4,
		DENY = TYPE + 4,
		NO_FAMILY = DENY + 1,
		ALLOW = NO_FAMILY + 1,
		LENGTH = ALLOW + 1
	};
	struct sock_filter code[LENGTH];
	size_t n = 0;

#define CHECK(op, value, yes, no) \
	(code[n] = JUMP(op, value, distance(n, yes), distance(n, no)), (void)n++)
	code[n++] = LOAD(arch);
	CHECK(BPF_JEQ, AUDIT_ARCH_NATIVE, n + 1, DENY);
	code[n++] = LOAD(nr);
	CHECK(BPF_JGE, X32_CALLS, DENY, n + 1);
	for (size_t i = 0; i < ARRAY_SIZE(denied_calls); i++)
		CHECK(BPF_JEQ, denied_calls[i], DENY, n + 1);
	CHECK(BPF_JEQ, SYS_socket, FAMILY, n + 1);
	CHECK(BPF_JEQ, SYS_socketpair, TYPE, ALLOW);
	code[n++] = LOAD_LOW(args[0]);
	CHECK(BPF_JEQ, AF_INET, ALLOW, n + 1);
	CHECK(BPF_JEQ, AF_INET6, ALLOW, n + 1);
	CHECK(BPF_JEQ, AF_NETLINK, ALLOW, NO_FAMILY); /* libc asks which addresses there are */
	code[n++] = LOAD_LOW(args[1]);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SOCKET_TYPE);
	CHECK(BPF_JEQ, SOCK_STREAM, ALLOW, n + 1);
	CHECK(BPF_JEQ, SOCK_SEQPACKET, ALLOW, DENY);
#undef CHECK
	code[n++] = RETURN(SECCOMP_RET_ERRNO | EPERM);
	code[n++] = RETURN(SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	code[n++] = RETURN(SECCOMP_RET_ALLOW);
	return load(code, LENGTH, err);
}
