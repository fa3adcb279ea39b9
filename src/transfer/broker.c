/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/broker.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/userns.h"
#include "registry/credentials.h"
#include "registry/resolve.h"
#include "transfer/broker-client.h"
#include "transfer/sandbox-fetcher.h"
#include "unpack/sha256.h"
#include "unpack/unpack.h"

/* A child in the namespaces of this process. */
static const struct idmap no_namespace = {.userns = false};

/* A layer that is unpacked for the fetcher; free while `unpack` is NULL. */
struct unpacker {
	struct unpack *unpack;
	int channel; /* of the request */
	bool exited;
};

struct broker {
	const struct broker_options *options;
	int requests;
	struct unpacker unpackers[BROKER_UNPACKS_MAX];
};

static void unpacker_done(struct unpacker *u)
{
	unpack_free(u->unpack);
	fd_close(&u->channel);
	*u = (struct unpacker){.channel = -1};
}

static int malformed(struct masu_error *err)
{
	return err_set(err, ERR_INTERNAL, EBADMSG, "malformed request");
}

/* Reads the diff ids of a request. Returns their number, or -errno. */
static int read_diffs(const struct channel_message *m, struct digest diffs[UNPACK_LAYERS_MAX],
		      uint64_t *ret_size, struct masu_error *err)
{
	struct unpack_request head;
	size_t rest = m->size - sizeof(head), n = rest / sizeof(*diffs);

	if (m->size < sizeof(head) || rest % sizeof(*diffs) || n == 0 || n > UNPACK_LAYERS_MAX)
		return malformed(err);
	memcpy(&head, m->bytes, sizeof(head));
	memcpy(diffs, m->bytes + sizeof(head), rest);
	for (size_t i = 0; i < n; i++)
		if (diffs[i].hex[DIGEST_HEX_LENGTH] || !digest_is_hex(diffs[i].hex))
			return malformed(err);
	*ret_size = head.size;
	return (int)n;
}

static int start_unpacker(const struct broker *b, struct channel_message *m, struct unpacker *u,
			  struct masu_error *err)
{
	struct digest diffs[UNPACK_LAYERS_MAX], chain;
	_cleanup_strv_ char **below = NULL;
	char diff[DIGEST_TEXT_MAX];
	uint64_t size;
	int n = read_diffs(m, diffs, &size, err);

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		int r = chain_id(i > 0 ? &chain : NULL, &diffs[i], &chain);

		if (r == 0 && i < n - 1)
			r = strv_push(&below, chain.hex);
		if (r < 0)
			return err_sys(err, r, "unpack a layer");
	}
	const struct unpack_layer layer = {.diff_id = digest_text(&diffs[n - 1], diff),
					   .chain_hex = chain.hex,
					   .size = size,
					   .bytes_max = b->options->layer_size_max,
					   .below = below};
	int r = unpack_begin(b->options->paths, b->options->map, &layer, &u->unpack, err);
	if (r < 0)
		return r;
	u->channel = TAKE_FD(m->fd);
	/* A channel that cannot be written to is noticed when it is read. */
	(void)channel_send(u->channel, UNPACK_STARTED, NULL, 0, unpack_fd(u->unpack));
	unpack_end(u->unpack);
	return 0;
}

/* Publishes the layer if the fetcher asks for it. If it has closed the channel, the layer is removed. */
static void finish_unpacker(struct unpacker *u)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (channel_receive(u->channel, &m) == 0 && m.type == UNPACK_PUBLISH && u->exited) {
		if (unpack_finish(u->unpack, &err) < 0)
			(void)channel_send_err(u->channel, &err);
		else
			(void)channel_send(u->channel, BROKER_ANSWER, NULL, 0, -1);
	}
	unpacker_done(u);
}

/* A request that the finder or the resolver answers. */
struct lookup {
	const struct broker_options *options;
	const char *host;		  /* for the resolver */
	const struct userns_child *child; /* in the child, its channel is the child's end */
	int channel;			  /* of the request */
};

static int send_credentials(const struct lookup *l, struct masu_error *err)
{
	_cleanup_credentials_ struct credentials found = {0};
	_cleanup_reference_ struct reference ref = {0};
	char text[CHANNEL_MESSAGE_MAX];

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(err, errno, "hide the credentials");
	int r = reference_parse(l->options->image, &ref, err);
	if (r < 0)
		return r;
	r = credentials_find(l->options->authfile, &ref, &found, err);
	if (r < 0)
		return r;
	int n = snprintf(text, sizeof(text), "%s%c%s%c%s", str_or_empty(found.user), 0,
			 str_or_empty(found.password), 0, str_or_empty(found.token));
	if (n >= (int)sizeof(text))
		return err_set(err, ERR_INVALID, EMSGSIZE, "the credentials are too long");
	/* A fetcher that has exited needs no answer. */
	(void)channel_send(l->channel, BROKER_ANSWER, text, (size_t)n + 1, -1);
	OPENSSL_cleanse(text, sizeof(text));
	return 0;
}

/* A userns_fn. */
static int run_finder(void *arg, struct masu_error *err)
{
	const struct lookup *l = arg;
	int r = send_credentials(l, err);

	if (r < 0)
		(void)channel_send_err(l->channel, err);
	return r;
}

static int send_addresses(const struct lookup *l, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	const int keep[] = {l->channel, l->child->channel};
	int r = sandbox_resolver(keep, ARRAY_SIZE(keep), err);

	if (r < 0)
		return r;
	r = resolve_name(l->host, &text, err);
	if (r < 0)
		return r;
	/* A fetcher that has exited needs no answer. */
	(void)channel_send(l->channel, BROKER_ANSWER, text, strlen(text) + 1, -1);
	return 0;
}

/* A userns_fn. */
static int run_resolver(void *arg, struct masu_error *err)
{
	const struct lookup *l = arg;
	int r = send_addresses(l, err);

	if (r < 0)
		(void)channel_send_err(l->channel, err);
	return r;
}

static int start_lookup(const struct broker *b, userns_fn fn, struct channel_message *m,
			struct masu_error *err)
{
	struct userns_child child = USERNS_CHILD_INIT;
	struct lookup lookup = {
		.options = b->options, .host = m->bytes, .child = &child, .channel = m->fd};
	int r = userns_spawn(&no_namespace, 0, fn, &lookup, &child, err);

	fd_close(&child.channel); /* the child reports on the channel of the request */
	return r;
}

static int serve_request(struct broker *b, struct channel_message *m, struct masu_error *err)
{
	if (m->type == BROKER_CREDENTIALS && b->options->image)
		return start_lookup(b, run_finder, m, err);
	if (m->type == BROKER_ADDRESSES)
		return start_lookup(b, run_resolver, m, err);
	if (m->type == BROKER_UNPACK && b->options->map)
		for (size_t i = 0; i < BROKER_UNPACKS_MAX; i++)
			if (!b->unpackers[i].unpack)
				return start_unpacker(b, m, &b->unpackers[i], err);
	return err_set(err, ERR_INTERNAL, EBADMSG, "unexpected request");
}

static int receive_request(struct broker *b)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = channel_receive(b->requests, &m);

	if (r == 0 && serve_request(b, &m, &err) < 0)
		(void)channel_send_err(m.fd, &err); /* a fetcher that has exited needs no answer */
	return r;
}

/* Waits for the next event, and handles it. */
static int serve_once(struct broker *b)
{
	struct pollfd polled[1 + 2 * BROKER_UNPACKS_MAX] = {{.fd = b->requests, .events = POLLIN}};
	struct pollfd *channels = polled + 1, *exits = channels + BROKER_UNPACKS_MAX;

	for (size_t i = 0; i < BROKER_UNPACKS_MAX; i++) {
		struct unpacker *u = &b->unpackers[i];
		bool running = u->unpack && !u->exited;

		channels[i] = (struct pollfd){.fd = u->channel, .events = POLLIN};
		exits[i] = (struct pollfd){.fd = running ? unpack_wait_fd(u->unpack) : -1,
					   .events = POLLIN};
	}
	if (poll(polled, ARRAY_SIZE(polled), -1) < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < BROKER_UNPACKS_MAX; i++) {
		struct unpacker *u = &b->unpackers[i];

		if (channels[i].revents) {
			finish_unpacker(u);
		} else if (exits[i].revents) {
			u->exited = true;
			(void)channel_send(u->channel, UNPACK_EXITED, NULL, 0, -1);
		}
	}
	return polled[0].revents ? receive_request(b) : 0;
}

/* Serves requests until the fetcher closes the channel. */
static int serve(const struct broker_options *options, int requests, struct masu_error *err)
{
	struct broker b = {.options = options, .requests = requests};
	int r = 0;

	for (size_t i = 0; i < BROKER_UNPACKS_MAX; i++)
		b.unpackers[i].channel = -1;
	while (r == 0)
		r = serve_once(&b);
	for (size_t i = 0; i < BROKER_UNPACKS_MAX; i++)
		unpacker_done(&b.unpackers[i]);
	return r == -ECONNRESET ? 0 : err_sys(err, r, "receive a request");
}

struct fetcher {
	fetcher_fn fn;
	void *arg;
	int ours, theirs; /* the ends of the channel for requests: the broker's and the fetcher's */
};

/* A userns_fn. */
static int run_fetcher(void *arg, struct masu_error *err)
{
	struct fetcher *f = arg;

	fd_close(&f->ours);
	return f->fn(f->arg, f->theirs, err);
}

int broker_run(const struct broker_options *options, fetcher_fn fn, void *arg,
	       struct masu_error *err)
{
	struct userns_child child = USERNS_CHILD_INIT;
	_cleanup_close_ int ours = -1, theirs = -1;
	int r = channel_pair(&ours, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	struct fetcher f = {.fn = fn, .arg = arg, .ours = ours, .theirs = theirs};
	r = userns_spawn(&no_namespace, 0, run_fetcher, &f, &child, err);
	if (r < 0)
		return r;
	fd_close(&theirs);
	r = serve(options, ours, err);
	if (r < 0)
		userns_kill(&child);
	else
		r = userns_wait(&child, err);
	/* Finders and resolvers, whose channels are closed by now. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	return r;
}
