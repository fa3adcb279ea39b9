/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decompresses a stranger's archive (plain, gzip or zstd) in a child that reaches no file and no network: the caller reads
 * the bytes from `output`, and then waits for the child, whose error explains an early end.
 */

#include "base/err.h"
#include "linux/userns.h"

struct expand {
	struct userns_child child;
	int output;
};
#define EXPAND_INIT ((struct expand){.child = USERNS_CHILD_INIT, .output = -1})

/* The empty directory `empty_root` becomes the child's root. Both descriptors are borrowed. */
int expand_begin(const struct idmap *map, int input, int empty_root, struct expand *ret,
		 struct masu_error *err);

/* Waits for the child. EBADMSG for a damaged or empty stream. */
int expand_finish(struct expand *x, struct masu_error *err);

void expand_done(struct expand *x);
#define _cleanup_expand_ _cleanup_(expand_done)
