/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Helpers, run by argument vector and never by a shell. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* A helper to start. Zeroed fields mean the defaults. */
struct proc_spec {
	const char *path;  /* absolute, or a name to be found by proc_find_helper() */
	char *const *argv; /* argv[0] included */
	char *const *env;  /* the whole environment; NULL for a minimal one (PATH, LANG=C.UTF-8) */
	const char *dir;   /* the working directory; NULL to share the caller's */
	const int *stdio;  /* three descriptors, -1 for /dev/null; NULL to share the caller's */
	const int *pass;   /* further descriptors to leave open under their own numbers ... */
	size_t n_pass;	   /* ... and how many; all others are closed */
	bool die_with_parent; /* SIGKILL when the thread that started it dies */
	bool die_with_stdin;  /* SIGKILL when the last writer of stdin, a pipe, closes it */
	bool own_group;	      /* a process group of its own: a terminal's Ctrl-C doesn't reach it */
	bool private_files;   /* umask 077 */
	bool keep_ignored;    /* signals that the caller ignores stay ignored, except SIGPIPE */
};

/*
 * Starts it with vfork semantics. Returns 0 and its pid and pidfd (either output may be NULL), or
 * -errno with the exec's own error: ENOENT names the program and its package.
 */
int proc_spawn(const struct proc_spec *spec, pid_t *ret_pid, int *ret_pidfd,
	       struct masu_error *err);

/*
 * Waits for a child. Returns its exit status 0-255, or 128 + signal. -errno. Retries EINTR.
 */
int proc_wait(pid_t pid);

/*
 * Runs a helper and returns what it prints, at most `limit` bytes of it. NULL when it can't be
 * started or prints nothing that can be had.
 */
char *proc_output(const char *path, char *const *argv, size_t limit);

/*
 * Finds a helper program in PATH, then in /usr/local/sbin, /usr/sbin, /sbin, /usr/bin and /bin
 * (su and cron leave them out). The path or NULL, with errno ENOENT or ENOMEM.
 */
char *proc_find_helper(const char *name);

/* Writes the OOM killer's adjustment of a process, -1000 to 1000. 0 or -errno. */
int proc_set_oom_score_adj(pid_t pid, int adjustment);

/* The boot id, 36 characters and NUL. 0 or -errno. */
int proc_boot_id(char ret[37]);
