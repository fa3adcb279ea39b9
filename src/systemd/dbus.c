/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/dbus.h"

#include <errno.h>

#define PROTOCOL_VERSION 1
#define FIXED_HEADER	 16 /* up to and with the length of the header's fields */
#define BYTE_ORDER_MARK	 (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 'l' : 'B')

/* The header's fields by their numbers. */
enum field {
	FIELD_PATH = 1,
	FIELD_INTERFACE,
	FIELD_MEMBER,
	FIELD_ERROR_NAME,
	FIELD_REPLY_SERIAL,
	FIELD_DESTINATION,
	FIELD_SENDER,
	FIELD_SIGNATURE
};

static size_t align(size_t n, size_t alignment)
{
	return (n + alignment - 1) & ~(alignment - 1);
}

void dbus_body_done(struct dbus_body *b)
{
	strbuf_done(&b->bytes);
	b->error = 0;
}

static void put(struct dbus_body *b, size_t alignment, const void *bytes, size_t n)
{
	static const uint8_t zeroes[8];
	size_t padding = align(b->bytes.length, alignment) - b->bytes.length;

	if (b->error == 0)
		b->error = strbuf_add(&b->bytes, zeroes, padding);
	if (b->error == 0)
		b->error = strbuf_add(&b->bytes, bytes, n);
}

void dbus_put_byte(struct dbus_body *b, uint8_t value)
{
	put(b, 1, &value, sizeof(value));
}

void dbus_put_uint16(struct dbus_body *b, uint16_t value)
{
	put(b, 2, &value, sizeof(value));
}

void dbus_put_uint32(struct dbus_body *b, uint32_t value)
{
	put(b, 4, &value, sizeof(value));
}

void dbus_put_uint64(struct dbus_body *b, uint64_t value)
{
	put(b, 8, &value, sizeof(value));
}

void dbus_put_string(struct dbus_body *b, const char *s)
{
	dbus_put_uint32(b, (uint32_t)strlen(s));
	put(b, 1, s, strlen(s) + 1);
}

void dbus_put_signature(struct dbus_body *b, const char *s)
{
	dbus_put_byte(b, (uint8_t)strlen(s));
	put(b, 1, s, strlen(s) + 1);
}

void dbus_open_struct(struct dbus_body *b)
{
	put(b, 8, NULL, 0);
}

/* The padding before the first element doesn't count into an array's length. */
struct dbus_array dbus_open_array(struct dbus_body *b, size_t alignment)
{
	struct dbus_array array;

	dbus_put_uint32(b, 0);
	array.length_at = b->bytes.length - sizeof(uint32_t);
	put(b, alignment, NULL, 0);
	array.start = b->bytes.length;
	return array;
}

void dbus_close_array(struct dbus_body *b, struct dbus_array array)
{
	uint32_t length = (uint32_t)(b->bytes.length - array.start);

	if (b->error == 0)
		memcpy(b->bytes.text + array.length_at, &length, sizeof(length));
}

static void put_field(struct dbus_body *b, enum field field, const char *type, const char *value)
{
	if (!value)
		return;
	dbus_open_struct(b);
	dbus_put_byte(b, (uint8_t)field);
	dbus_put_signature(b, type);
	if (streq(type, "g"))
		dbus_put_signature(b, value);
	else
		dbus_put_string(b, value);
}

/* The header is put together apart, as alignment counts from the message's first byte. */
int dbus_write_call(const struct dbus_call *call, uint32_t serial, const struct dbus_body *body,
		    struct dbus_body *to)
{
	_cleanup_dbus_body_ struct dbus_body header = DBUS_BODY_INIT;
	size_t body_size = body ? body->bytes.length : 0;

	if (body && body->error < 0)
		return body->error;
	dbus_put_byte(&header, BYTE_ORDER_MARK);
	dbus_put_byte(&header, DBUS_CALL);
	dbus_put_byte(&header, 0); /* flags: an answer is wanted */
	dbus_put_byte(&header, PROTOCOL_VERSION);
	dbus_put_uint32(&header, (uint32_t)body_size);
	dbus_put_uint32(&header, serial);
	struct dbus_array fields = dbus_open_array(&header, 8);
	put_field(&header, FIELD_PATH, "o", call->path);
	put_field(&header, FIELD_DESTINATION, "s", call->destination);
	put_field(&header, FIELD_INTERFACE, "s", call->interface);
	put_field(&header, FIELD_MEMBER, "s", call->member);
	put_field(&header, FIELD_SIGNATURE, "g", call->signature);
	dbus_close_array(&header, fields);
	put(&header, 8, NULL, 0);
	if (header.error < 0)
		return header.error;
	if (header.bytes.length + body_size > DBUS_MESSAGE_MAX)
		return -E2BIG;
	put(to, 1, header.bytes.text, header.bytes.length);
	if (body_size > 0)
		put(to, 1, body->bytes.text, body_size);
	return to->error;
}

static int skip_to(struct dbus_reader *r, size_t alignment)
{
	size_t at = align(r->at, alignment);

	if (at > r->n)
		return -EBADMSG;
	r->at = at;
	return 0;
}

static int read_byte(struct dbus_reader *r, uint8_t *ret)
{
	if (r->at >= r->n)
		return -EBADMSG;
	*ret = r->bytes[r->at++];
	return 0;
}

int dbus_read_uint32(struct dbus_reader *r, uint32_t *ret)
{
	if (skip_to(r, sizeof(*ret)) < 0 || r->n - r->at < sizeof(*ret))
		return -EBADMSG;
	memcpy(ret, r->bytes + r->at, sizeof(*ret));
	r->at += sizeof(*ret);
	return 0;
}

/* `length` bytes and a zero, with none in between. */
static int read_text(struct dbus_reader *r, size_t length, const char **ret)
{
	const char *s = (const char *)r->bytes + r->at;

	if (r->n - r->at <= length || strnlen(s, length + 1) != length)
		return -EBADMSG;
	r->at += length + 1;
	*ret = s;
	return 0;
}

int dbus_read_string(struct dbus_reader *r, const char **ret)
{
	uint32_t length;

	return dbus_read_uint32(r, &length) < 0 ? -EBADMSG : read_text(r, length, ret);
}

static int read_signature(struct dbus_reader *r, const char **ret)
{
	uint8_t length;

	return read_byte(r, &length) < 0 ? -EBADMSG : read_text(r, length, ret);
}

/* A field that isn't needed is read all the same, since only its type tells its length. */
static int read_field(struct dbus_reader *r, struct dbus_message *m)
{
	const char *type, *text = "";
	uint32_t number = 0;
	uint8_t field;

	if (skip_to(r, 8) < 0 || read_byte(r, &field) < 0 || read_signature(r, &type) < 0)
		return -EBADMSG;
	bool is_text = streq(type, "s") || streq(type, "o") || streq(type, "g");
	int n = streq(type, "u")   ? dbus_read_uint32(r, &number)
		: streq(type, "g") ? read_signature(r, &text)
		: is_text	   ? dbus_read_string(r, &text)
				   : -EBADMSG;
	if (n < 0)
		return n;
	if (field == FIELD_REPLY_SERIAL && !is_text)
		m->reply_serial = number;
	const struct {
		enum field field;
		const char **value;
	} texts[] = {
		{FIELD_PATH, &m->path},		  {FIELD_INTERFACE, &m->interface},
		{FIELD_MEMBER, &m->member},	  {FIELD_ERROR_NAME, &m->error_name},
		{FIELD_SIGNATURE, &m->signature}, {FIELD_SENDER, &m->sender},
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts) && is_text; i++)
		if (texts[i].field == field)
			*texts[i].value = text;
	return 0;
}

ssize_t dbus_message_size(const uint8_t *bytes, size_t n)
{
	struct dbus_reader r = {.bytes = bytes, .n = FIXED_HEADER, .at = 4};
	uint32_t body, serial, fields;

	if (n < FIXED_HEADER)
		return 0;
	if (bytes[0] != BYTE_ORDER_MARK || bytes[3] != PROTOCOL_VERSION ||
	    dbus_read_uint32(&r, &body) < 0 || dbus_read_uint32(&r, &serial) < 0 ||
	    dbus_read_uint32(&r, &fields) < 0)
		return -EBADMSG;
	if (body > DBUS_MESSAGE_MAX || fields > DBUS_MESSAGE_MAX)
		return -EBADMSG;
	size_t size = align(FIXED_HEADER + (size_t)fields, 8) + body;
	return size > DBUS_MESSAGE_MAX ? -EBADMSG : (ssize_t)size;
}

int dbus_parse(const uint8_t *bytes, size_t n, struct dbus_message *ret)
{
	struct dbus_message m = {.type = n > 1 ? bytes[1] : 0, .signature = ""};
	uint32_t body, fields;

	if (n < FIXED_HEADER || dbus_message_size(bytes, n) != (ssize_t)n)
		return -EBADMSG;
	memcpy(&body, bytes + 4, sizeof(body));
	memcpy(&fields, bytes + 12, sizeof(fields));
	struct dbus_reader r = {.bytes = bytes, .n = FIXED_HEADER + fields, .at = FIXED_HEADER};
	while (r.at < r.n)
		if (read_field(&r, &m) < 0)
			return -EBADMSG;
	m.body_size = body;
	m.body = bytes + n - body;
	*ret = m;
	return 0;
}
