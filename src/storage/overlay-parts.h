/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The parts of an overlay, for a process that mounts it and cannot reach the store: root of a user namespace that does not
 * map the owner of the store. The opener, a process that can reach it, makes detached mounts of the directories, and passes
 * their descriptors on. Root of the host maps the ids of the layers' mount, so that all maps share one copy of the layers.
 */

#include "storage/overlay.h"

enum overlay_part {
	OVERLAY_LAYERS, /* a detached mount of layers_dir */
	OVERLAY_DIR,	/* a detached mount of the directory that has upper and work ... */
	OVERLAY_UPPER,	/* ... and these two in it: the kernel demands them on one mount */
	OVERLAY_WORK,
	OVERLAY_PARTS
};

struct overlay_parts {
	int fds[OVERLAY_PARTS];
};
#define OVERLAY_PARTS_INIT ((struct overlay_parts){{-1, -1, -1, -1}})
void overlay_parts_done(struct overlay_parts *parts);

/* The mounter, as the opener sees it. */
struct overlay_mounter {
	uid_t uid; /* its ids: before the first mount upper and work become its own */
	gid_t gid;
	int userns_fd; /* its user namespace, by which the ids of the layers are mapped; -1: they fit */
};

/* For the opener, which needs CAP_SYS_ADMIN over its mount namespace. Linux 5.2; with a map 5.19. */
int overlay_parts_open(const struct overlay *overlay, const struct overlay_mounter *mounter,
		       struct overlay_parts *ret, struct masu_error *err);

/* Attaches the parts over the working directory, in the mount namespace of the caller. */
int overlay_parts_attach(const struct overlay_parts *parts, struct masu_error *err);

/*
 * Attaches the parts, and mounts the overlay over the uppermost layer. Changes the working directory. Returns a descriptor
 * of the root (O_PATH) or -errno.
 */
int overlay_parts_mount(const struct overlay_parts *parts, const struct overlay *overlay,
			struct masu_error *err);
