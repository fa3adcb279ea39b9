/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The members of a struct as bytes, by the same tables as oci/fields.h, for a cache: a tenth of the time of JSON. Only
 * a program with equal tables reads them, so a cache begins with fields_pack_names().
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "oci/fields.h"

/* Appends all members. A failure of memory stays in the buffer. */
void fields_pack(const struct field *table, const void *object, struct strbuf *b);
void fields_pack_number(int64_t number, struct strbuf *b);

/* Appends the keys and kinds of a table. */
void fields_pack_names(const struct field *table, struct strbuf *b);

/* Bytes that are being read. After a failure nothing more is read. */
struct unpack {
	const char *at;
	size_t left;
	bool failed;
};

/* Takes the next bytes; NULL after a failure. */
const char *unpack_bytes(struct unpack *u, size_t size);
int64_t unpack_number(struct unpack *u);

/* Reads into an object of zeros. The caller frees the members, also after a failure: bad bytes, or no memory. */
void fields_unpack(const struct field *table, struct unpack *u, void *ret);
