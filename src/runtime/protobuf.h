/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Protocol Buffers as they are on the wire, without a compiler of .proto files: fields by number, written
 * in their order, and read one after the other, so that the reader can skip unknown ones.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Each appends a field; without memory `b` has failed (base/str.h). NULL for a text appends nothing. */
void protobuf_put_number(struct strbuf *b, unsigned int field, uint64_t value);
void protobuf_put_bytes(struct strbuf *b, unsigned int field, const void *bytes, size_t size);
void protobuf_put_text(struct strbuf *b, unsigned int field, const char *text);
void protobuf_put_message(struct strbuf *b, unsigned int field, const struct strbuf *message);

/* The unread rest of a message. */
struct protobuf {
	const char *at;
	size_t left;
};

struct protobuf_field {
	unsigned int number;
	uint64_t value;	    /* of a number; else 0 */
	struct protobuf in; /* the bytes of a text or message; else empty */
};

/* Reads the next field. 1, 0 at the end, or -EBADMSG. */
int protobuf_next(struct protobuf *message, struct protobuf_field *ret);
