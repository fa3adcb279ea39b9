/* SPDX-License-Identifier: Apache-2.0 */

/* Samples of a running container: its cgroup counts, and the interfaces of its network namespace. */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/container.h"
#include "engine/options.h"
#include "net/network.h"

#define NET_DEV_MAX	(1u << 20)
#define INTERVAL_MIN_MS 10

static_assert(MASU_UNKNOWN == CGROUP_UNKNOWN, "masu.h and cgroup.h differ in unknown numbers");

struct masu_sampler {
	struct instance instance;
	struct cgroup *cg;
	char *name;
	bool own_network;
	int events; /* epoll: the next, and init's pidfd */
	int timer;
	uint64_t last_cpu_ns;
	int64_t last_ns; /* time_now() of the last sample; before it the start */
};

void masu_sampler_free(masu_sampler *s)
{
	if (!s)
		return;
	instance_done(&s->instance);
	cgroup_free(s->cg);
	free(s->name);
	fd_close(&s->events);
	fd_close(&s->timer);
	free(s);
}

int masu_sampler_fd(const masu_sampler *s)
{
	return s->events;
}

static bool has_own_network(const char *text)
{
	struct network network = NETWORK_INIT;
	bool own = network_parse(text, &network, NULL) == 0 && !network.backend->shares_host;

	network_done(&network);
	return own;
}

/* "  eth0: BYTES PACKETS 6 OTHERS BYTES ...": received, then sent. */
static void add_interface(const char *line, struct masu_stats *stats)
{
	const char *numbers = strchr(line, ':');

	if (!numbers || str_after(line + strspn(line, " "), "lo:"))
		return;
	stats->network_received += str_word_number(numbers + 1, 0);
	stats->network_sent += str_word_number(numbers + 1, 8);
}

static void read_network(const masu_sampler *s, struct masu_stats *stats)
{
	_cleanup_free_ char *text = NULL;
	char path[64], *saved = NULL;

	stats->network_received = stats->network_sent = MASU_UNKNOWN;
	(void)snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)s->instance.state.pid);
	if (!s->own_network || file_read(AT_FDCWD, path, NET_DEV_MAX, &text, NULL) < 0)
		return;
	stats->network_received = stats->network_sent = 0;
	for (char *line = strtok_r(text, "\n", &saved); line; line = strtok_r(NULL, "\n", &saved))
		add_interface(line, stats);
}

/* Without a limit of its own the container may have the machine's memory. */
static uint64_t memory_limit(uint64_t limit)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		return limit;
	return MIN(limit, (uint64_t)info.totalram * info.mem_unit);
}

static void take_counts(const struct cgroup_stats *counts, struct masu_stats *stats)
{
	uint64_t cache = counts->memory_file == CGROUP_UNKNOWN ? 0 : counts->memory_file;
	bool has_memory = counts->memory != CGROUP_UNKNOWN;

	stats->cpu_ns = counts->cpu_usec == CGROUP_UNKNOWN ? MASU_UNKNOWN : counts->cpu_usec * 1000;
	stats->memory = has_memory ? counts->memory - MIN(cache, counts->memory) : MASU_UNKNOWN;
	stats->memory_limit = has_memory ? memory_limit(counts->memory_limit) : MASU_UNKNOWN;
	stats->pids = counts->pids;
	stats->pids_limit = counts->pids_limit == CGROUP_NO_LIMIT ? MASU_UNKNOWN
								  : counts->pids_limit;
	stats->block_read = counts->io_read;
	stats->block_written = counts->io_written;
}

/* Percent of one processor since the last sample. */
static void take_load(masu_sampler *s, struct masu_stats *stats)
{
	int64_t elapsed = stats->time - s->last_ns;

	if (stats->cpu_ns == MASU_UNKNOWN)
		return;
	if (elapsed > 0 && stats->cpu_ns >= s->last_cpu_ns)
		stats->cpu_percent = 100.0 * (double)(stats->cpu_ns - s->last_cpu_ns) /
				     (double)elapsed;
	s->last_cpu_ns = stats->cpu_ns;
	s->last_ns = stats->time;
}

static int ended(const masu_sampler *s, struct masu_error *err)
{
	return err_set(err, ERR_CONFLICT, ESRCH, "container '%s' is not running", s->name);
}

static int sample(masu_sampler *s, struct masu_stats *ret, struct masu_error *err)
{
	struct masu_stats stats = {.size = sizeof(stats), .time = time_now()};
	struct cgroup_stats counts;
	int r = cgroup_stats(s->cg, &counts, err);

	if (r < 0)
		return pidfd_wait(s->instance.pidfd, 0) ? ended(s, err) : r;
	take_counts(&counts, &stats);
	take_load(s, &stats);
	read_network(s, &stats);
	if (pidfd_wait(s->instance.pidfd, 0)) /* and its pid may be another process's */
		return ended(s, err);
	options_give(ret, &stats, sizeof(stats));
	return 0;
}

static int watch(masu_sampler *s, int interval_ms)
{
	const int64_t ns = (int64_t)MAX(interval_ms, INTERVAL_MIN_MS) * 1000000;
	const struct itimerspec times = {
		.it_value = {.tv_nsec = 1}, /* the first sample is due at once */
		.it_interval = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000}};
	struct epoll_event event = {.events = EPOLLIN};

	s->events = epoll_create1(EPOLL_CLOEXEC);
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->events < 0 || s->timer < 0 || timerfd_settime(s->timer, 0, &times, NULL) < 0 ||
	    epoll_ctl(s->events, EPOLL_CTL_ADD, s->timer, &event) < 0)
		return -errno;
	/* Otherwise the end shows with the next sample. */
	if (pidfd_polls(s->instance.pidfd))
		(void)epoll_ctl(s->events, EPOLL_CTL_ADD, s->instance.pidfd, &event);
	return 0;
}

static int new_sampler(masu_container *c, masu_sampler **ret, struct masu_error *err)
{
	_cleanup_(masu_sampler_freep) masu_sampler *s = calloc(1, sizeof(*s));

	if (!s)
		return err_oom(err);
	s->instance = INSTANCE_INIT;
	s->events = s->timer = -1;
	int r = container_instance(c, &s->instance, err);
	if (r < 0)
		return r;
	r = instance_live_cgroup(&s->instance, &s->cg, err);
	if (r < 0)
		return r;
	s->name = strdup(c->record.name);
	if (!s->name)
		return err_oom(err);
	s->own_network = has_own_network(c->record.network);
	s->last_ns = c->state.started_ns;
	*ret = TAKE_PTR(s);
	return 0;
}

int masu_sampler_new(masu_container *c, int interval_ms, masu_sampler **ret, masu_error *err)
{
	_cleanup_(masu_sampler_freep) masu_sampler *s = NULL;
	int r = new_sampler(c, &s, err);

	if (r < 0)
		return r;
	r = watch(s, interval_ms);
	if (r < 0)
		return err_sys(err, r, "read the statistics of container '%s'", c->record.name);
	*ret = TAKE_PTR(s);
	return 0;
}

int masu_sampler_step(masu_sampler *s, struct masu_stats *ret, masu_error *err)
{
	uint64_t expired;

	if (pidfd_wait(s->instance.pidfd, 0))
		return ended(s, err);
	if (read(s->timer, &expired, sizeof(expired)) != sizeof(expired))
		return 0;
	int r = sample(s, ret, err);
	return r < 0 ? r : 1;
}

int masu_container_stats(masu_container *c, struct masu_stats *ret, masu_error *err)
{
	_cleanup_(masu_sampler_freep) masu_sampler *s = NULL;
	int r = new_sampler(c, &s, err);

	return r < 0 ? r : sample(s, ret, err);
}
