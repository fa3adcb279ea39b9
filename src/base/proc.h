/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Other processes: helpers run by argument vector (never a shell), and the identity of a process
 * that outlives its pid number (pid and start time, as in proc_pid_stat(5)).
 */

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
	bool default_signals; /* also those that the caller ignores; else only SIGPIPE is reset */
};

/*
 * Starts it with vfork semantics. Returns 0 and its pid and pidfd (either output may be NULL), or
 * -errno with the exec's own error: ENOENT names the program and its package.
 */
int proc_spawn(const struct proc_spec *spec, pid_t *ret_pid, int *ret_pidfd, struct err *err);

/*
 * Waits for a child. Returns its exit status 0-255, or 128 + signal. -errno. Retries EINTR.
 */
int proc_wait(pid_t pid);

/*
 * Runs a helper to its end, collecting at most 64 KiB of its stderr for the message. 0 when it
 * exits with 0; else an error that quotes what it said.
 */
int proc_run(const struct proc_spec *spec, struct err *err);

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

/*
 * pidfd_open(2): the descriptor or -errno. On kernels before 5.3 the process's directory of /proc, which
 * takes signals too, but tells nobody of the end: for that there is proc_pidfd_wait().
 */
int proc_pidfd(pid_t pid);

/* Can poll(2) wait for the end by it? */
bool proc_pidfd_polls(int pidfd);

/* Waits for the end of the process, or `timeout_ms`; -1: for ever. 1 when it has ended, else 0. */
int proc_pidfd_wait(int pidfd, int timeout_ms);

/* pidfd_send_signal(2), or what comes next to it. 0 or -errno (ESRCH when it has gone). */
int proc_pidfd_kill(int pidfd, int signal);

/* Start time in clock ticks since boot. 0 or -errno; -ESRCH when there is no such process. */
int proc_start_time(pid_t pid, uint64_t *ret);

/* Has it executed anything since it was forked? -errno; -ESRCH when there is no such process. */
int proc_has_executed(pid_t pid);

/*
 * A pidfd of the process that has this pid and this start time, or -ESRCH when it has gone, is a
 * zombie, or the number belongs to another by now.
 */
int proc_open_same(pid_t pid, uint64_t start_time);

/*
 * A pidfd of the parent of the process that has this pid and this start time, which may be a zombie.
 * -ESRCH when it has gone, or its parent is outside of the caller's pid namespace.
 */
int proc_open_parent(pid_t pid, uint64_t start_time);

/* Writes the OOM killer's adjustment of a process, -1000 to 1000. 0 or -errno. */
int proc_set_oom_score_adj(pid_t pid, int adjustment);

/* The boot id, 36 characters and NUL. 0 or -errno. */
int proc_boot_id(char ret[37]);

/* A signal by name ("TERM", "SIGTERM", "rtmin+3") or number. The number, or -EINVAL. */
int proc_signal_from_string(const char *s);

/*
 * A write past RLIMIT_FSIZE is an error from now on (EFBIG), and no longer the end by SIGXFSZ. By a
 * handler that does nothing: unlike SIG_IGN it is passed on by no exec, nor by CLONE_CLEAR_SIGHAND.
 */
void proc_survive_file_limit(void);
