/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The options of a mount in config.json (runtime-spec, config.md "Mounts", Linux options), sorted
 * into what the calls of linux/mount.h take.
 */

#include "base/err.h"
#include "linux/mount.h"

struct mount_options {
	bool bind;
	bool bind_recursive;
	uint64_t set, clear;			 /* MOUNT_ATTR_* of the mount itself */
	uint64_t set_recursive, clear_recursive; /* the same for all below it: rro, rnosuid, ... */
	uint64_t propagation;			 /* MS_PRIVATE, ...; 0: as the root's */
	bool propagation_recursive;
	bool tmpcopyup;
	struct mount_parameter *parameters; /* left for the file system; texts are owned */
	size_t n_parameters;
};

void mount_options_done(struct mount_options *options);
#define _cleanup_mount_options_ _cleanup_(mount_options_done)

/*
 * Sorts `options` of a mount of `type`. Later options win over earlier ones. ERR_UNSUPPORTED for
 * those that need what isn't there (idmap); ERR_INVALID for a file system option on a bind mount.
 */
int mount_options_parse(const char *type, char *const *options, struct mount_options *ret,
			struct err *err);
