/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/layer-pulls.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "transfer/broker-client.h"

/*
 * More would only divide the same line and the same processors. A layer whose bytes are all handed
 * over waits for the disk above all, and doesn't count: another may begin, up to a number.
 */
#define AT_ONCE_MIN   2
#define AT_ONCE_MAX   4
#define UNDER_WAY_MAX BROKER_UNPACKS_MAX

/* How soon to look again for what gives no notice: a lock, a time to try again. */
#define LOOK_AGAIN_MS 50
#define IDLE_MS	      1000

static size_t at_once(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < AT_ONCE_MIN ? AT_ONCE_MIN : MIN((size_t)n, (size_t)AT_ONCE_MAX);
}

/* A layer counts as under way from when it has its lock. */
static bool under_way(const struct layer_pull *layer)
{
	return layer->state != LAYER_WAITING && layer->state != LAYER_DONE;
}

static bool is_busy(const struct layer_pull *layer)
{
	return under_way(layer) && layer->state != LAYER_UNPACKING;
}

/*
 * One round over all layers. Returns how long the next may wait, -1 when all are done, or sets the
 * error and returns less.
 */
static int round_over(struct layer_pull *layers, size_t n, const struct layer_pull_context *c,
		      size_t slots, struct masu_error *err)
{
	bool moved = false, look_again = false, left = false;
	size_t busy = 0, begun = 0;

	for (size_t i = 0; i < n; i++) {
		busy += is_busy(&layers[i]);
		begun += under_way(&layers[i]);
	}
	for (size_t i = 0; i < n; i++) {
		struct layer_pull *layer = &layers[i];

		if (layer->state == LAYER_DONE ||
		    (layer->state == LAYER_WAITING && (busy >= slots || begun >= UNDER_WAY_MAX))) {
			left |= layer->state != LAYER_DONE;
			continue;
		}
		busy -= is_busy(layer);
		begun -= under_way(layer);
		int r = layer_pull_step(layer, c, err);
		if (r < 0)
			return -2;
		busy += is_busy(layer);
		begun += under_way(layer);
		moved |= r > 0;
		left |= layer->state != LAYER_DONE;
		look_again |= layer->state == LAYER_WAITING || layer->download.wait_until_ms;
	}
	return !left ? -1 : moved ? 0 : look_again ? LOOK_AGAIN_MS : IDLE_MS;
}

static int wait_for_any(struct layer_pull *layers, size_t n, const struct layer_pull_context *c,
			int timeout_ms, struct masu_error *err)
{
	struct curl_waitfd wait[UNDER_WAY_MAX + 1];
	struct pollfd polled[UNDER_WAY_MAX + 1];
	unsigned int n_wait = 0;
	int r = c->http ? http_perform(c->http, err) : 0;

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && n_wait < ARRAY_SIZE(wait); i++)
		n_wait += (unsigned int)layer_pull_poll(&layers[i], &wait[n_wait]);
	if (c->http)
		return http_poll(c->http, wait, n_wait, r > 0 ? 0 : timeout_ms, err);
	for (unsigned int i = 0; i < n_wait; i++)
		polled[i] = (struct pollfd){.fd = wait[i].fd,
					    .events = wait[i].events & CURL_WAIT_POLLOUT ? POLLOUT
											 : POLLIN};
	if (poll(polled, n_wait, timeout_ms) < 0 && errno != EINTR)
		return err_sys(err, errno, "wait for the unpackers");
	return 0;
}

int layer_pulls_run(struct layer_pull *layers, size_t n, const struct layer_pull_context *c,
		    struct masu_error *err)
{
	size_t slots = at_once();

	for (;;) {
		int timeout_ms = round_over(layers, n, c, slots, err);

		if (timeout_ms == -1)
			return 0;
		if (timeout_ms < 0)
			return err->code ? -err->code : -EIO;
		int r = wait_for_any(layers, n, c, timeout_ms, err);
		if (r < 0)
			return r;
	}
}
