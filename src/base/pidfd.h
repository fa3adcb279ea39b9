/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Descriptors of processes (pidfd_open(2)), and the identity of a process that outlives its pid number: pid and start
 * time, as in proc_pid_stat(5).
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Returns the descriptor, or -errno. On kernels before 5.3 it is the directory of the process in /proc. Signals can be
 * sent by it, but poll(2) does not notice the exit: pidfd_wait() does.
 */
int pidfd_new(pid_t pid);

/*
 * The same for the process with this pid and this start time. `ret_executed` says whether it has executed a program since
 * it was forked. -ESRCH if it has gone, is a zombie, or the number belongs to another process by now.
 */
int pidfd_new_same(pid_t pid, uint64_t start_time, bool *ret_executed);

/*
 * The same for the parent of the process with this pid and this start time, which may be a zombie. -ESRCH if it has
 * gone, or its parent is outside of the caller's pid namespace.
 */
int pidfd_new_parent(pid_t pid, uint64_t start_time);

/* Returns whether poll(2) can wait for the exit by it. */
bool pidfd_polls(int pidfd);

/* Waits for the exit of the process, at most `timeout_ms`; -1: without limit. 1 if it has exited, else 0. */
int pidfd_wait(int pidfd, int timeout_ms);

/* pidfd_send_signal(2) or its fallback. 0 or -errno (ESRCH if it has gone). */
int pidfd_kill(int pidfd, int signal);

/* The start time in clock ticks since boot. 0 or -errno; -ESRCH if the process does not exist. */
int pid_start_time(pid_t pid, uint64_t *ret);

/* 1 if the process with this pid and this start time lives and is not a zombie, else 0; or -errno. */
int pid_is_alive(pid_t pid, uint64_t start_time);
