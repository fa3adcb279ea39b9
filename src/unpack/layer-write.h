/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Creates the entries of a layer in its directory, which no other process can reach meanwhile. The calling process has
 * umask 0 and is root of the user namespace of the layer's ids.
 *
 * Deletions are written as overlayfs reads them with the mount option userxattr: ".wh.NAME" becomes a character device 0:0
 * with the name NAME, ".wh..wh..opq" the attribute user.overlay.opaque of its directory. Both hide only files of the layers
 * below, in any order of the entries. Notes are written about everything that depends on those layers (layer-notes.h).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "unpack/layer-dirs.h"
#include "unpack/layer-read.h"

struct layer_policy {
	bool single_id; /* only one id is mapped: it becomes every owner */
	uint64_t n_ids; /* the number of mapped ids, for messages */
};

/* Numbers of entries that were left out or changed, for notices. */
struct layer_counts {
	uint64_t devices, sockets, owners, xattrs;
};

struct layer_writer {
	struct dirs dirs;
	struct layer_policy policy;
	struct layer_counts counts;
	struct layer_notes notes;
	bool has_aufs_links;
};

/*
 * `rootfd` is the layer's root, `notes` the file for layer-notes.h or -1; both are borrowed. `w` must not be moved. 0 or
 * -errno; layer_writer_done() releases it in any case.
 */
int layer_writer_init(struct layer_writer *w, int rootfd, int notes,
		      const struct layer_policy *policy);

/* Creates one entry; the data of a file come from `reader`. The message names the entry. */
int layer_write(struct layer_writer *w, const struct layer_entry *e, struct layer_reader *reader,
		struct masu_error *err);

/*
 * Writes the data of a file to `fd`, which is empty. Holes stay holes: libarchive returns each block with its offset.
 */
int layer_write_data(int fd, const struct layer_entry *e, struct layer_reader *reader,
		     struct masu_error *err);

/* Sets the times of directories, writes the notes, and closes all descriptors; also after a failure. */
int layer_writer_done(struct layer_writer *w, struct masu_error *err);
