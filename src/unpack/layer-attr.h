/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Owner, mode, extended attributes and times of an entry that was just made. */

#include "unpack/layer-write.h"

/* What was made, and with which attributes it already came. */
struct layer_made {
	int fd; /* open, or -1: then `name` in `dirfd`, which is no link to be followed */
	int dirfd;
	const char *name;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	bool is_dir; /* its times are set when it leaves the cache of directories */
};

/* Makes only the system calls that change something. EINVAL for an owner outside the id map. */
int layer_set_attributes(struct layer_writer *w, const struct layer_entry *e,
			 const struct layer_made *made, struct masu_error *err);
