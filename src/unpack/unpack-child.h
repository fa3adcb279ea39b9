/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The processes that read an unchecked layer.
 *
 *	fetcher (broker.h)	 in a user namespace of their own
 *	  |  downloads, verifies the blob
 *	  | pipe: compressed bytes
 *	  '--------------------> inflater	decompresses; has no file at all
 *				   | ring of buffers (unpack-ring.h)
 *	broker <-- report ------ unpacker	copies, takes the SHA-256 of the copy; looks at no byte
 *	  |  compares the	   | ring
 *	  |  diff id, publishes	 reader		reads the archive, makes files in the staging directory alone
 *	  '<-- counts ---------------'
 *
 * Other images use a layer that is published under a diff id. So its digest must not be computed by a process that the
 * layer may have taken over:
 *
 * - A stream that takes over the reader was hashed before the reader saw it, and has another digest.
 * - A stream that takes over the inflater can output any bytes, also those of another layer. They are hashed as the reader
 *   gets them, from a copy that the inflater cannot reach. It cannot reach the staging directory either.
 *
 * Inflater and reader are confined (sandbox.h). The unpacker, which only copies, is root of the user
 * namespace and their parent, and the first process of their pid namespace: they end with it.
 */

#include <stdint.h>

#include "linux/userns.h"
#include "unpack/layer-write.h"
#include "unpack/unpack.h"

/* In memory shared by the unpacker and the broker alone. */
struct unpack_report {
	char diff_hex[65];
	uint64_t bytes;
};

struct unpack_job {
	int input;	    /* compressed bytes; closed by the parent after the spawn */
	int staging, notes; /* layer-notes.h */
	const struct userns_child *child; /* its channel is the child's own end (userns.h) */
	enum layer_compression compression;
	uint64_t bytes_max;
	struct layer_policy policy;
	struct unpack_report *report;
	struct layer_counts *counts; /* shared with the reader: for notices */
};

/* A userns_fn: `arg` is the struct unpack_job. It makes its mount namespace itself. */
int unpack_child(void *arg, struct masu_error *err);
