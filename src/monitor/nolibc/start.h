/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a program without libc meets the processor and the kernel. One start-ARCHITECTURE.S defines
 * the entry point, which calls start_main() with the stack that the kernel made, and the system call.
 */

#include "base/cleanup.h"

/* The kernel's answer as it is: a result, or -errno. */
long start_syscall(long number, long a, long b, long c, long d, long e, long f);

/* `stack` holds argc, argv, NULL, the environment, NULL, the auxiliary vector. */
_noreturn_ void start_main(const long *stack);
