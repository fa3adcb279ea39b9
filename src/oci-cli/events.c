/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A line of JSON for each event, in runc's words: {"type":"stats"|"oom"|..., "id":ID, "data":...}.
 * The statistics come at an interval, the others when the kernel tells; it ends with the container.
 */

#include <errno.h>
#include <poll.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "cgroup/metrics.h"
#include "cgroup/watch.h"
#include "cli/print.h"
#include "oci-cli/bundle.h"

#define INTERVAL_DEFAULT_MS 5000
#define PRESSURE_PAUSE_MS   1000
#define LOOK_MS		    100 /* for the end, where pidfds can't be polled for it */

/* "5s", "1m30s", "100ms", as Go writes a duration, of whole numbers. */
static int parse_interval(const char *text, int64_t *ret_ms, struct err *err)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	int64_t total = 0;

	for (const char *p = text; *p;) {
		char *end;
		unsigned long n = strtoul(p, &end, 10);
		size_t i = 0, length = strspn(end, "hms");

		while (i < ARRAY_SIZE(units) && (strlen(units[i].unit) != length ||
						 strncmp(units[i].unit, end, length) != 0))
			i++;
		if (end == p || *p < '0' || *p > '9' || n > 1000000 || i == ARRAY_SIZE(units))
			total = INT64_MIN / 2;
		else
			total += (int64_t)n * units[i].ms;
		p = total < 0 ? "" : end + length;
	}
	if (total <= 0)
		return err_set(err, ERR_INVALID, EINVAL, "--interval '%s' is not like 5s or 100ms",
			       text);
	*ret_ms = total;
	return 0;
}

/* Takes the data. */
static int print_event(const char *type, const char *id, struct json_object *data, struct err *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, o, "type", type);
	build_text(&b, o, "id", id);
	if (data)
		build_put(&b, o, "data", data);
	return print_json(b.failed ? NULL : o, false, err);
}

static int print_stats(const struct cgroup *cg, const char *id, struct err *err)
{
	struct json_object *data;
	int r = cgroup_metrics(cg, &data, err);

	return r == 0 ? print_event("stats", id, data, err) : r;
}

static int print_watched(enum watch_event event, const char *id, struct err *err)
{
	static const char *const levels[WATCH_EVENT_MAX] = {
		[WATCH_PRESSURE] = "medium", [WATCH_PRESSURE_HIGH] = "critical"};
	struct json_build b = {0};

	if (event == WATCH_NOTHING)
		return 0;
	if (event == WATCH_OOM)
		return print_event("oom", id, NULL, err);
	struct json_object *data = json_object_new_object();

	build_text(&b, data, "level", levels[event]);
	return print_event("memory-pressure", id, data, err);
}

/* The kernel tells of pressure as often as it reclaims; once in a while is enough. */
static bool is_due(enum watch_event event, int64_t told[WATCH_EVENT_MAX])
{
	int64_t now = time_monotonic_ms();

	if (event == WATCH_OOM)
		return true;
	if (now - told[event] < PRESSURE_PAUSE_MS)
		return false;
	told[event] = now;
	return event != WATCH_NOTHING;
}

static int stream(const struct bundle *b, const struct cgroup *cg, int64_t interval,
		  struct err *err)
{
	_cleanup_cgroup_watch_ struct cgroup_watch w = {.group = -1};
	int64_t told[WATCH_EVENT_MAX] = {0};
	int64_t next = time_monotonic_ms() + interval;
	bool polls = proc_pidfd_polls(b->pidfd);
	int r = cgroup_watch(cg, &w, err);

	while (r == 0) {
		struct pollfd fds[WATCH_FDS_MAX + 1];
		int64_t left = MIN(MAX(next - time_monotonic_ms(), 0), polls ? INT32_MAX : LOOK_MS);

		for (size_t i = 0; i < w.n; i++)
			fds[i] = w.fds[i];
		fds[w.n] = (struct pollfd){.fd = polls ? b->pidfd : -1, .events = POLLIN};
		if (poll(fds, w.n + 1, (int)left) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(err, errno, "wait for events");
		}
		bool ended = polls ? fds[w.n].revents : proc_pidfd_wait(b->pidfd, 0);
		for (size_t i = 0; r == 0 && i < w.n; i++) {
			w.fds[i].revents = fds[i].revents;
			enum watch_event event = cgroup_watch_read(&w, i);
			if (is_due(event, told))
				r = print_watched(event, b->state.id, err);
		}
		/* What it said before its end has been printed by now. */
		if (ended)
			break;
		if (r == 0 && time_monotonic_ms() >= next) {
			next += interval;
			r = print_stats(cg, b->state.id, err);
		}
	}
	return r;
}

static int events_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	int64_t interval = INTERVAL_DEFAULT_MS;
	int r = o->interval ? parse_interval(o->interval, &interval, err) : 0;

	if (r == 0)
		r = bundle_find(o->globals, operands[0], &b, err);
	if (r == 0)
		r = bundle_live_cgroup(&b, &cg, err);
	if (r < 0)
		return r;
	return o->stats ? print_stats(cg, operands[0], err) : stream(&b, cg, interval, err);
}

static const struct option_row events_rows[] = {
	OCI_ROW(OPTION_STRING, interval, 0, "interval", "TIME",
		"between the statistics (default 5s)"),
	OCI_ROW(OPTION_FLAG, stats, 0, "stats", NULL, "print the statistics once, and end"),
	{0},
};

const struct command oci_command_events = {
	.name = "events",
	.operands = "ID",
	.summary = "Print statistics, and when memory is short, as lines of JSON",
	.options = events_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = events_run,
};
