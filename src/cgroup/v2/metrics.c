/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "cgroup/metrics.h"
#include "cgroup/v2/v2.h"
#include "cgroup/walk.h"

#define NSEC_PER_USEC 1000

static void put_line(struct metrics *m, struct json_object *o, char *line)
{
	static const char *const averages[] = {"avg10", "avg60", "avg300"};
	char *saved = NULL;
	uint64_t total;

	for (char *word = strtok_r(line, " ", &saved); word; word = strtok_r(NULL, " ", &saved)) {
		const char *text = str_after(word, "total=");
		char *value = strchr(word, '=');

		if (text && str_to_uint64(text, UINT64_MAX, &total) == 0)
			build_uint(&m->build, o, "total", total);
		for (size_t i = 0; value && i < ARRAY_SIZE(averages); i++)
			if (str_after(word, averages[i]) == value)
				build_put(&m->build, o, averages[i],
					  json_object_new_double(strtod(value + 1, NULL)));
	}
}

/* Pressure stall information: "some avg10=0.00 ...", and a line "full". */
static void put_pressure(struct metrics *m, struct json_object *o, int fd, const char *file)
{
	_cleanup_free_ char *text = NULL;
	char *line, *saved = NULL;

	if (file_read(fd, file, METRICS_TEXT_MAX, &text, NULL) < 0)
		return; /* not built in, or switched off */
	struct json_object *psi = metrics_object(m, o, "psi");
	for (line = strtok_r(text, "\n", &saved); line; line = strtok_r(NULL, "\n", &saved)) {
		const char *kind = str_after(line, "some ") ? "some" : "full";

		put_line(m, metrics_object(m, psi, kind), line);
	}
}

static void put_cpu(struct metrics *m, int fd)
{
	struct json_object *cpu = metrics_object(m, m->data, "cpu");
	struct json_object *usage = metrics_object(m, cpu, "usage");
	struct json_object *throttling = metrics_object(m, cpu, "throttling");

	metrics_add(m, usage, "total",
		    (struct metrics_source){fd, "cpu.stat", "usage_usec", NSEC_PER_USEC});
	metrics_add(m, usage, "kernel",
		    (struct metrics_source){fd, "cpu.stat", "system_usec", NSEC_PER_USEC});
	metrics_add(m, usage, "user",
		    (struct metrics_source){fd, "cpu.stat", "user_usec", NSEC_PER_USEC});
	metrics_add(m, throttling, "periods",
		    (struct metrics_source){fd, "cpu.stat", "nr_periods"});
	metrics_add(m, throttling, "throttledPeriods",
		    (struct metrics_source){fd, "cpu.stat", "nr_throttled"});
	metrics_add(m, throttling, "throttledTime",
		    (struct metrics_source){fd, "cpu.stat", "throttled_usec", NSEC_PER_USEC});
	put_pressure(m, cpu, fd, "cpu.pressure");
}

/* The swap entry counts memory and swap together, as that of v1 does. */
static void put_swap(struct metrics *m, struct json_object *memory, const struct cgroup *cg)
{
	struct cgroup_stats s;

	if (v2_stats(cg, &s, NULL) < 0 || s.memory == CGROUP_UNKNOWN || s.swap == CGROUP_UNKNOWN)
		return;
	struct json_object *swap = metrics_object(m, memory, "swap");
	build_uint(&m->build, swap, "usage", s.memory + s.swap);
}

static void put_memory(struct metrics *m, const struct cgroup *cg, int fd)
{
	struct json_object *memory = metrics_object(m, m->data, "memory");
	struct json_object *usage = metrics_object(m, memory, "usage");

	metrics_add(m, memory, "cache", (struct metrics_source){fd, "memory.stat", "file"});
	metrics_add(m, usage, "limit", (struct metrics_source){fd, "memory.max"});
	metrics_add(m, usage, "usage", (struct metrics_source){fd, "memory.current"});
	metrics_add(m, usage, "max", (struct metrics_source){fd, "memory.peak"});
	metrics_add(m, usage, "failcnt", (struct metrics_source){fd, "memory.events", "max"});
	put_swap(m, memory, cg);
	metrics_memory_stat(m, metrics_object(m, memory, "raw"), fd);
	put_pressure(m, memory, fd, "memory.pressure");
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static void put_device(struct metrics *m, char *line, struct json_object *bytes,
		       struct json_object *operations)
{
	static const struct {
		const char *prefix, *operation;
		bool is_bytes;
	} words[] = {
		{"rbytes=", "Read", true}, {"wbytes=", "Write", true}, {"dbytes=", "Discard", true},
		{"rios=", "Read", false},  {"wios=", "Write", false},  {"dios=", "Discard", false},
	};
	unsigned int major, minor;
	char *saved = NULL, *word = metrics_device(line, &major, &minor);
	uint64_t value;

	for (word = word ? strtok_r(word, " ", &saved) : NULL; word;
	     word = strtok_r(NULL, " ", &saved))
		for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
			const char *text = str_after(word, words[i].prefix);

			if (text && str_to_uint64(text, UINT64_MAX, &value) == 0)
				metrics_block(m, words[i].is_bytes ? bytes : operations, major,
					      minor, words[i].operation, value);
		}
}

static void put_block_io(struct metrics *m, int fd)
{
	struct json_object *io = metrics_object(m, m->data, "blkio");
	struct json_object *bytes = build_array(&m->build, io, "ioServiceBytesRecursive");
	struct json_object *operations = build_array(&m->build, io, "ioServicedRecursive");
	_cleanup_free_ char *text = NULL;
	char *line, *saved = NULL;

	if (m->build.failed || file_read(fd, "io.stat", METRICS_TEXT_MAX, &text, NULL) < 0)
		return;
	for (line = strtok_r(text, "\n", &saved); line; line = strtok_r(NULL, "\n", &saved))
		put_device(m, line, bytes, operations);
	put_pressure(m, io, fd, "io.pressure");
}

void v2_metrics(const struct cgroup *cg, struct metrics *m)
{
	int fd = cgroup_limits_group(cg);

	put_cpu(m, fd);
	put_memory(m, cg, fd);
	metrics_pids(m, fd);
	put_block_io(m, fd);
	metrics_hugepages(m, fd, "current", NULL);
}

/* "8:0 rbytes=1 wbytes=2 ...", a line for each device. */
static void read_io(int group, struct cgroup_stats *s)
{
	_cleanup_free_ char *text = NULL;
	char *saved = NULL;

	s->io_read = s->io_written = CGROUP_UNKNOWN;
	if (file_read(group, "io.stat", METRICS_TEXT_MAX, &text, NULL) < 0)
		return;
	s->io_read = s->io_written = 0;
	for (char *word = strtok_r(text, " \n", &saved); word;
	     word = strtok_r(NULL, " \n", &saved)) {
		const char *value;
		uint64_t n;

		if ((value = str_after(word, "rbytes=")) &&
		    str_to_uint64(value, INT64_MAX, &n) == 0)
			s->io_read += n;
		if ((value = str_after(word, "wbytes=")) &&
		    str_to_uint64(value, INT64_MAX, &n) == 0)
			s->io_written += n;
	}
}

int v2_count_oom_kills(int group, uint64_t *ret)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(group, "memory.events", METRICS_TEXT_MAX, &text, NULL);

	return r < 0 ? r : walk_find_number(text, "oom_kill", ret);
}

int v2_oom_kills(const struct cgroup *cg, uint64_t *ret)
{
	*ret = 0;
	if (cg->container_fd < 0)
		return 0;
	int r = v2_count_oom_kills(cgroup_limits_group(cg), ret);
	/* Without the controller no process is killed; without the group the number is unknown. */
	if (r == -ENOENT && faccessat(cg->container_fd, "cgroup.events", F_OK, 0) == 0)
		return 0;
	return r;
}

int v2_stats(const struct cgroup *cg, struct cgroup_stats *ret, struct masu_error *err)
{
	static const char *const cpu_keys[] = {"usage_usec", "user_usec", "system_usec",
					       "throttled_usec"};
	struct cgroup_stats s;
	uint64_t *const cpu_fields[] = {&s.cpu_usec, &s.cpu_user_usec, &s.cpu_system_usec,
					&s.cpu_throttled_usec};
	int group = cgroup_limits_group(cg);

	if (group < 0)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "the container has no cgroup of its own, so nothing is counted");
	if (faccessat(group, "cgroup.events", F_OK, 0) < 0)
		return err_sys(err, errno, "read the statistics of '%s'", cg->path);
	counts_fields(group, "cpu.stat", cpu_keys, cpu_fields, ARRAY_SIZE(cpu_keys));
	s.memory_file = counts_field(group, "memory.stat", "inactive_file");
	s.memory = counts_number(group, "memory.current");
	s.memory_limit = counts_number(group, "memory.max");
	s.memory_peak = counts_number(group, "memory.peak");
	s.swap = counts_number(group, "memory.swap.current");
	s.pids = counts_number(group, "pids.current");
	s.pids_limit = counts_number(group, "pids.max");
	read_io(group, &s);
	if (v2_oom_kills(cg, &s.oom_kills) < 0)
		s.oom_kills = CGROUP_UNKNOWN;
	*ret = s;
	return 0;
}
