/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The messages of the program masu-image to its caller, on a socket of base/channel.h that it is given by
 * --report-fd:
 *
 *	REPORT_PROGRESS	struct image_progress
 *	REPORT_NOTICE	a line for the user
 *	REPORT_RESULT	the digest of the manifest, or nothing for a command without result
 *	CHANNEL_ERROR	the reason of the failure
 *
 * REPORT_RESULT and an exit status of 0 are success. End of file without either is a failure.
 */

#include <stdint.h>

#include "base/channel.h"
#include "oci/digest.h"

enum { REPORT_PROGRESS = 1, REPORT_NOTICE, REPORT_RESULT };

enum image_phase {
	IMAGE_RESOLVING,   /* the manifest is being fetched; no digest is known yet */
	IMAGE_WAITING,	   /* announces a layer: every layer, before any is downloaded */
	IMAGE_DOWNLOADING, /* bytes arrive, from a registry, an archive or the store itself */
	IMAGE_UNPACKING,   /* all bytes have arrived */
	IMAGE_DONE,
	IMAGE_EXISTS, /* done: the store had the layer already */
	IMAGE_PHASE_MAX
};

/* The phases of a layer only advance. A layer that an image uses several times is reported once. */
struct image_progress {
	char digest[DIGEST_HEX_LENGTH +
		    1]; /* of the compressed layer, hexadecimal; "" without one */
	enum image_phase phase;
	uint64_t done, total; /* bytes */
};

typedef void image_progress_fn(void *arg, const struct image_progress *progress);

/* Send a message; with -1 as channel they do nothing. A caller that no longer listens is not an error. */
void report_progress(int channel, const struct image_progress *progress);
void report_notice(int channel, const char *text);
void report_result(int channel, const char *digest);
void report_error(int channel, const struct masu_error *err);

/* Reads a REPORT_PROGRESS. 0 or -EBADMSG. */
int report_parse_progress(const struct channel_message *m, struct image_progress *ret);
