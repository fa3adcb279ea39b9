/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The monitor's record of a container's end: see protocol.h. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct monitor_exit {
	int status; /* as waitpid(2) gives it */
	bool oom_killed;
	bool terminated;     /* the monitor was told to end it, by SIGTERM */
	int64_t finished_ns; /* wall clock */
	uint64_t log_bytes_lost;
};

/* 0 to 255, or 128 + signal. */
int record_exit_code(int status);

/* Has the kernel killed a process of this cgroup for lack of memory? Cgroup v2 or v1. */
bool record_oom_killed(int cgroup);

/*
 * Writes the exit file in one step, synced, into the container's directory or, when that fails, into
 * the run directory. 0 or -errno.
 */
int record_exit(int container_dir, int run_dir, const struct monitor_exit *e);

/* Adds a line for a helper that ended before the container. 0 or -errno. */
int record_helper(int run_dir, pid_t pid, int status, int64_t now_ns);
