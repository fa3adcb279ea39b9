/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Makes the files of an archive below a target, in a worker that is confined (put.c). */

#include "files/put.h"
#include "files/target.h"
#include "unpack/inflate.h"
#include "unpack/layer-attr.h"

#define PUTTER_BUFFER_SIZE (256 * 1024)

/* A directory that was made here. */
struct made_dir {
	char *path; /* below the target */
	mode_t mode;
	uid_t uid, gid;
	struct timespec mtime;
};

struct putter {
	const struct put *put;
	struct layer_policy policy;
	struct layer_counts counts;
	struct inflate *inflate;
	char *buffer;
	int root;
	struct target target;
	bool on_host;

	char *tree;	    /* the first part of all names, in the archive of one tree */
	const char *rename; /* in its place; "": nothing */
	int parent;	    /* the directory of the last entry, and ... */
	char *parent_path;  /* ... its path below the target */
	struct made_dir *dirs;
	size_t n_dirs, room;
};

/* Reads the whole archive. The memory of the putter goes with the process. */
int putter_run(struct putter *p, struct masu_error *err);
