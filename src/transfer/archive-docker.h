/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/*
 * Converts an archive of `docker save`, unpacked in the directory `from`, to an OCI layout in the directory `to`. Its
 * manifest.json names a config and plain tar archives, whose digests are computed here. `selector` is one of its RepoTags,
 * or NULL if it has one image. The layout gets no name; archive_state_name() adds the image's RepoTags to *ret_stated.
 */
int archive_convert_docker(int from, int to, const char *selector, char ***ret_stated,
			   struct masu_error *err);

/* More than any archive has. */
#define ARCHIVE_IMAGES_MAX 1000

/*
 * The same for all images. The layout's index.json has an entry for each of their names, and one for an image without
 * names. EBADMSG also for more images than ARCHIVE_IMAGES_MAX.
 */
int archive_convert_docker_all(int from, int to, struct masu_error *err);

/* The error of such an archive. */
int archive_too_many(size_t n, struct masu_error *err);

/*
 * Adds a name that an archive states to `names`, in its canonical form. It is not added if it is a tag alone, has a
 * digest, which only a registry can give, or is the name of the image that comes with masu. 0 or -ENOMEM.
 */
int archive_state_name(char ***names, const char *stated);
