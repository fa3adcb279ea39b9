/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The system calls that clone a child, and the reasons why the kernel refuses a user namespace. */

#include <sys/types.h>

#include "base/err.h"

/* Sets the error of a user namespace that could not be created. Returns -errno. */
int userns_explain(int code, struct masu_error *err);

/* Clones a child in a new user namespace without a map. It does nothing until it is killed. The pid or -errno. */
pid_t userns_clone_idle(struct masu_error *err);

/* A hint for a user namespace that the kernel refused with this -errno, or NULL. */
const char *userns_hint(int code);

/*
 * clone3(2) without stack: returns the child's pid, 0 in the child, or -errno. With `cgroup_fd` not
 * -1 the child is born in that group. On kernels without the call (before 5.3) clone(2) and what else
 * it takes do the same.
 */
pid_t userns_clone(unsigned long flags, int cgroup_fd);

/*
 * The same with a pidfd of the child, and with the exit signal given: 0 with CLONE_PARENT. *ret_pidfd
 * is written in the parent alone.
 */
pid_t userns_clone_pidfd(unsigned long flags, int exit_signal, int cgroup_fd, int *ret_pidfd);
