/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The way of a further process into a container: see joiner.c. exec.h is its front. */

#include "cgroup/cgroup.h"
#include "runtime/container.h"

/* All that is borrowed must outlive joiner_run(). */
struct exec_plan {
	/*
	 * As for the container itself, with the process to execute as base.spec->process: of the
	 * spec the namespaces (those to be joined), the process and the personality are looked at,
	 * and of the plan id, bundle, seccomp, user, stdio, n_preserve_fds and die_with_launcher.
	 * start_listener must be -1.
	 */
	struct container_plan base;

	pid_t init; /* the container's */
	int init_pidfd;
	const char *start_socket;    /* where init waits for its start; NULL: it was started */
	const struct cgroup *cgroup; /* the container's; NULL: the process stays in the caller's */
	char *const *sub_cgroups;    /* below that, or NULL: see cgroup/join.h */
};

struct exec_process {
	pid_t pid; /* a child of the caller's */
	int pidfd;
	int console; /* the pty's master when the spec wants a terminal, or -1 */
};
#define EXEC_PROCESS_INIT ((struct exec_process){.pidfd = -1, .console = -1})
void exec_process_done(struct exec_process *p);
#define _cleanup_exec_process_ _cleanup_(exec_process_done)

/*
 * Returns when the process has executed its command; after a failure nothing of it is left.
 * ERR_NO_COMMAND and ERR_NOT_EXECUTABLE as for container_create(). In a container that is paused
 * with its cgroup it waits until that goes on. ERR_SIGNAL when a signal arrives that the
 * caller holds back (base/termination.h): then they are killed, but not waited for.
 */
int joiner_run(const struct exec_plan *plan, struct exec_process *ret, struct masu_error *err);
