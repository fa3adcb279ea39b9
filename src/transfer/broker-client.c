/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/broker-client.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/str.h"
#include "registry/credentials.h"

/* Sends a request. Returns the channel for its answers, or -errno. */
static int request(int broker, uint32_t type, const void *bytes, size_t size,
		   struct masu_error *err)
{
	_cleanup_close_ int channel = -1, theirs = -1;
	int r = channel_pair(&channel, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	r = channel_send(broker, type, bytes, size, theirs);
	return r < 0 ? err_sys(err, r, "send to the parent process") : TAKE_FD(channel);
}

/* Receives the next message, which must have this type. */
static int receive(int channel, uint32_t type, struct channel_message *m, struct masu_error *err)
{
	int r = channel_receive(channel, m);

	if (r < 0)
		return err_set(err, ERR_INTERNAL, ECHILD,
			       "a process of this pull exited without an answer");
	return m->type == type ? 0 : channel_to_err(m, err);
}

int remote_unpack_begin(int broker, const struct digest *diffs, size_t n, uint64_t size,
			struct remote_unpack **ret, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_strbuf_ struct strbuf bytes = STRBUF_INIT;
	const struct unpack_request head = {.size = size};

	if (n > UNPACK_LAYERS_MAX)
		return err_set(err, ERR_UNSUPPORTED, E2BIG, "the image has more than %d layers",
			       UNPACK_LAYERS_MAX);
	if (strbuf_add(&bytes, &head, sizeof(head)) < 0 ||
	    strbuf_add(&bytes, diffs, n * sizeof(*diffs)) < 0)
		return err_oom(err);
	_cleanup_close_ int channel = request(broker, BROKER_UNPACK, bytes.text, bytes.length, err);
	if (channel < 0)
		return channel;
	int r = receive(channel, UNPACK_STARTED, &m, err);
	if (r < 0)
		return r;
	struct remote_unpack *u = malloc(sizeof(*u));
	if (!u)
		return err_oom(err);
	*u = (struct remote_unpack){.channel = TAKE_FD(channel), .pipe = TAKE_FD(m.fd)};
	*ret = u;
	return 0;
}

int remote_unpack_finish(struct remote_unpack *u, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	fd_close(&u->pipe);
	int r = receive(u->channel, UNPACK_EXITED, &m, err);
	if (r < 0)
		return r;
	r = channel_send(u->channel, UNPACK_PUBLISH, NULL, 0, -1);
	if (r < 0)
		return err_sys(err, r, "publish a layer");
	return receive(u->channel, BROKER_ANSWER, &m, err);
}

void remote_unpack_free(struct remote_unpack *u)
{
	if (!u)
		return;
	fd_close(&u->pipe);
	fd_close(&u->channel);
	free(u);
}

/* Copies the string at *p, and moves *p behind it. An empty string becomes NULL. */
static int take_string(const char **p, const char *end, char **ret)
{
	size_t n = strlen(*p);

	if (*p == end)
		return -EBADMSG;
	*ret = n ? strdup(*p) : NULL;
	*p += n + 1;
	return n && !*ret ? -ENOMEM : 0;
}

static int take_credentials(const struct channel_message *m, struct credentials *ret)
{
	const char *p = m->bytes, *end = m->bytes + m->size;
	int r = take_string(&p, end, &ret->user);

	if (r < 0)
		return r;
	r = take_string(&p, end, &ret->password);
	if (r < 0)
		return r;
	r = take_string(&p, end, &ret->token);
	if (r < 0)
		return r;
	if (ret->user && !ret->password)
		ret->password = strdup("");
	return ret->user && !ret->password ? -ENOMEM : 0;
}

int broker_credentials(int broker, struct credentials *ret, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_close_ int channel = request(broker, BROKER_CREDENTIALS, NULL, 0, err);

	if (channel < 0)
		return channel;
	int r = receive(channel, BROKER_ANSWER, &m, err);
	if (r < 0)
		return r;
	r = take_credentials(&m, ret);
	OPENSSL_cleanse(m.bytes, m.size);
	return r < 0 ? err_sys(err, r, "read credentials") : 0;
}

int broker_addresses(int broker, const char *host, char **ret, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_close_ int channel = request(broker, BROKER_ADDRESSES, host, strlen(host) + 1,
					      err);

	if (channel < 0)
		return channel;
	int r = receive(channel, BROKER_ANSWER, &m, err);
	if (r < 0)
		return r;
	*ret = strdup(m.bytes);
	return *ret ? 0 : err_oom(err);
}
