/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The process that reads a layer nobody has checked.
 *
 *	fetcher (keeper.h)		   unpacking child, in a user namespace of its own
 *	  downloads, verifies blobs	     thread 1: decompresses
 *		-- pipe: compressed bytes -->     | ring of buffers
 *	keeper (the parent)		     thread 2: SHA-256, tar, writes files
 *		<-- report: shared page ---
 *		<-- channel: done or error --
 *	  compares the diff id, publishes
 *
 * The child holds the staging folder, the pipe and its channel, and can do nothing but make files
 * in that folder (sandbox.h). It is believed about the digest as little as about the files: whoever
 * took it over by a crafted archive could have put the same files into that archive.
 */

#include <stdint.h>

#include "image/layer-write.h"
#include "image/unpack.h"
#include "linux/userns.h"

/* In memory shared with the parent. */
struct unpack_report {
	char diff_hex[65];
	uint64_t bytes;
	struct layer_counts counts;
};

struct unpack_job {
	int input;	    /* compressed bytes; closed by the parent after the spawn */
	int staging, notes; /* layer-notes.h */
	const struct userns_child *child; /* its channel is the child's own end (userns.h) */
	enum layer_compression compression;
	uint64_t bytes_max;
	struct layer_policy policy;
	struct unpack_report *report;
};

/* A userns_fn: `arg` is the struct unpack_job. */
int unpack_child(void *arg, struct err *err);
