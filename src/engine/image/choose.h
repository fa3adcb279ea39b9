/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The image of a container: found in the store, or brought there by masu-image, with its layers unpacked.
 */

#include "engine/container/record.h"
#include "engine/engine.h"
#include "image/layout.h"
#include "masu.h"
#include "oci/image.h"

struct image_query {
	const char *ref;      /* as the user typed it, oci:DIR and the like included */
	const char *platform; /* OS/ARCH[/VARIANT] or NULL */
	const char *authfile; /* NULL: the default */
	enum masu_tls tls;
	enum masu_pull_policy policy;
	const struct record *map; /* of the container whose map the layers get; NULL: the default */
	bool quiet;		  /* no progress, and no notices about the host */
	masu_progress_fn *progress; /* may be NULL */
	void *progress_userdata;
	const char *user, *password; /* for the registry, or NULL */
	const char *cert_dir;	     /* NULL: the default places */
	int retries, retry_delay_ms; /* as in struct masu_pull_options */
};

struct image_chosen {
	struct masu_image info;
	struct image_config config;
	char **layers; /* HEX of the chain ids, bottom first */
	int lock;      /* on the store, shared: until the record names the layers */
};
#define IMAGE_CHOSEN_INIT      ((struct image_chosen){.lock = -1})
#define _cleanup_image_chosen_ _cleanup_(image_chosen_done)
void image_chosen_done(struct image_chosen *c);

/* The digest of the manifest that a registry has for the name and platform now, "sha256:HEX". Nothing is stored. */
int image_resolve(const struct masu_engine *e, const struct image_query *query, char **ret_digest,
		  struct masu_error *err);

/* ERR_NOT_FOUND with policy never; otherwise the errors of masu-image. */
int image_choose(const struct masu_engine *e, const struct image_query *query,
		 struct image_chosen *ret, struct masu_error *err);
