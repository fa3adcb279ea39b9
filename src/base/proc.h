/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Helper programs, run by argument vector and never by a shell: masu's own and those of the host. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* A helper to start. Zeroed fields mean the defaults. */
struct proc_spec {
	const char *path;  /* absolute, or a name for proc_find_helper() */
	char *const *argv; /* argv[0] included */
	char *const *env;  /* the whole environment; NULL for a minimal one (PATH, LANG=C.UTF-8) */
	const char *dir;   /* the working directory; NULL to share the caller's */
	const int *stdio;  /* three descriptors, -1 for /dev/null; NULL to share the caller's */
	const int *
		pass; /* further descriptors that stay open under their own numbers; all others are closed */
	size_t n_pass;
	bool die_with_parent; /* SIGKILL when the thread that started it dies */
	bool die_with_stdin;  /* SIGKILL when the last writer of stdin, a pipe, closes it */
	bool own_group;	    /* a process group of its own: a terminal's Ctrl-C does not reach it */
	bool private_files; /* umask 077 */
	bool open_files;    /* umask 0 */
	bool own_mounts; /* a mount namespace whose changes no other sees (mount_namespaces(7)); needs CAP_SYS_ADMIN */
	bool keep_ignored; /* signals that the caller ignores stay ignored, except SIGPIPE */
};

/*
 * Starts it with vfork semantics. Returns 0 and its pid and pidfd (either output may be NULL), or
 * -errno with the exec's own error: ENOENT names the program and its package.
 */
int proc_spawn(const struct proc_spec *spec, pid_t *ret_pid, int *ret_pidfd,
	       struct masu_error *err);

/* Waits for a child. Returns its exit status 0-255, or 128 + signal. -errno. Retries EINTR. */
int proc_wait(pid_t pid);

/* The same, but a child that still runs when `cancel_fd` is readable, unless that is -1, is killed: -ECANCELED. */
int proc_wait_or_cancel(pid_t pid, int cancel_fd);

/* Runs a helper and returns its output. NULL if it cannot be started or read, or prints more than `limit` bytes. */
char *proc_output(const char *path, char *const *argv, size_t limit);

/*
 * Finds a helper program in PATH, then in /usr/local/sbin, /usr/sbin, /sbin, /usr/bin and /bin, some of which are missing
 * in the PATH of su and cron. The path or NULL, with errno ENOENT or ENOMEM.
 */
char *proc_find_helper(const char *name);

/* Writes the OOM killer's adjustment of a process, -1000 to 1000. 0 or -errno. */
int proc_set_oom_score_adj(pid_t pid, int adjustment);

/* The boot id, 36 characters and NUL. 0 or -errno. */
int proc_boot_id(char ret[37]);

/*
 * Finds a program of masu ("masu-image"): in $MASU_LIBEXEC_DIR, in the directory of the running program (a build tree),
 * or in the libexec directory. Returns its path, which the caller frees, or NULL:
 * ERR_UNAVAILABLE (ENOENT), ERR_NO_SPACE (ENOMEM).
 */
char *program_find(const char *name, struct masu_error *err);

/*
 * Checks that a helper can open a device of a kernel module. The hint of the error tells what root must do; `otherwise`
 * (or NULL) ends it.
 */
int device_check(const char *path, const char *module, const char *otherwise,
		 struct masu_error *err);
