/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Definitions that the headers of older distributions lack. */

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

/* clone(2) without a stack: one architecture has its first two arguments the other way round. */
#ifdef __s390x__
#define CLONE_LEGACY(flags, pidfd) syscall(SYS_clone, 0, flags, pidfd, 0, 0)
#else
#define CLONE_LEGACY(flags, pidfd) syscall(SYS_clone, flags, 0, pidfd, 0, 0)
#endif

#define MPOL_WEIGHTED_INTERLEAVE_NUMBER 6 /* in an enum since Linux 6.9 */

#ifndef PIDFD_SELF
#define PIDFD_SELF -10000
#endif

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* The architecture of this program's own system calls, as seccomp filters see it. */
#include <linux/audit.h>
#if defined(__x86_64__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_S390X
#elif defined(__i386__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_I386
#elif defined(__arm__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_ARM
#endif
