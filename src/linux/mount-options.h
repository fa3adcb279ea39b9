/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The options of a mount in config.json (runtime-spec, config.md "Mounts", Linux options), sorted
 * into what the calls of linux/mount.h take.
 */

#include "base/err.h"
#include "linux/idmap.h"
#include "linux/mount.h"

enum mount_idmap { MOUNT_IDMAP_NONE, MOUNT_IDMAP_ONE, MOUNT_IDMAP_TREE };

struct mount_options {
	bool bind;
	bool bind_recursive;
	bool remount;				 /* change the existing mount */
	uint64_t set, clear;			 /* MOUNT_ATTR_* of the mount itself */
	uint64_t set_recursive, clear_recursive; /* the same for all below it: rro, rnosuid, ... */
	uint64_t propagation;			 /* MS_PRIVATE, ...; 0: as the root's */
	bool propagation_recursive;
	bool tmpcopyup;		   /* a tmpfs begins with what it covers */
	bool copy_symlink;	   /* of a source that is a link, a copy rather than a mount */
	bool source_nofollow;	   /* mount a link itself */
	bool destination_nofollow; /* and over a link itself */
	bool chown;		   /* give the files of a bind mount to the user of the process */
	char *subpath;		/* mount this part of the source, resolved inside it; NULL: all */
	enum mount_idmap idmap; /* idmap, ridmap */
	struct idmap own_map;	/* idmap=uids=...;gids=...: userns says whether it is there */
	struct mount_parameter *parameters; /* left for the file system; texts are owned */
	size_t n_parameters;
};

void mount_options_done(struct mount_options *options);
#define _cleanup_mount_options_ _cleanup_(mount_options_done)

/*
 * Sorts `options` of a mount of `type`. Later options win over earlier ones. ERR_INVALID for what
 * contradicts the kind of the mount: a file system's option or tmpcopyup on a bind mount, an id map
 * on any other.
 */
int mount_options_parse(const char *type, char *const *options, struct mount_options *ret,
			struct masu_error *err);

/*
 * The first of them that changes the flags of all mounts below ("rro"), or NULL: the name for an error
 * where the kernel can't do that.
 */
const char *mount_options_find_recursive(char *const *options);

/* ERR_UNSUPPORTED: `option` needs a system call that the kernel doesn't have. */
int mount_option_refused(const char *option, const char *call, struct masu_error *err);

/* Every option that isn't left to the file system, for lists of all. 0 or -ENOMEM. */
int mount_options_names(char ***ret);

/* Adds a parameter for the file system; `value` NULL is a flag. 0 or -ENOMEM. */
int mount_options_add(struct mount_options *o, const char *key, const char *value);

/* Takes away the one at this index, whose place the last one takes. */
void mount_options_remove(struct mount_options *o, size_t index);
