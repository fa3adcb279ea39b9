/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a layer can be given only once the layers below it are published:
 *
 *	- A directory without an entry takes mode, owner, times and attributes of the directory below it,
 *	  as it would be if the layers were unpacked upon one another.
 *	- The mark of a deletion goes from a directory that is merged with none below: overlayfs shows it as a
 *	  character device there, which no call can remove.
 *
 * It needs the ids that the layers' files belong to.
 */

#include <stdbool.h>

#include "base/err.h"

struct layer_settle {
	int layers;	    /* DATA/layers */
	int staging;	    /* root of the layer */
	int notes;	    /* layer-notes.h; read from its beginning */
	char *const *below; /* names in DATA/layers, bottom first */
};

/* 0, or EBADMSG for malformed notes and what the calls fail with. May be done again after a failure. */
int layer_settle(const struct layer_settle *s, struct masu_error *err);

/* Is the root the only thing to settle? Then the layer's owner can often do it without other ids. */
bool layer_settle_root_only(int notes);
