/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writing the processes of a container to files, and restoring them, by criu(8). */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "oci/spec.h"
#include "runtime/container.h"

struct instance;

#define CHECKPOINT_DUMP_LOG    "dump.log" /* criu's, in the work directory */
#define CHECKPOINT_RESTORE_LOG "restore.log"

/* A request. All is borrowed; all paths but `parent` are absolute. */
struct checkpoint {
	const char *images; /* the directory of the images; a dump creates it if it is missing */
	const char *work;   /* the directory of the log and of other files of criu's */
	const char *manage_cgroups; /* soft, full, strict or ignore; NULL: soft */
	const char *page_server;    /* ADDRESS:PORT, where memory is sent to; or NULL */
	bool tcp_established, ext_unix_sk, shell_job, file_locks, auto_dedup, lazy_pages;

	/* A dump. */
	const struct oci_spec *spec; /* of the container, by its own config.json */
	pid_t init;
	const char *parent;   /* from `images`, the directory of an earlier pre-dump; or NULL */
	const char *freezer;  /* the directory of the cgroup to freeze it by; or NULL */
	const int *status_fd; /* criu writes a NUL there when it serves lazy pages; or NULL */
	bool leave_running, pre_dump;

	/* A restore. */
	const char *lsm_profile;       /* TYPE:NAME, instead of its own; or NULL */
	const char *lsm_mount_context; /* or NULL */
};

/*
 * Runs criu and waits for it. spec, init and freezer are found here. Without leave_running and pre_dump
 * the container's processes are dead afterwards, and it is deleted, unless its supervisor does that.
 * ERR_INVALID for invalid options, ERR_UNSUPPORTED for a config.json that asks for features that criu
 * doesn't keep; ERR_NOT_FOUND without criu, naming its package; else the errors in criu's log, whole,
 * and its path. ERR_CONFLICT in the wrong status or for a managed container (state-dir.h).
 */
int instance_checkpoint(const struct instance *c, struct checkpoint *options,
			struct masu_error *err);

/*
 * container_create() and container_start() in one, from images: the container runs when this returns,
 * as a child of the caller. The plan's spec, never the images, decides which of the host's resources
 * it gets. Errors as above; after a failure nothing is left behind.
 */
int container_restore(const struct container_plan *plan, const struct checkpoint *c,
		      struct container *ret, struct masu_error *err);

/* The rest is shared by dump and restore. */

/* Does config.json use features that criu can't restore? ERR_UNSUPPORTED, naming the field. */
int checkpoint_check_spec(const struct oci_spec *spec, struct masu_error *err);

/* Both directories, open. */
struct checkpoint_dirs {
	int images, work;
};
#define CHECKPOINT_DIRS_INIT ((struct checkpoint_dirs){-1, -1})
void checkpoint_dirs_done(struct checkpoint_dirs *f);
#define _cleanup_checkpoint_dirs_ _cleanup_(checkpoint_dirs_done)

/*
 * criu follows images as root, and follows links: ERR_DENIED for a directory, or a file in it, of
 * another user or that others can write to. ERR_INVALID for images, or images that they build on, that
 * are not all regular files.
 */
int checkpoint_check_dirs(const struct checkpoint *c, const struct checkpoint_dirs *f,
			  struct masu_error *err);

/* Creates missing directories, opens both, and checks them as above. */
int checkpoint_make_dirs(const struct checkpoint *c, struct checkpoint_dirs *ret,
			 struct masu_error *err);

/* Checks one directory of images, and those that they build on. */
int checkpoint_check_images(int fd, const char *path, struct masu_error *err);

/*
 * The names of the standard streams, "pipe:[123]": written into the images, and read from there; and
 * the external ones, appended to criu_opts. Here and below `b` has failed when memory ran out.
 */
void checkpoint_put_streams(struct strbuf *b, pid_t init);
int checkpoint_write_streams(const struct checkpoint *c, int images, struct masu_error *err);
int checkpoint_read_streams(const struct checkpoint *c, int images, char *ret[3],
			    struct masu_error *err);

/* Replaces "criu failed" by the errors in its log. */
int checkpoint_report_failure(const struct checkpoint *c, int work, const char *name,
			      struct masu_error *err);

/* The errors in a log of criu's, "; " between them. NULL without errors, or when out of memory. */
char *checkpoint_log_errors(const char *log);

/* The options of a request (runtime/criu.h), appended. 0 or -errno with the error. */
int checkpoint_dump_options(const struct checkpoint *c, const struct checkpoint_dirs *f,
			    struct strbuf *b, struct masu_error *err);

/* Descriptors that replace those of the old container. */
struct checkpoint_inherited {
	char *streams[3];	    /* by their old names; NULL without a name */
	int namespaces[OCI_NS_MAX]; /* those to be joined, or -1 */
};
struct checkpoint_restore {
	const struct container_plan *plan;
	const struct checkpoint *checkpoint;
	const struct checkpoint_dirs *dirs;
	const struct checkpoint_inherited *inherited;
	pid_t criu; /* in the container's cgroups */
};
int checkpoint_restore_options(const struct checkpoint_restore *restore, struct strbuf *b,
			       struct masu_error *err);
