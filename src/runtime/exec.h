/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A further process in a container, from its state directory: exec_prepare() finds out how, and
 * exec_start() executes it as a child of the caller; joiner.c explains the way in. The caller then reaps
 * it, and may connect its terminal by runtime/supervise.h.
 */

#include "runtime/handover.h"
#include "runtime/instance.h"
#include "runtime/joiner.h"

/* All is borrowed. */
struct exec_options {
	/* The process: the one of config.json, or of `document`, with these changes. */
	const char *document; /* a file with a process as in config.json, or NULL */
	char *const *args;    /* the command; NULL or empty: the document's */
	char *const *env;     /* NAME=VALUE, added; or NULL */
	const char *cwd;      /* absolute, or NULL */
	/*
	 * Whom it runs as: "[name|uid][:[group|gid]]", looked up in the container; else the ids; else
	 * as the container's own process.
	 */
	const char *user;
	bool has_uid, has_gid;
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* added */
	size_t n_groups;
	uint64_t caps; /* bits, added to the bounding, effective and permitted set */
	const char *apparmor, *selinux;
	bool terminal, no_new_privileges;

	/* How it is started. */
	int stdio[3];	       /* unless it gets a terminal; -1: /dev/null */
	struct winsize window; /* of the terminal */
	int n_preserve_fds;
	bool detach;		   /* it outlives the caller */
	bool ignore_paused;	   /* in a paused container it waits until that is resumed */
	char *const *sub_cgroups;  /* as cgroup/join.h has them, or NULL */
	const char *seccomp_cache; /* the directory; NULL: RUN/seccomp */
};

struct exec {
	struct oci_spec *spec; /* spec->process is executed */
	struct seccomp_filter filter;
	struct cgroup *cgroup;
	char *start_socket;
	struct exec_plan plan; /* base.stdio and base.window may still be changed */
};
void exec_done(struct exec *e);
#define _cleanup_exec_ _cleanup_(exec_done)

/*
 * `c` and what the options point to must outlive `ret`, which must stay where it is. ERR_CONFLICT in a
 * container that is stopped, paused or still being created; EINVAL for invalid options.
 */
int exec_prepare(const struct instance *c, const struct exec_options *o, struct exec *ret,
		 struct masu_error *err);

/*
 * Returns when the process has executed its command; otherwise nothing of it is left. ERR_NO_COMMAND,
 * ERR_NOT_EXECUTABLE; ERR_SIGNAL when a signal arrives that the caller holds back (base/termination.h).
 */
int exec_start(const struct exec *e, struct exec_process *ret, struct masu_error *err);

/*
 * All of it: prepares, starts, hands over, and, unless it is detached, passes on signals and the
 * terminal's bytes until the process ends. Its exit status, or 0 when it is detached.
 */
int exec_run(const struct instance *c, const struct exec_options *o,
	     const struct handover *handover, struct masu_error *err);

/*
 * Makes spec->process, which must be there, the process that exec executes. A document is completed from the container's own
 * process in what it leaves out. EINVAL for invalid options.
 */
int exec_process_set(struct oci_spec *spec, const struct exec_options *o, struct masu_error *err);
