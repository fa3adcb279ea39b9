/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * D-Bus messages in memory, by the D-Bus specification ("Message Protocol"): the few types that the
 * manager's interface takes, in the machine's own byte order. No input or output happens here.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/str.h"

enum dbus_type { DBUS_CALL = 1, DBUS_RETURN, DBUS_ERROR, DBUS_SIGNAL };

/* Longer ones are neither made nor taken; systemd's longest signals have some kilobytes. */
#define DBUS_MESSAGE_MAX (1 << 20)

/*
 * A message's body, or a part of it, as it is put together. Failure is remembered, and reported by
 * who uses the body: so the calls need no checks in between.
 */
struct dbus_body {
	struct strbuf bytes;
	int error; /* 0 or -ENOMEM */
};
#define DBUS_BODY_INIT ((struct dbus_body){0})
void dbus_body_done(struct dbus_body *b);
#define _cleanup_dbus_body_ _cleanup_(dbus_body_done)

void dbus_put_byte(struct dbus_body *b, uint8_t value);
void dbus_put_uint16(struct dbus_body *b, uint16_t value); /* also INT16 */
void dbus_put_uint32(struct dbus_body *b, uint32_t value); /* also BOOLEAN and INT32 */
void dbus_put_uint64(struct dbus_body *b, uint64_t value); /* also INT64 and DOUBLE's bits */
void dbus_put_string(struct dbus_body *b, const char *s);  /* also OBJECT_PATH */
void dbus_put_signature(struct dbus_body *b, const char *s);
void dbus_open_struct(struct dbus_body *b); /* which has no end to be marked */

/* An array whose elements are aligned to `alignment`; what is put until it is closed is in it. */
struct dbus_array {
	size_t length_at, start;
};
struct dbus_array dbus_open_array(struct dbus_body *b, size_t alignment);
void dbus_close_array(struct dbus_body *b, struct dbus_array array);

struct dbus_call {
	const char *destination, *path, *interface, *member;
	const char *signature; /* of the body; NULL: there is none */
};

/* Appends the whole message to `to`. -ENOMEM, -E2BIG. */
int dbus_write_call(const struct dbus_call *call, uint32_t serial, const struct dbus_body *body,
		    struct dbus_body *to);

/* A message that was received. All points into the bytes that it was parsed from. */
struct dbus_message {
	enum dbus_type type;
	uint32_t reply_serial; /* of the call that it answers, or 0 */
	const char *path, *interface, *member, *error_name, *sender; /* NULL when missing */
	const char *signature;					     /* "" when missing */
	const uint8_t *body;
	size_t body_size;
};

/*
 * The size of the message that begins with these bytes: 0 while too few are there to tell, or
 * -EBADMSG for what is no message, or one longer than DBUS_MESSAGE_MAX.
 */
ssize_t dbus_message_size(const uint8_t *bytes, size_t n);

/* Takes a whole message apart, of exactly dbus_message_size() bytes. -EBADMSG. */
int dbus_parse(const uint8_t *bytes, size_t n, struct dbus_message *ret);

/* Reads a body from its start, in the order of its signature. */
struct dbus_reader {
	const uint8_t *bytes;
	size_t n, at;
};
int dbus_read_uint32(struct dbus_reader *r, uint32_t *ret);    /* -EBADMSG */
int dbus_read_string(struct dbus_reader *r, const char **ret); /* also OBJECT_PATH; -EBADMSG */
