/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Owner, mode, extended attributes and times of a new entry. */

#include "unpack/layer-write.h"

/* A new entry, and the attributes that it already has. */
struct layer_made {
	int fd; /* open, or -1: then `name` in `dirfd`, which is never followed as a link */
	int dirfd;
	const char *name;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	bool is_dir; /* its time is set when it leaves the cache of directories */
};

/* Only makes system calls that change something. EINVAL for an owner outside the id map. */
int layer_set_attributes(const struct layer_policy *policy, struct layer_counts *counts,
			 const struct layer_entry *e, const struct layer_made *made,
			 struct masu_error *err);
