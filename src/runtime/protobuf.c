/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/protobuf.h"

#include <errno.h>

#define NUMBER_MAX 10 /* bytes of 64 bits, 7 in each */

enum wire_type { WIRE_VARINT, WIRE_64, WIRE_BYTES, WIRE_32 = 5 };

static void put_varint(struct strbuf *b, uint64_t value)
{
	unsigned char bytes[NUMBER_MAX];
	size_t n = 0;

	for (; value > 0x7f; value >>= 7)
		bytes[n++] = (unsigned char)(value | 0x80);
	bytes[n++] = (unsigned char)value;
	(void)strbuf_add(b, bytes, n); /* it remembers the failure */
}

void protobuf_put_number(struct strbuf *b, unsigned int field, uint64_t value)
{
	put_varint(b, (uint64_t)field << 3 | WIRE_VARINT);
	put_varint(b, value);
}

void protobuf_put_bytes(struct strbuf *b, unsigned int field, const void *bytes, size_t size)
{
	put_varint(b, (uint64_t)field << 3 | WIRE_BYTES);
	put_varint(b, size);
	(void)strbuf_add(b, bytes, size); /* likewise */
}

void protobuf_put_text(struct strbuf *b, unsigned int field, const char *text)
{
	if (text)
		protobuf_put_bytes(b, field, text, strlen(text));
}

void protobuf_put_message(struct strbuf *b, unsigned int field, const struct strbuf *message)
{
	protobuf_put_bytes(b, field, message->text, message->length);
	b->failed |= message->failed;
}

static int next_varint(struct protobuf *m, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < NUMBER_MAX && m->left > 0; i++) {
		unsigned char byte = (unsigned char)*m->at++;

		m->left--;
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		*ret = value;
		return 0;
	}
	return -EBADMSG;
}

static int skip(struct protobuf *m, size_t size)
{
	if (size > m->left)
		return -EBADMSG;
	m->at += size;
	m->left -= size;
	return 0;
}

static int next_bytes(struct protobuf *m, struct protobuf *ret)
{
	uint64_t size;
	int r = next_varint(m, &size);

	if (r < 0 || size > m->left)
		return -EBADMSG;
	*ret = (struct protobuf){m->at, (size_t)size};
	return skip(m, (size_t)size);
}

int protobuf_next(struct protobuf *message, struct protobuf_field *ret)
{
	struct protobuf_field field = {0};
	uint64_t tag;
	int r;

	if (message->left == 0)
		return 0;
	if (next_varint(message, &tag) < 0 || tag >> 3 == 0 || tag >> 3 > UINT32_MAX)
		return -EBADMSG;
	field.number = (unsigned int)(tag >> 3);
	switch (tag & 7) {
	case WIRE_VARINT:
		r = next_varint(message, &field.value);
		break;
	case WIRE_BYTES:
		r = next_bytes(message, &field.in);
		break;
	case WIRE_64:
		r = skip(message, 8);
		break;
	case WIRE_32:
		r = skip(message, 4);
		break;
	default:
		r = -EBADMSG;
	}
	if (r < 0)
		return r;
	*ret = field;
	return 1;
}
