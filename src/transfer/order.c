/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/order.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "registry/credentials.h"
#include "transfer/order-wire.h"

struct order {
	int line, pipe;
};

/* Sends an order; the line, or -errno. */
static int place(int orders, uint32_t type, const void *bytes, size_t size, struct err *err)
{
	_cleanup_close_ int line = -1, theirs = -1;
	int r = channel_pair(&line, &theirs);

	if (r < 0)
		return err_sys(err, r, "make a socket pair");
	r = channel_send(orders, type, bytes, size, theirs);
	return r < 0 ? err_sys(err, r, "reach the parent process") : TAKE_FD(line);
}

/* The next message, which must be of that type. */
static int hear(int line, uint32_t type, struct channel_message *m, struct err *err)
{
	int r = channel_receive(line, m);

	if (r < 0)
		return err_set(err, ERR_INTERNAL, ECHILD,
			       "a process of this pull ended without a word");
	return m->type == type ? 0 : channel_to_err(m, err);
}

static int write_layer(const struct unpack_layer *layer, struct strbuf *ret)
{
	struct wire_layer wire = {.compression = layer->compression, .size = layer->size};

	/* What is too long arrives cut, and is refused as malformed there. */
	(void)snprintf(wire.diff_id, sizeof(wire.diff_id), "%s", layer->diff_id);
	(void)snprintf(wire.chain_hex, sizeof(wire.chain_hex), "%s", layer->chain_hex);
	int r = strbuf_add(ret, &wire, sizeof(wire));
	STRV_FOREACH(hex, layer->below)
		if (r == 0)
			r = strbuf_add(ret, *hex, LAYERS_HEX_LENGTH);
	return r;
}

int order_unpack(int orders, const struct unpack_layer *layer, struct order **ret, struct err *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_strbuf_ struct strbuf wire = STRBUF_INIT;

	if (strv_length(layer->below) > WIRE_BELOW_MAX)
		return err_set(err, ERR_UNSUPPORTED, E2BIG, "the image has more than %d layers",
			       WIRE_BELOW_MAX);
	if (write_layer(layer, &wire) < 0)
		return err_sys(err, ENOMEM, "unpack a layer");
	_cleanup_close_ int line = place(orders, ORDER_UNPACK, wire.text, wire.length, err);
	if (line < 0)
		return line;
	int r = hear(line, LINE_BEGUN, &m, err);
	if (r < 0)
		return r;
	struct order *o = malloc(sizeof(*o));
	if (!o)
		return err_sys(err, ENOMEM, "unpack a layer");
	*o = (struct order){.line = TAKE_FD(line), .pipe = TAKE_FD(m.fd)};
	*ret = o;
	return 0;
}

int order_fd(const struct order *o)
{
	return o->pipe;
}

void order_end(struct order *o)
{
	fd_close(&o->pipe);
}

int order_wait_fd(const struct order *o)
{
	return o->line;
}

int order_finish(struct order *o, struct err *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	order_end(o);
	int r = hear(o->line, LINE_ENDED, &m, err);
	if (r < 0)
		return r;
	r = channel_send(o->line, LINE_PUBLISH, NULL, 0, -1);
	if (r < 0)
		return err_sys(err, r, "publish a layer");
	return hear(o->line, LINE_DONE, &m, err);
}

void order_free(struct order *o)
{
	if (!o)
		return;
	fd_close(&o->pipe);
	fd_close(&o->line);
	free(o);
}

/* The string at *p, which it moves behind it; NULL for an empty one. */
static int take_string(const char **p, const char *end, char **ret)
{
	size_t n = strlen(*p);

	if (*p == end)
		return -EBADMSG;
	*ret = n ? strdup(*p) : NULL;
	*p += n + 1;
	return n && !*ret ? -ENOMEM : 0;
}

int order_credentials(int orders, struct credentials *ret, struct err *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_close_ int line = place(orders, ORDER_CREDENTIALS, NULL, 0, err);

	if (line < 0)
		return line;
	int r = hear(line, LINE_DONE, &m, err);
	if (r < 0)
		return r;
	const char *p = m.bytes, *end = m.bytes + m.size;
	r = take_string(&p, end, &ret->user);
	if (r == 0)
		r = take_string(&p, end, &ret->password);
	if (r == 0)
		r = take_string(&p, end, &ret->token);
	OPENSSL_cleanse(m.bytes, m.size);
	if (r == 0 && ret->user && !ret->password && !(ret->password = strdup("")))
		r = -ENOMEM;
	return r < 0 ? err_sys(err, r, "read credentials") : 0;
}

int order_addresses(int orders, const char *host, char **ret, struct err *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_close_ int line = place(orders, ORDER_ADDRESSES, host, strlen(host) + 1, err);

	if (line < 0)
		return line;
	int r = hear(line, LINE_DONE, &m, err);
	if (r < 0)
		return r;
	*ret = strdup(m.bytes);
	return *ret ? 0 : err_sys(err, ENOMEM, "resolve '%s'", host);
}
