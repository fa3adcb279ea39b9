/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The draft of a container: the caller's options, checked and turned into a spec and a record, before anything is
 * created. draft_begin() does everything that does not need the image, so that a wrong option is reported before a
 * pull. draft_apply_image() adds the image's settings, and draft_mounts() the parts that need the container's
 * directory.
 */

#include "engine/container/record.h"
#include "engine/create/id-ranges.h"
#include "engine/create/mounts.h"
#include "engine/engine.h"
#include "engine/image/choose.h"
#include "net/network.h"
#include "net/ports.h"
#include "oci/spec.h"

struct image_config;

struct draft {
	struct oci_spec *spec;
	struct record record;
	struct mount_requests mounts;
	struct network network;
	char *names_dir;     /* of the container whose hosts and resolv.conf it has, or NULL */
	char **own_env;	     /* -e and --env-file: over the image's */
	bool hostname_unset; /* it has no variable HOSTNAME by default */
	struct image_chosen *mount_images; /* of mounts; held until they are recorded */
	size_t n_mount_images;
	struct id_reservation ids; /* of --userns auto, until they are recorded */
	char **cdi_env;		   /* of CDI devices: over both, as the specification has it */
	bool is_systemd;	   /* it is prepared for systemd as its command */
};
#define DRAFT_INIT	((struct draft){.network = NETWORK_INIT, .ids = ID_RESERVATION_INIT})
#define _cleanup_draft_ _cleanup_(draft_done)
void draft_done(struct draft *d);

/* Checks all options. The engine's id map must be loaded. */
int draft_begin(struct masu_engine *e, const struct masu_create_options *o, struct draft *ret,
		struct masu_error *err);

/* Command, environment, user, working directory and stop signal; NULL for a plain directory. */
int draft_apply_image(struct draft *d, const struct masu_create_options *o,
		      const struct image_config *image, struct masu_error *err);

/* The parts of draft_begin, in files of their own. */
/* How the options choose an image, that of the container or of a mount. It borrows from all three. */
struct image_query draft_image_query(const struct draft *d, const struct masu_create_options *o,
				     const char *ref);

/* Checks the caller's variables; later sets all of them, over those of the image, which may be NULL. -ENOMEM. */
int draft_env(struct draft *d, const struct masu_create_options *o, struct masu_error *err);
int draft_apply_env(struct draft *d, const struct masu_create_options *o, char *const *image);

/* Checks the ports of the options. The second, with the image, records those to expose and to publish. */
int draft_ports(struct draft *d, const struct masu_create_options *o, struct masu_error *err);
int draft_expose(const struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		 const struct image_config *image, struct masu_error *err);

int draft_shm(struct draft *d, const struct masu_create_options *o, struct masu_error *err);
int draft_limits(struct draft *d, const struct masu_create_options *o, struct masu_error *err);
/* `image`: the Healthcheck of its config, or NULL. */
int draft_health(struct draft *d, const struct masu_create_options *o, const char *image,
		 struct masu_error *err);
int draft_volumes_from(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		       struct masu_error *err);
int draft_requires(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		   struct masu_error *err);
int draft_namespaces(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		     struct masu_error *err);
int draft_secrets(const struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		  struct masu_error *err);
int draft_userns(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		 struct masu_error *err);

/*
 * Submaps, to be released also after a failure. The first: of --userns auto, reserved in the draft; `user` is --user or NULL.
 * The second: of the names in /etc/subuid and /etc/subgid, of which one may be missing.
 */
int draft_auto_ids(const struct masu_engine *e, struct draft *d, const char *user,
		   const char *options, struct idmap *ret, struct masu_error *err);
int draft_named_ids(const struct masu_engine *e, const char *uids_name, const char *gids_name,
		    struct idmap *ret, struct masu_error *err);

/* Sets the error of a user namespace for which the caller has too few sub-ids. */
int draft_lacks_ids(const struct masu_engine *e, const char *mode, struct masu_error *err);

int draft_security(const struct masu_engine *e, struct draft *d,
		   const struct masu_create_options *o, struct masu_error *err);

/* Pulls the missing images of mounts; then, after the last pull, holds them until they are recorded. */
int draft_fetch_images(const struct masu_engine *e, struct draft *d,
		       const struct masu_create_options *o, struct masu_error *err);
int draft_hold_images(const struct masu_engine *e, struct draft *d, struct masu_error *err);

/* ERR_INVALID: two options exclude each other. */
int draft_conflict(const char *option, const char *other, struct masu_error *err);

/* After draft_namespaces(): does the container mount a tmpfs of its own at /dev/shm? */
bool draft_has_own_shm(const struct draft *d);

/*
 * For an ordinary user's container that joins a namespace of `peer`: it has the map of that. ERR_INVALID if another map
 * was asked for.
 */
int draft_join_map(struct draft *d, const masu_container *peer, enum oci_namespace_type type,
		   struct masu_error *err);

/*
 * After the image's command is known: decides whether the container is prepared for systemd; adds mounts, and the stop signal
 * if neither the user nor the image has one. Later sets the variable container_uuid, of the container's id.
 */
int draft_systemd(struct draft *d, const struct masu_create_options *o, struct masu_error *err);
int draft_systemd_uuid(struct draft *d, const char *id, struct masu_error *err);

/*
 * Adds the volumes of the image's config at targets without a mount. A volume at a target of the kernel's file systems
 * (images for systemd name /sys/fs/cgroup) is left out with a notice. ERR_INVALID for a malformed target. Then adds the
 * tmpfs of a read-only root, where still nothing is mounted.
 */
int draft_image_volumes(const struct masu_engine *e, struct draft *d,
			const struct masu_create_options *o, const struct image_config *image,
			struct masu_error *err);

/*
 * Adds the mounts to the spec and the record: the requested ones, then resolv.conf, hosts, hostname and localtime from
 * the container's directory, then masu-init. The start creates missing volumes (volumes.h).
 */
int draft_mounts(const struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		 const char *dir, struct masu_error *err);

/* Checks and records the options about resolv.conf, hosts and localtime, before anything is created. */
int draft_check_files(struct draft *d, const struct masu_create_options *o, struct masu_error *err);

/* Writes the files of name-files.h and, with a time zone, localtime into the container's directory. */
int draft_write_files(int dirfd, const struct draft *d, const struct masu_create_options *o,
		      struct masu_error *err);
