/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Watches containers with libmasu: prints each event as it comes and then what the running containers use, until its
 * standard input ends. Nothing is polled by time: one loop waits for both.
 *
 *	cc watch.c $(pkg-config --cflags --libs masu) -o watch
 *	./watch
 */

#include <errno.h>
#include <inttypes.h>
#include <masu.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int fail(const masu_error *error)
{
	fprintf(stderr, "watch: %s\n", masu_error_get_message(error));
	return -1;
}

static void show_event(const struct masu_event *event)
{
	const time_t seconds = (time_t)(event->time / 1000000000);
	char clock[16] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	printf("%s %s %s %s", clock, masu_event_type_name(event->type),
	       event->name ? event->name : "", event->action);
	if (event->has_exit_code)
		printf(" with exit code %d", event->exit_code);
	printf("\n");
}

/* A container may exit between the listing and its sample. */
static void show_usage(masu_container *c)
{
	struct masu_stats stats = {.size = sizeof(stats)};

	if (masu_container_stats(c, &stats, NULL) < 0)
		return;
	printf("         %s:", masu_container_name(c));
	if (stats.memory != MASU_UNKNOWN)
		printf(" %" PRIu64 " KiB of memory", stats.memory / 1024);
	if (stats.cpu_ns != MASU_UNKNOWN)
		printf(" %" PRIu64 " ms of processor time", stats.cpu_ns / 1000000);
	if (stats.pids != MASU_UNKNOWN)
		printf(" %" PRIu64 " processes", stats.pids);
	printf("\n");
}

static int show_containers(masu_engine *engine, masu_error *error)
{
	masu_container_list *list = NULL;
	int r = masu_container_list_read(engine, NULL, &list, error); /* the running ones */

	if (r < 0)
		return r;
	for (size_t i = 0; i < masu_container_list_count(list); i++)
		show_usage(masu_container_list_get(list, i));
	masu_container_list_free(list);
	fflush(stdout);
	return 0;
}

static int show_events(masu_events *events, masu_error *error)
{
	struct masu_event event = {.size = sizeof(event)};
	int r;

	while ((r = masu_events_next(events, 0, &event, error)) > 0)
		show_event(&event);
	return r == -ETIMEDOUT ? 0 : r; /* no further one is there yet */
}

static int watch(masu_engine *engine, masu_events *events, masu_error *error)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			       {.fd = masu_events_fd(events), .events = POLLIN}};
	char typed[256];

	for (;;) {
		if (show_events(events, error) < 0 || show_containers(engine, error) < 0)
			return -1;
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return 0;
		if (fds[0].revents && read(STDIN_FILENO, typed, sizeof(typed)) <= 0)
			return 0;
	}
}

int main(void)
{
	const struct masu_events_options options = {
		.size = sizeof(options), .since = -1, .follow = true};
	masu_engine *engine = NULL;
	masu_events *events = NULL;
	masu_error *error;
	int r;

	if (masu_error_new(&error) < 0)
		return 1;
	r = masu_engine_open(NULL, &engine, error);
	if (r == 0)
		r = masu_events_new(engine, &options, &events, error);
	if (r == 0)
		r = watch(engine, events, error);
	if (r < 0)
		r = fail(error);
	masu_events_free(events);
	masu_engine_free(engine);
	masu_error_free(error);
	return r < 0;
}
