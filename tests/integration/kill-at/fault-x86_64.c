/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/vfs.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool listed(uint64_t number, const uint16_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == number)
			return true;
	return false;
}

/* Files of a disk or a tmpfs can lack space, others of the kernel's cannot. */
static bool is_on_disk(pid_t pid, uint64_t fd)
{
	char path[64];
	struct stat st;
	struct statfs fs;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, (int)fd);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && statfs(path, &fs) == 0 &&
	       fs.f_type != PROC_SUPER_MAGIC && fs.f_type != SYSFS_MAGIC &&
	       fs.f_type != CGROUP_SUPER_MAGIC && fs.f_type != CGROUP2_SUPER_MAGIC;
}

/* Whether a path of the process names a file: one that exists needs no space. */
static bool exists(pid_t pid, int dirfd, uint64_t address)
{
	char name[PATH_MAX + 1] = "", path[PATH_MAX + 64];
	struct iovec local = {name, PATH_MAX}, remote = {(void *)address, PATH_MAX};

	/* Up to the end of the page, if nothing is mapped behind it. */
	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) < 0) {
		local.iov_len = remote.iov_len = 4096 - address % 4096;
		if (process_vm_readv(pid, &local, 1, &remote, 1, 0) < 0)
			return false;
	}
	if (*name == '/')
		snprintf(path, sizeof(path), "/proc/%d/root%s", pid, name);
	else if (dirfd == AT_FDCWD)
		snprintf(path, sizeof(path), "/proc/%d/cwd/%s", pid, name);
	else
		snprintf(path, sizeof(path), "/proc/%d/fd/%d/%s", pid, dirfd, name);
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool no_space(pid_t pid, uint64_t number, const uint64_t args[6])
{
	static const uint16_t writers[] = {SYS_write,	SYS_pwrite64,  SYS_writev,
					   SYS_pwritev, SYS_pwritev2,  SYS_fallocate,
					   SYS_fsync,	SYS_fdatasync, SYS_fsetxattr};
	static const uint16_t makers[] = {SYS_symlink,	SYS_symlinkat, SYS_link,    SYS_linkat,
					  SYS_rename,	SYS_renameat,  SYS_mknodat, SYS_renameat2,
					  SYS_setxattr, SYS_lsetxattr};

	if (listed(number, writers, COUNT(writers)))
		return is_on_disk(pid, args[0]);
	if (number == SYS_copy_file_range)
		return is_on_disk(pid, args[2]);
	if (number == SYS_openat)
		return args[2] & O_CREAT && !exists(pid, (int)args[0], args[1]);
	if (number == SYS_mkdirat)
		return !exists(pid, (int)args[0], args[1]);
	if (number == SYS_mkdir)
		return !exists(pid, AT_FDCWD, args[0]);
	return listed(number, makers, COUNT(makers));
}

static bool no_descriptor(pid_t pid, uint64_t number, const uint64_t args[6])
{
	static const uint16_t makers[] = {SYS_open,	     SYS_openat,	SYS_openat2,
					  SYS_creat,	     SYS_pipe,		SYS_pipe2,
					  SYS_socket,	     SYS_socketpair,	SYS_accept,
					  SYS_accept4,	     SYS_dup,		SYS_eventfd2,
					  SYS_epoll_create1, SYS_inotify_init1, SYS_timerfd_create,
					  SYS_memfd_create,  SYS_pidfd_open,	SYS_fsopen,
					  SYS_fsmount,	     SYS_open_tree};

	(void)pid;
	if (number == SYS_fcntl)
		return args[1] == F_DUPFD || args[1] == F_DUPFD_CLOEXEC;
	if (number == SYS_signalfd4)
		return (int)args[0] == -1;
	return listed(number, makers, COUNT(makers));
}

/* The dynamic loader maps files, and ends the program in its own words if it cannot. */
static bool no_memory(pid_t pid, uint64_t number, const uint64_t args[6])
{
	(void)pid;
	return (number == SYS_mmap && args[3] & MAP_ANONYMOUS && !(args[3] & MAP_FIXED)) ||
	       number == SYS_mremap;
}

static bool no_process(pid_t pid, uint64_t number, const uint64_t args[6])
{
	(void)pid, (void)args;
	return number == SYS_clone || number == SYS_clone3 || number == SYS_fork ||
	       number == SYS_vfork;
}

const struct fault *fault_find(const char *name)
{
	static const struct fault faults[] = {{"ENOSPC", ENOSPC, no_space},
					      {"EMFILE", EMFILE, no_descriptor},
					      {"ENOMEM", ENOMEM, no_memory},
					      {"EAGAIN", EAGAIN, no_process}};

	for (size_t i = 0; i < COUNT(faults); i++)
		if (strcmp(faults[i].name, name) == 0)
			return &faults[i];
	return NULL;
}

static int set_registers(pid_t pid, const uint64_t *number, uint64_t result)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		return -1;
	if (number)
		registers.orig_rax = *number;
	registers.rax = result;
	return (int)ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

/* The kernel skips call -1. A seccomp filter may give it a result. */
int fault_begin(const struct fault *fault, pid_t pid)
{
	const uint64_t none = (uint64_t)-1;

	return set_registers(pid, &none, (uint64_t)-fault->error);
}

int fault_end(const struct fault *fault, pid_t pid)
{
	return set_registers(pid, NULL, (uint64_t)-fault->error);
}
