/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/events.h"

#include <errno.h>
#include <poll.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/pidfd.h"
#include "base/time.h"
#include "cgroup/cgroup.h"
#include "cgroup/watch.h"

#define PRESSURE_PAUSE_MS 1000
#define LOOK_MS		  100 /* for the end of init, if pidfds can't be polled for it */

struct stream {
	const struct instance *container;
	const struct cgroup *cg;
	struct cgroup_watch watch;
	int64_t reported_ms[WATCH_EVENT_MAX]; /* when each was last */
	int64_t next_ms, interval_ms;	      /* of the statistics */
	bool polls;			      /* the pidfd can be polled */
	int (*emit)(void *arg, struct json_object *event, struct masu_error *err);
	void *arg;
};

/* Takes the data. */
static int make_event(const char *type, const char *id, struct json_object *data,
		      struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, o, "type", type);
	build_text(&b, o, "id", id);
	if (data)
		build_put(&b, o, "data", data);
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(o);
	return 0;
}

static int get_stats(const struct cgroup *cg, const char *id, struct json_object **ret,
		     struct masu_error *err)
{
	struct json_object *data;
	int r = cgroup_metrics(cg, &data, err);

	return r < 0 ? r : make_event("stats", id, data, ret, err);
}

int instance_stats(const struct instance *c, struct json_object **ret, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	int r = instance_live_cgroup(c, &cg, err);

	return r < 0 ? r : get_stats(cg, c->state.id, ret, err);
}

static int emit_stats(struct stream *s, struct masu_error *err)
{
	_cleanup_json_ struct json_object *event = NULL;
	int r = get_stats(s->cg, s->container->state.id, &event, err);

	s->next_ms += s->interval_ms;
	return r < 0 ? r : s->emit(s->arg, event, err);
}

static int emit_watched(struct stream *s, enum watch_event what, struct masu_error *err)
{
	static const char *const levels[WATCH_EVENT_MAX] = {
		[WATCH_PRESSURE] = "medium", [WATCH_PRESSURE_HIGH] = "critical"};
	_cleanup_json_ struct json_object *event = NULL;
	struct json_object *data = what == WATCH_OOM ? NULL : json_object_new_object();
	const char *id = s->container->state.id;
	struct json_build b = {0};

	if (what != WATCH_OOM)
		build_text(&b, data, "level", levels[what]);
	if (b.failed) {
		json_putp(&data);
		return err_oom(err);
	}
	int r = make_event(data ? "memory-pressure" : "oom", id, data, &event, err);
	return r < 0 ? r : s->emit(s->arg, event, err);
}

/* The kernel reports pressure as often as it reclaims; once in a while is enough. */
static bool is_due(struct stream *s, enum watch_event what)
{
	int64_t now = time_monotonic_ms();

	if (what == WATCH_NOTHING || what == WATCH_OOM)
		return what == WATCH_OOM;
	if (now - s->reported_ms[what] < PRESSURE_PAUSE_MS)
		return false;
	s->reported_ms[what] = now;
	return true;
}

/* Waits for the next event, the next statistics or the end, and sets the watch's results. */
static int wait_for_events(struct stream *s, bool *ret_ended, struct masu_error *err)
{
	struct cgroup_watch *w = &s->watch;
	struct pollfd fds[WATCH_FDS_MAX + 1];
	int pidfd = s->container->pidfd;
	int64_t left = MIN(MAX(s->next_ms - time_monotonic_ms(), 0),
			   s->polls ? INT32_MAX : LOOK_MS);

	for (size_t i = 0; i < w->n; i++)
		fds[i] = w->fds[i];
	fds[w->n] = (struct pollfd){.fd = s->polls ? pidfd : -1, .events = POLLIN};
	int n = poll(fds, w->n + 1, (int)left);
	if (n < 0 && errno != EINTR)
		return err_sys(err, errno, "wait for events");
	for (size_t i = 0; i < w->n; i++)
		w->fds[i].revents = n < 0 ? 0 : fds[i].revents;
	*ret_ended = s->polls ? n > 0 && fds[w->n].revents : pidfd_wait(pidfd, 0);
	return 0;
}

static int run(struct stream *s, struct masu_error *err)
{
	for (bool ended = false; !ended;) {
		int r = wait_for_events(s, &ended, err);

		if (r < 0)
			return r;
		/* Events from before the end are reported before it. */
		for (size_t i = 0; i < s->watch.n; i++) {
			enum watch_event what = cgroup_watch_read(&s->watch, i);

			r = is_due(s, what) ? emit_watched(s, what, err) : 0;
			if (r < 0)
				return r;
		}
		if (ended || time_monotonic_ms() < s->next_ms)
			continue;
		r = emit_stats(s, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int instance_events(const struct instance *c, int64_t interval_ms,
		    int (*emit)(void *arg, struct json_object *event, struct masu_error *err),
		    void *arg, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	int r = instance_live_cgroup(c, &cg, err);

	if (r < 0)
		return r;
	struct stream s = {
		.container = c,
		.cg = cg,
		.watch = {.group = -1},
		.interval_ms = interval_ms,
		.next_ms = time_monotonic_ms() + interval_ms,
		.polls = pidfd_polls(c->pidfd),
		.emit = emit,
		.arg = arg,
	};
	r = cgroup_watch(cg, &s.watch, err);
	if (r == 0)
		r = run(&s, err);
	cgroup_watch_done(&s.watch);
	return r;
}
