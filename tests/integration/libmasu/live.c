/* SPDX-License-Identifier: Apache-2.0 */

/* The steps of an orchestrator with a running container: live ROOTFS OLD-NAME NEW-NAME. */

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "check.h"

static void inspected(masu_container *c, const char *wanted)
{
	char *json = NULL;

	CHECK(masu_container_inspect(c, &json, error) == 0);
	check(strstr(json, wanted) != NULL, wanted);
	free(json);
}

static void pause_and_update(masu_container *c)
{
	const struct masu_update_options update = {
		.size = sizeof(update), .memory = 96 << 20, .pids = 30};
	const struct masu_update_options wrong = {.size = sizeof(wrong), .memory = 1};

	CHECK(masu_container_pause(c, error) == 0);
	CHECK(masu_container_refresh(c, error) == 0);
	CHECK(masu_container_status(c) == MASU_STATUS_PAUSED);
	REFUSES(masu_container_pause(c, error), MASU_ERROR_CONFLICT);
	CHECK(masu_container_update(c, &update, error) == 0);
	REFUSES(masu_container_update(c, &wrong, error), MASU_ERROR_INVALID);
	inspected(c, "\"Memory\":100663296");
	inspected(c, "\"PidsLimit\":30");
	CHECK(masu_container_unpause(c, error) == 0);
	REFUSES(masu_container_unpause(c, error), MASU_ERROR_CONFLICT);
}

static void check_health(masu_container *c)
{
	int code = -2;

	CHECK(masu_container_refresh(c, error) == 0);
	CHECK(masu_container_health(c) == MASU_HEALTH_STARTING);
	CHECK(masu_container_health_check(c, &code, error) == 0 && code == 1);
	CHECK(masu_container_refresh(c, error) == 0);
	CHECK(strcmp(masu_health_name(masu_container_health(c)), "unhealthy") == 0);
	CHECK(masu_container_wait(c, MASU_WAIT_UNHEALTHY, &code, error) == 0 && code == -1);
}

static void rename_it(masu_engine *e, masu_container *c, const char *old, const char *name)
{
	masu_container *found = NULL;

	CHECK(masu_container_rename(c, name, error) == 0);
	CHECK(strcmp(masu_container_name(c), name) == 0);
	REFUSES(masu_container_find(e, old, &found, error), MASU_ERROR_NOT_FOUND);
	REFUSES(masu_container_rename(c, name, error), MASU_ERROR_CONFLICT);
	REFUSES(masu_container_rename(c, "/", error), MASU_ERROR_INVALID);
	CHECK(masu_container_find(e, name, &found, error) == 0);
	masu_container_free(found);
}

static void list_processes(masu_container *c)
{
	char *const columns[] = {(char *)"pid,ppid", (char *)"args", NULL};
	char *const wrong[] = {(char *)"nosuch", NULL};
	char *json = NULL;

	CHECK(masu_container_top(c, columns, &json, error) == 0);
	CHECK(strcmp(json, "{\"Titles\":[\"PID\",\"PPID\",\"COMMAND\"],"
			   "\"Processes\":[[\"1\",\"0\",\"sleep 1000\"]]}") == 0);
	free(json);
	REFUSES(masu_container_top(c, wrong, &json, error), MASU_ERROR_UNAVAILABLE);
}

/* As an event loop does: a sample whenever the descriptor is readable, and the end. */
static void watch(masu_container *c)
{
	const struct masu_stop_options now = {.size = sizeof(now), .timeout_s = -1};
	struct masu_stats stats = {.size = sizeof(stats)};
	masu_sampler *sampler = NULL;
	int64_t last = 0;
	int r;

	CHECK(masu_container_stats(c, &stats, error) == 0);
	CHECK(stats.memory_limit == 96 << 20 && stats.pids == 1 && stats.pids_limit == 30);
	CHECK(stats.network_received == 0 && stats.cpu_ns != MASU_UNKNOWN);
	CHECK(masu_sampler_new(c, 20, &sampler, error) == 0);
	struct pollfd fd = {.fd = masu_sampler_fd(sampler), .events = POLLIN};
	for (int n = 0; n < 3;) {
		CHECK(poll(&fd, 1, -1) == 1);
		r = masu_sampler_step(sampler, &stats, error);
		CHECK(r >= 0);
		if (r == 0)
			continue;
		CHECK(stats.time > last && stats.pids == 1);
		last = stats.time;
		n++;
	}
	CHECK(masu_container_stop(c, &now, error) == 0);
	CHECK(poll(&fd, 1, -1) == 1);
	REFUSES(masu_sampler_step(sampler, &stats, error), MASU_ERROR_CONFLICT);
	masu_sampler_free(sampler);
	REFUSES(masu_container_stats(c, &stats, error), MASU_ERROR_CONFLICT);
	REFUSES(masu_sampler_new(c, 20, &sampler, error), MASU_ERROR_CONFLICT);
}

static void size_and_prune(masu_engine *e, masu_container *c)
{
	const struct masu_list_options none = {.size = sizeof(none),
					       .before = masu_container_id(c)};
	const struct masu_list_options bad = {.size = sizeof(bad), .before = "nosuch"};
	masu_container_list *list = NULL;
	uint64_t written = 1, total = 1;

	CHECK(masu_container_size(c, &written, &total, error) == 0);
	CHECK(written == 0 && total == 0);
	CHECK(masu_container_prune(e, &none, &list, error) == 0);
	CHECK(masu_container_list_count(list) == 0);
	masu_container_list_free(list);
	list = NULL;
	REFUSES(masu_container_prune(e, &bad, &list, error), MASU_ERROR_NOT_FOUND);
	CHECK(list == NULL);
	CHECK(masu_container_prune(e, NULL, &list, error) == 0);
	CHECK(masu_container_list_count(list) == 1);
	CHECK(strcmp(masu_container_id(masu_container_list_get(list, 0)), masu_container_id(c)) ==
	      0);
	masu_container_list_free(list);
}

static void exposed(masu_container *c)
{
	struct masu_exposed_ports ports = {.size = sizeof(ports)};

	CHECK(masu_container_exposed(c, 0, &ports) == 0 && ports.first == 80 && ports.last == 81);
	CHECK(ports.udp && !ports.published);
	CHECK(masu_container_exposed(c, 1, &ports) == -ENOENT);
}

int main(int argc, char **argv)
{
	char *const expose[] = {(char *)"80-81/udp", NULL};
	char *const command[] = {(char *)"sleep", (char *)"1000", NULL};
	char *const test[] = {(char *)"CMD", (char *)"sleep", (char *)"wrong", NULL};
	masu_engine *e = NULL;
	masu_container *c = NULL;

	if (argc != 4)
		return 2;
	const struct masu_health_options health = {
		.size = sizeof(health), .test = test, .interval = -1, .retries = 1};
	const struct masu_create_options create = {.size = sizeof(create),
						   .rootfs = true,
						   .image = argv[1],
						   .name = argv[2],
						   .command = command,
						   .network = "none",
						   .expose = expose,
						   .health = &health};
	CHECK(masu_error_new(&error) == 0);
	CHECK(masu_engine_open(NULL, &e, error) == 0);
	CHECK(masu_container_create(e, &create, &c, error) == 0);
	exposed(c);
	REFUSES(masu_container_pause(c, error), MASU_ERROR_CONFLICT);
	CHECK(masu_container_start(c, error) == 0);
	check_health(c);
	pause_and_update(c);
	rename_it(e, c, argv[2], argv[3]);
	list_processes(c);
	watch(c);
	inspected(c, "\"PidsLimit\":30");
	size_and_prune(e, c);
	masu_container_free(c);
	masu_engine_free(e);
	masu_error_free(error);
	return 0;
}
