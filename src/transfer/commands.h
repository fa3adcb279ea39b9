/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of masu-image, and the tasks of their fetcher (broker.h). */

#include <stdbool.h>

#include "base/err.h"
#include "image/layout.h"
#include "linux/idmap.h"
#include "registry/settings.h"
#include "storage/paths.h"
#include "transfer/broker.h"

struct image_options {
	const char *argument;	 /* the image, or NULL */
	const char *destination; /* push: the image's name in the registry */
	const char *place;	 /* the reference of it that is connected to; NULL: its name */
	const char *platform, *authfile;
	const char *cert_dir; /* of the registry's certificates; NULL: the default places */
	int credentials;      /* a descriptor with "USER\0PASSWORD\0" for the registry; -1: none */
	int report;	      /* the socket of image/report.h, or -1 if masu-image is run by hand */
	bool quiet;	      /* report no progress, and nothing about the host */
	bool all;
	bool resolve; /* a pull ends with the digest of the manifest, and stores nothing */
	const char *uid_map,
		*gid_map;   /* submaps of the layers (linux/submap.h); NULL: the default map */
	bool replace;	    /* load: names of other images are moved */
	int input;	    /* load: the descriptor of the archive; -1 */
	const char *format; /* save */
	int output;	    /* save: a descriptor; -1 */
	/* commit */
	int layer, config;		   /* descriptors: the archive, and then the config; -1 */
	const char *name;		   /* canonical, of the new image; NULL: none */
	struct registry_settings settings; /* tls_verify is an option's */
};
#define IMAGE_OPTIONS_INIT                         \
	((struct image_options){.report = -1,      \
				.credentials = -1, \
				.input = -1,       \
				.output = -1,      \
				.layer = -1,       \
				.config = -1,      \
				.settings = REGISTRY_SETTINGS_INIT})

/* Connects to this place of the image, which must outlive it, as `ret` must. */
int image_options_use_place(struct image_options *o, const struct registry_place *place,
			    struct reference *ret, struct masu_error *err);

void image_options_done(struct image_options *o);

int command_pull(struct image_options *o, struct masu_error *err);
int command_resolve(struct image_options *o, struct masu_error *err);
int command_unpack(struct image_options *o, struct masu_error *err);
int command_gc(struct image_options *o, struct masu_error *err);
int command_verify(struct image_options *o, struct masu_error *err);

/* Runs a task of a fetcher on the store, and then the garbage collection. */
int command_fetch(struct image_options *o, fetcher_fn fn, struct masu_error *err);

/* Tasks of a fetcher (broker.h). Each confines the process, and reports the digest of the manifest. */

/* The store, opened. */
struct store {
	struct paths paths;
	struct idmap own, map; /* the caller's default map, and that of the layers */
	struct layout layout;
};
#define STORE_INIT ((struct store){.layout = LAYOUT_INIT})

int store_open(const struct image_options *o, struct store *s, struct masu_error *err);
void store_done(struct store *s);
#define _cleanup_store_ _cleanup_(store_done)

struct fetch {
	const struct image_options *options;
	const struct store *store;
};

/* For tasks: confines the process; unpacks the layers of a stored image; reports a digest. */
int fetch_confine(const struct fetch *f, struct masu_error *err);
int fetch_layers(const struct fetch *f, int broker, const struct masu_image *image,
		 struct masu_error *err);
void fetch_report(const struct fetch *f, const struct digest *manifest);
