/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Content digests. SHA-256 in lower-case hex alone: a digest becomes a file's name and a part of a
 * URL, so nothing else passes, and there is one spelling of each.
 */

#include <stdbool.h>
#include <string.h>

#define DIGEST_HEX_LENGTH 64
#define DIGEST_PREFIX	  "sha256:"
#define DIGEST_TEXT_MAX	  (sizeof(DIGEST_PREFIX) + DIGEST_HEX_LENGTH)

struct digest {
	char hex[DIGEST_HEX_LENGTH + 1]; /* "" for none */
};

/* Exactly 64 characters of 0-9a-f? */
bool digest_is_hex(const char *s);

/* "sha256:" and 64 characters of 0-9a-f, the whole string. 0 or -EINVAL. */
int digest_parse(const char *s, struct digest *ret);

/* From 32 bytes. */
void digest_from_bytes(const unsigned char bytes[32], struct digest *ret);

/* "sha256:HEX" */
const char *digest_text(const struct digest *d, char buffer[DIGEST_TEXT_MAX]);

static inline bool digest_equal(const struct digest *a, const struct digest *b)
{
	return strcmp(a->hex, b->hex) == 0;
}

/* Enough of it for people: the first 12 characters. */
#define DIGEST_SHORT_FMT    "%.12s"
#define DIGEST_SHORT_ARG(d) ((d)->hex)
