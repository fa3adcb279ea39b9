/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The confinement of processes that read data of strangers. It is permanent, for all threads.
 *
 * | stage             | before            | must                                     | must not        |
 * |-------------------|-------------------|------------------------------------------|-----------------|
 * | sandbox_enter()   | one thread        | only `root` is left of the file system,  | read any input  |
 * |                   |                   | only `keep` of the descriptors, only the |                 |
 * |                   |                   | capabilities that making files needs,    |                 |
 * |                   |                   | nothing of the environment, and at last  |                 |
 * |                   |                   | seal                                     |                 |
 * | sandbox_seal()    | no_new_privs      | allow the listed system calls alone      | start processes |
 * | sandbox_fetcher() | nothing was       | no way to more privileges, to another's  | need a mapped   |
 * |                   | received yet      | files, to services of this machine, or   | user namespace  |
 * |                   |                   | for others into this process             |                 |
 * | sandbox_resolver()| the same          | the same but for services, and only      | the same        |
 * |                   |                   | `keep` of the descriptors                |                 |
 *
 * The first two are for unpackers, which have no network because of their namespace; the others for the process that talks
 * to a registry and for the one that resolves names for it (transfer/broker.h). The services of this machine are those
 * behind Unix sockets: systemd and D-Bus would start any program outside. TCP and UDP stay open, also to loopback, which may
 * have a registry.
 *
 * Landlock and seccomp are left out on kernels without them. All other failures are errors.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Of the files below `root`. */
enum sandbox_use {
	SANDBOX_NO_FILES,
	SANDBOX_READ,	      /* of all owners */
	SANDBOX_FILL,	      /* makes files of all owners */
	SANDBOX_COPY,	      /* the same, but no device nodes */
	SANDBOX_COPY_PLAINLY, /* makes files with no more rights than its user has */
	SANDBOX_USE_MAX
};

/* Descriptors that a process with SANDBOX_READ may have: it holds one for each directory of a path. */
#define SANDBOX_FILES_MAX 1200

struct sandbox {
	int root;	 /* a directory; becomes "/" and the working directory */
	const int *keep; /* descriptors above stderr that stay open, `root` included */
	size_t n_keep;
	enum sandbox_use use;
};

/* Memory in addition to that in use now: the largest zstd window, and room for long headers. */
#define SANDBOX_DATA_MAX (512UL << 20)

int sandbox_enter(const struct sandbox *s, struct masu_error *err);
int sandbox_seal(struct masu_error *err);

/* Removes all variables except those named in `keep`, which ends in NULL, and wipes them from memory. */
void sandbox_forget_environment(const char *const *keep);

/* Drops all capabilities except these. */
int sandbox_keep_capabilities(const unsigned int *kept, size_t n, struct masu_error *err);

/*
 * For this process and all that it makes: no Unix socket but pairs that stay connected, none of other families
 * that aren't the internet's, and no call that would make sockets or read processes past this filter. 0 also
 * where the kernel has no filters.
 */
int sandbox_deny_local_services(struct masu_error *err);

/* The access that a rule of Landlock allows below a directory. */
enum landlock_access {
	LANDLOCK_LIST,	/* directories may be opened */
	LANDLOCK_READ,	/* and files read */
	LANDLOCK_FILL,	/* anything made but sockets; no file read */
	LANDLOCK_STORE, /* files and directories made, read, changed and removed */
	LANDLOCK_ACCESS_MAX
};

struct landlock_rule {
	int fd; /* a directory, or a file that is read; -1 if it does not exist */
	enum landlock_access access;
};

/*
 * From now on this process and its children can open only files that these rules allow. They can execute no program, and
 * signal no process outside. They cannot accept TCP connections and, without `network`, cannot connect. 0 also if the
 * kernel has no Landlock, or one that cannot allow renames between directories.
 */
int landlock_confine(const struct landlock_rule *rules, size_t n, bool network,
		     struct masu_error *err);
