/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/keeper.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/strv.h"
#include "linux/userns.h"
#include "registry/credentials.h"
#include "registry/resolve.h"
#include "transfer/order-wire.h"
#include "transfer/order.h"
#include "unpack/sandbox.h"
#include "unpack/unpack.h"

/* A child like this process, in the namespaces that it is in. */
static const struct idmap no_namespace = {.userns = false};

#define WORKS_MAX ORDER_LAYERS_MAX

/* A layer being unpacked for the fetcher; free while `unpack` is NULL. */
struct work {
	struct unpack *unpack;
	int line;
	bool ended;
};

struct office {
	const struct keeper *keeper;
	int orders;
	struct work works[WORKS_MAX];
};

static void work_done(struct work *w)
{
	unpack_free(w->unpack);
	fd_close(&w->line);
	*w = (struct work){.line = -1};
}

static int read_below(const char *bytes, size_t size, char ***ret, struct err *err)
{
	if (size % LAYERS_HEX_LENGTH || size / LAYERS_HEX_LENGTH > WIRE_BELOW_MAX)
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed order");
	for (size_t i = 0; i < size; i += LAYERS_HEX_LENGTH)
		if (strv_pushf(ret, "%.*s", LAYERS_HEX_LENGTH, bytes + i) < 0)
			return err_sys(err, ENOMEM, "unpack a layer");
	return 0;
}

static int read_layer(const struct channel_message *m, struct wire_layer *wire,
		      struct unpack_layer *ret, struct err *err)
{
	if (m->size < sizeof(*wire))
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed order");
	memcpy(wire, m->bytes, sizeof(*wire));
	if (wire->diff_id[sizeof(wire->diff_id) - 1] ||
	    wire->chain_hex[sizeof(wire->chain_hex) - 1] ||
	    wire->compression >= LAYER_COMPRESSION_MAX)
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed order");
	*ret = (struct unpack_layer){.diff_id = wire->diff_id,
				     .chain_hex = wire->chain_hex,
				     .compression = (enum layer_compression)wire->compression,
				     .size = wire->size};
	return 0;
}

static int begin_work(const struct keeper *k, struct channel_message *order, struct work *w,
		      struct err *err)
{
	_cleanup_strv_ char **below = NULL;
	struct unpack_layer layer;
	struct wire_layer wire;
	int r = read_layer(order, &wire, &layer, err);

	if (r == 0)
		r = read_below(order->bytes + sizeof(wire), order->size - sizeof(wire), &below,
			       err);
	if (r < 0)
		return r;
	layer.below = below;
	layer.bytes_max = k->layer_size_max;
	r = unpack_begin(k->paths, k->map, &layer, &w->unpack, err);
	if (r < 0)
		return r;
	w->line = TAKE_FD(order->fd);
	/* That a line can't be written to shows when it is read. */
	(void)channel_send(w->line, LINE_BEGUN, NULL, 0, unpack_fd(w->unpack));
	unpack_end(w->unpack);
	return 0;
}

/* The line has something to say: that the layer is wanted, or, by its end, that it isn't. */
static void end_work(struct work *w)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_err_ struct err err = ERR_INIT;

	if (channel_receive(w->line, &m) == 0 && m.type == LINE_PUBLISH && w->ended) {
		if (unpack_finish(w->unpack, &err) < 0)
			(void)channel_send_err(w->line, &err);
		else
			(void)channel_send(w->line, LINE_DONE, NULL, 0, -1);
	}
	work_done(w);
}

/* Of the clerk and of the resolver. */
struct clerk {
	const struct keeper *keeper;
	const char *host;		  /* the resolver's */
	const struct userns_child *child; /* its channel is its own end */
	int line;
};

static int tell_credentials(const struct clerk *c, struct err *err)
{
	_cleanup_credentials_ struct credentials found = {0};
	_cleanup_reference_ struct reference ref = {0};
	char text[CHANNEL_MESSAGE_MAX];

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(err, errno, "hide the credentials");
	int r = reference_parse(c->keeper->image, &ref, err);
	if (r == 0)
		r = credentials_find(c->keeper->authfile, &ref, &found, err);
	if (r < 0)
		return r;
	int n = snprintf(text, sizeof(text), "%s%c%s%c%s", found.user ? found.user : "", 0,
			 found.password ? found.password : "", 0, found.token ? found.token : "");
	if (n >= (int)sizeof(text))
		return err_set(err, ERR_INVALID, EMSGSIZE, "the credentials are too long");
	(void)channel_send(c->line, LINE_DONE, text, (size_t)n + 1, -1); /* unless it went away */
	OPENSSL_cleanse(text, sizeof(text));
	return 0;
}

/* A userns_fn. */
static int run_clerk(void *arg, struct err *err)
{
	const struct clerk *c = arg;
	int r = tell_credentials(c, err);

	if (r < 0)
		(void)channel_send_err(c->line, err);
	return r;
}

static int tell_addresses(const struct clerk *c, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	const int keep[] = {c->line, c->child->channel};
	int r = sandbox_resolver(keep, ARRAY_SIZE(keep), err);

	if (r == 0)
		r = resolve_name(c->host, &text, err);
	if (r == 0) /* or it went away */
		(void)channel_send(c->line, LINE_DONE, text, strlen(text) + 1, -1);
	return r;
}

/* A userns_fn. */
static int run_resolver(void *arg, struct err *err)
{
	const struct clerk *c = arg;
	int r = tell_addresses(c, err);

	if (r < 0)
		(void)channel_send_err(c->line, err);
	return r;
}

static int begin_clerk(const struct keeper *k, userns_fn fn, struct channel_message *order,
		       struct err *err)
{
	struct userns_child child = USERNS_CHILD_INIT;
	struct clerk clerk = {
		.keeper = k, .host = order->bytes, .child = &child, .line = order->fd};
	int r = userns_spawn(&no_namespace, 0, fn, &clerk, &child, err);

	fd_close(&child.channel); /* the line tells how it ends */
	return r;
}

static int do_order(struct office *o, struct channel_message *order, struct err *err)
{
	if (order->type == ORDER_CREDENTIALS)
		return begin_clerk(o->keeper, run_clerk, order, err);
	if (order->type == ORDER_ADDRESSES)
		return begin_clerk(o->keeper, run_resolver, order, err);
	if (order->type == ORDER_UNPACK)
		for (size_t i = 0; i < WORKS_MAX; i++)
			if (!o->works[i].unpack)
				return begin_work(o->keeper, order, &o->works[i], err);
	return err_set(err, ERR_INTERNAL, EBADMSG, "unexpected order");
}

static int take_order(struct office *o)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_err_ struct err err = ERR_INIT;
	int r = channel_receive(o->orders, &m);

	if (r == 0 && do_order(o, &m, &err) < 0)
		(void)channel_send_err(m.fd, &err); /* or nobody waits for it */
	return r;
}

/* One round: waits for anything to happen, and does what it asks for. */
static int serve_once(struct office *o)
{
	struct pollfd polled[1 + 2 * WORKS_MAX] = {{.fd = o->orders, .events = POLLIN}};
	struct pollfd *lines = polled + 1, *ends = lines + WORKS_MAX;

	for (size_t i = 0; i < WORKS_MAX; i++) {
		struct work *w = &o->works[i];
		bool running = w->unpack && !w->ended;

		lines[i] = (struct pollfd){.fd = w->line, .events = POLLIN};
		ends[i] = (struct pollfd){.fd = running ? unpack_wait_fd(w->unpack) : -1,
					  .events = POLLIN};
	}
	if (poll(polled, ARRAY_SIZE(polled), -1) < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < WORKS_MAX; i++) {
		struct work *w = &o->works[i];

		if (lines[i].revents) {
			end_work(w);
		} else if (ends[i].revents) {
			w->ended = true;
			(void)channel_send(w->line, LINE_ENDED, NULL, 0, -1);
		}
	}
	return polled[0].revents ? take_order(o) : 0;
}

/* Does orders until the fetcher closes the channel. */
static int serve(const struct keeper *k, int orders, struct err *err)
{
	struct office o = {.keeper = k, .orders = orders};
	int r = 0;

	for (size_t i = 0; i < WORKS_MAX; i++)
		o.works[i].line = -1;
	while (r == 0)
		r = serve_once(&o);
	for (size_t i = 0; i < WORKS_MAX; i++)
		work_done(&o.works[i]);
	return r == -ECONNRESET ? 0 : err_sys(err, r, "receive an order");
}

struct fetch {
	fetcher_fn fn;
	void *arg;
	int keeper, orders; /* the keeper's end of the channel, and the fetcher's */
};

/* A userns_fn. */
static int run_fetcher(void *arg, struct err *err)
{
	struct fetch *f = arg;

	fd_close(&f->keeper);
	return f->fn(f->arg, f->orders, err);
}

int keeper_run(const struct keeper *k, fetcher_fn fn, void *arg, struct err *err)
{
	struct userns_child fetcher = USERNS_CHILD_INIT;
	_cleanup_close_ int keeper = -1, orders = -1;
	int r = channel_pair(&keeper, &orders);

	if (r < 0)
		return err_sys(err, r, "make a socket pair");
	struct fetch f = {.fn = fn, .arg = arg, .keeper = keeper, .orders = orders};
	r = userns_spawn(&no_namespace, 0, run_fetcher, &f, &fetcher, err);
	if (r < 0)
		return r;
	fd_close(&orders);
	r = serve(k, keeper, err);
	if (r < 0)
		userns_kill(&fetcher);
	else
		r = userns_wait(&fetcher, err);
	/* A clerk, whose line is closed by now. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	return r;
}
