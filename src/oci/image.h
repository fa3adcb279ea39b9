/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The documents of an image: index, manifest and config, of OCI and of Docker (schema 2), as C
 * structs. All three are untrusted. A document outside the grammar is refused whole: if two readers could
 * read it differently (both `layers` and `manifests`, a mediaType that disagrees with the Content-Type, a
 * key twice) it is not an image. A descriptor's `urls`, `data` and
 * annotations never make masu read or write anything; only org.opencontainers.image.ref.name and
 * containerd's form of it are kept, as text to compare names with.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "oci/digest.h"
#include "oci/map.h"

#define IMAGE_MANIFEST_MAX (4 << 20) /* bytes of a manifest or an index */
#define IMAGE_CONFIG_MAX   (1 << 20)
#define IMAGE_LAYERS_MAX   500 /* what the kernel's overlay stacks */
#define IMAGE_ENTRIES_MAX  4096

#define IMAGE_REF_NAME	   "org.opencontainers.image.ref.name"
#define IMAGE_FULL_NAME	   "io.containerd.image.name" /* where the other is a tag alone */
/* In masu's index.json: the digest of the multi-platform index that the manifest was chosen from. */
#define IMAGE_INDEX_DIGEST "io.masu.index.digest"

enum image_media {
	IMAGE_MEDIA_UNKNOWN,
	IMAGE_MEDIA_INDEX,
	IMAGE_MEDIA_MANIFEST,
	IMAGE_MEDIA_CONFIG,
	IMAGE_MEDIA_LAYER,
	IMAGE_MEDIA_LAYER_GZIP,
	IMAGE_MEDIA_LAYER_ZSTD,
	IMAGE_MEDIA_MAX
};

struct image_platform {
	char *os, *arch, *variant; /* NULL where not given */
};

struct image_descriptor {
	enum image_media media;
	char *media_type; /* as written */
	struct digest digest;
	uint64_t size;
	struct image_platform platform;
	char *ref_name;	     /* annotation IMAGE_REF_NAME, or NULL */
	char *full_name;     /* annotation IMAGE_FULL_NAME, or NULL */
	struct digest index; /* annotation IMAGE_INDEX_DIGEST, or none */
};

struct image_index {
	struct image_descriptor *manifests;
	size_t n_manifests;
};

struct image_manifest {
	struct image_descriptor config;
	struct image_descriptor *layers; /* bottom first */
	size_t n_layers;
};

/* The document behind a digest or a tag of a registry: one or the other. */
struct image_document {
	char *media_type; /* its own, or the transport's, or OCI's for its kind */
	bool is_index;
	struct image_index index;
	struct image_manifest manifest;
};

struct image_history {
	char *created, *created_by, *comment, *author;
	bool empty_layer;
};

struct image_config {
	int64_t created_ns; /* 0 when unknown */
	char *author;
	struct image_platform platform;
	char **env;	   /* as the builder wrote it: "NAME=value", sometimes without "=" */
	char **entrypoint; /* NULL when absent */
	char **cmd;	   /* NULL when absent */
	char *working_dir, *user, *stop_signal;
	char **exposed_ports; /* "80/tcp" */
	char **volumes;
	struct oci_map labels;
	char *healthcheck; /* the JSON object as text */
	struct digest *diff_ids;
	size_t n_diff_ids;
	struct image_history *history;
	size_t n_history;
};

/*
 * Parses a manifest or an index of `size` bytes. `media_type` is what the transport or the
 * descriptor called it, NULL when nothing did. EBADMSG; EFBIG over IMAGE_MANIFEST_MAX; ERR_UNSUPPORTED
 * for Docker's schema 1 and for artifacts other than container images.
 */
int image_document_parse(const char *text, size_t size, const char *media_type,
			 struct image_document *ret, struct masu_error *err);

/* The config that a manifest names. EBADMSG, EFBIG. */
int image_config_parse(const char *text, size_t size, struct image_config *ret,
		       struct masu_error *err);

void image_index_done(struct image_index *index);
void image_manifest_done(struct image_manifest *m);
void image_document_done(struct image_document *d);
void image_config_done(struct image_config *c);
#define _cleanup_image_manifest_ _cleanup_(image_manifest_done)
#define _cleanup_image_index_	 _cleanup_(image_index_done)
#define _cleanup_image_document_ _cleanup_(image_document_done)
#define _cleanup_image_config_	 _cleanup_(image_config_done)
