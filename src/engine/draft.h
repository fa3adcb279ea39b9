/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container on paper: a request, checked and turned into a spec and a record, before anything is
 * made. First all that doesn't need the image (draft_begin: so that a mistyped option is told
 * before anything is pulled), then what the image says (draft_apply_image), then what needs the
 * container's directory (draft-mounts.c).
 */

#include "engine/engine.h"
#include "engine/mounts.h"
#include "engine/record.h"
#include "net/network.h"
#include "net/ports.h"
#include "oci/spec.h"

struct image_config;

struct draft {
	struct oci_spec *spec;
	struct record record;
	struct mount_requests mounts;
	struct network network;
	char **own_env; /* -e and --env-file: over the image's */
};
#define DRAFT_INIT	((struct draft){.network = NETWORK_INIT})
#define _cleanup_draft_ _cleanup_(draft_done)
void draft_done(struct draft *d);

/* Checks the whole request. The engine's id map must be loaded. */
int draft_begin(const struct masu_engine *e, const struct masu_create_options *o, struct draft *ret,
		struct masu_error *err);

/* Command, environment, user, working directory and stop signal; NULL for a plain directory. */
int draft_apply_image(struct draft *d, const struct masu_create_options *o,
		      const struct image_config *image, struct masu_error *err);

/* The parts of draft_begin, in files of their own. */
int draft_shm(struct draft *d, const struct masu_create_options *o, struct masu_error *err);
int draft_limits(struct draft *d, const struct masu_create_options *o, struct masu_error *err);
int draft_security(struct draft *d, const struct masu_create_options *o, struct masu_error *err);

/*
 * The volumes that the image's config asks for, where the request mounts nothing. None at the places
 * that the kernel's own file systems have in every container (images made for systemd name
 * /sys/fs/cgroup): that is told as a notice. ERR_INVALID for what is no place.
 */
int draft_image_volumes(const struct masu_engine *e, struct draft *d,
			const struct image_config *image, struct masu_error *err);

/*
 * Mounts in the spec and the record: what was asked for, then the container's own resolv.conf, hosts
 * and hostname from its directory, then masu-init. Missing volumes are made at the start (volumes.h).
 */
int draft_mounts(const struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		 const char *dir, struct masu_error *err);
