/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Makes the entries of a layer in its directory, which nobody else can reach meanwhile. The calling
 * process has umask 0 and is root of the user namespace whose ids the layer's owners are.
 *
 * Deletions become what overlayfs reads with the mount option userxattr: ".wh.NAME" a character
 * device 0:0 called NAME, ".wh..wh..opq" the attribute user.overlay.opaque of its directory. Both
 * hide only what is in the layers below, in whatever order the entries come. Of what depends on those
 * layers notes are taken (layer-notes.h).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "unpack/layer-dirs.h"
#include "unpack/layer-read.h"

struct layer_policy {
	bool single_id; /* only one id is mapped: every owner becomes it */
	uint64_t n_ids; /* how many are mapped, for messages */
};

/* What was left out or changed, for one notice each. */
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
 * `rootfd` is the layer's root, `notes` the file for layer-notes.h or -1; both are borrowed. `w` stays at
 * its place. 0 or -errno; layer_writer_done() in any case.
 */
int layer_writer_init(struct layer_writer *w, int rootfd, int notes,
		      const struct layer_policy *policy);

/* Makes one entry; the data of a file come from `reader`. The message names the entry. */
int layer_write(struct layer_writer *w, const struct layer_entry *e, struct layer_reader *reader,
		struct masu_error *err);

/* Sets the directories' times, writes the notes and closes what is open; also after a failure. */
int layer_writer_done(struct layer_writer *w, struct masu_error *err);
