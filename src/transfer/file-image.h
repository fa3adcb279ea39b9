/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Images in files: oci:DIRECTORY[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME]. An archive is unpacked
 * into a temporary layout within the store, by a child in the sandbox of the unpackers. Then it is pulled like any
 * layout, and every blob is verified.
 *
 * An archive is read once from its beginning, so it may be a pipe. The unpacked files are removed if it is refused;
 * after a kill the next garbage collection removes them.
 *
 * Only regular files with plain names, and symbolic links to them, are taken from an archive. An archive with devices,
 * hard links or names that lead elsewhere is refused.
 */

#include "base/err.h"
#include "image/layout.h"
#include "transfer/archive-dir.h"

struct idmap;

struct file_image {
	struct layout layout;
	char *selector;		      /* the name of one of its images, or NULL */
	char *name;		      /* as the user typed it, with an absolute path */
	char **stated;		      /* canonical names of the image, from the archive */
	bool is_stream;		      /* from a pipe or the like, whose name is of no use later */
	struct archive_dir temporary; /* of an archive: has the layout */
};
#define FILE_IMAGE_INIT ((struct file_image){.layout = LAYOUT_INIT, .temporary = ARCHIVE_DIR_INIT})

/* Does `argument` begin with one of the prefixes? Else it names an image of a registry. */
bool file_image_is_named(const char *argument);

/* 1 if `argument` is one of these, 0 if it is not (an image of a registry), or -errno. */
int file_image_open(const char *argument, const struct layout *store, const struct idmap *map,
		    struct file_image *ret, struct masu_error *err);
void file_image_done(struct file_image *l);
#define _cleanup_file_image_ _cleanup_(file_image_done)
