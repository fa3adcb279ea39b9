/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writing the processes of a running container to files, by criu(8). */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "oci/spec.h"

#define CHECKPOINT_LOG "dump.log" /* criu's, in the work folder */

/* What is wanted. All is borrowed; paths are absolute but `parent`. */
struct checkpoint {
	const struct oci_spec *spec; /* of the container, by its own config.json */
	pid_t init;
	const char *images;	    /* the folder that gets the images; made when it is missing */
	const char *work;	    /* the folder of the log and of other files of criu's */
	const char *parent;	    /* from `images`, the folder of an earlier pre-dump; or NULL */
	const char *manage_cgroups; /* soft, full, strict or ignore; NULL: soft */
	const char *page_server;    /* ADDRESS:PORT, where memory is sent to; or NULL */
	const char *freezer;	    /* the folder of the cgroup to freeze it by; or NULL */
	bool leave_running, tcp_established, ext_unix_sk, shell_job, file_locks, pre_dump,
		auto_dedup, empty_network;
};

/*
 * Runs criu and waits for it. Without leave_running and pre_dump the container's processes are dead
 * afterwards. ERR_INVALID for what can't be meant; ERR_NOT_FOUND without criu, naming its package;
 * else what criu's log has for errors, whole, and where it is.
 */
int checkpoint_dump(const struct checkpoint *c, struct err *err);

/* criu's command line, as a vector that the caller frees. */
int checkpoint_arguments(const struct checkpoint *c, char ***ret, struct err *err);

/*
 * ERR_INVALID for a folder of images that has anything in it but regular files: criu would follow
 * a link of the name of an image. Its own link to the folder of --parent-path may be there.
 */
int checkpoint_check_folder(const char *path, struct err *err);

/* The errors in a log of criu's, "; " between them. NULL when there are none, or no memory. */
char *checkpoint_log_errors(const char *log);
