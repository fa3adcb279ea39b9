/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cpulist.h"
#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "cgroup/metrics.h"
#include "cgroup/v1/v1.h"

/* The numbers of a line, of each processor. */
static void put_numbers(struct metrics *m, struct json_object *o, const char *name, int fd,
			const char *file)
{
	_cleanup_free_ char *text = NULL;
	char *word, *saved = NULL;
	uint64_t value;

	if (fd < 0 || file_read(fd, file, METRICS_TEXT_MAX, &text, NULL) < 0)
		return;
	struct json_object *list = build_array(&m->build, o, name);
	for (word = strtok_r(text, " \n", &saved); list && word;
	     word = strtok_r(NULL, " \n", &saved))
		if (str_to_uint64(word, UINT64_MAX, &value) == 0)
			build_uint(&m->build, list, NULL, value);
}

static void put_cpu(struct metrics *m, int acct, int cpu_fd)
{
	struct json_object *cpu = metrics_object(m, m->data, "cpu");
	struct json_object *usage = metrics_object(m, cpu, "usage");
	struct json_object *throttling = metrics_object(m, cpu, "throttling");

	metrics_add(m, usage, "total", (struct metrics_source){acct, "cpuacct.usage"});
	put_numbers(m, usage, "percpu", acct, "cpuacct.usage_percpu");
	put_numbers(m, usage, "percpu_kernel", acct, "cpuacct.usage_percpu_sys");
	put_numbers(m, usage, "percpu_user", acct, "cpuacct.usage_percpu_user");
	metrics_add(m, usage, "kernel", (struct metrics_source){acct, "cpuacct.usage_sys"});
	metrics_add(m, usage, "user", (struct metrics_source){acct, "cpuacct.usage_user"});
	metrics_add(m, throttling, "periods",
		    (struct metrics_source){cpu_fd, "cpu.stat", "nr_periods"});
	metrics_add(m, throttling, "throttledPeriods",
		    (struct metrics_source){cpu_fd, "cpu.stat", "nr_throttled"});
	metrics_add(m, throttling, "throttledTime",
		    (struct metrics_source){cpu_fd, "cpu.stat", "throttled_time"});
}

static void put_memory(struct metrics *m, int fd)
{
	static const struct {
		const char *name, *prefix;
	} kinds[] = {
		{"usage", "memory."},
		{"swap", "memory.memsw."},
		{"kernel", "memory.kmem."},
		{"kernelTCP", "memory.kmem.tcp."},
	};
	static const struct {
		const char *name, *file;
	} numbers[] = {
		{"limit", "limit_in_bytes"},
		{"usage", "usage_in_bytes"},
		{"max", "max_usage_in_bytes"},
		{"failcnt", "failcnt"},
	};
	struct json_object *memory = metrics_object(m, m->data, "memory");

	metrics_add(m, memory, "cache", (struct metrics_source){fd, "memory.stat", "cache"});
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		for (size_t k = 0; k < ARRAY_SIZE(numbers); k++) {
			char file[64];

			(void)snprintf(file, sizeof(file), "%s%s", kinds[i].prefix,
				       numbers[k].file);
			metrics_add(m, metrics_object(m, memory, kinds[i].name), numbers[k].name,
				    (struct metrics_source){fd, file});
		}
	metrics_memory_stat(m, metrics_object(m, memory, "raw"), fd);
}

/* "8:0 Read 4096" */
static void put_block_list(struct metrics *m, struct json_object *io, const char *name, int fd,
			   const char *file)
{
	struct json_object *list = build_array(&m->build, io, name);
	_cleanup_free_ char *text = NULL;
	char *line, *saved = NULL;
	unsigned int major, minor;
	uint64_t value;

	if (!list || fd < 0 || file_read(fd, file, METRICS_TEXT_MAX, &text, NULL) < 0)
		return;
	for (line = strtok_r(text, "\n", &saved); line; line = strtok_r(NULL, "\n", &saved)) {
		char *operation = metrics_device(line, &major, &minor);
		char *number = operation ? strchr(operation, ' ') : NULL;

		if (!number || str_to_uint64(number + 1, UINT64_MAX, &value) < 0)
			continue;
		*number = 0;
		metrics_block(m, list, major, minor, operation, value);
	}
}

/* "0-3,7" as numbers. */
static void put_list(struct metrics *m, struct json_object *o, const char *name, int fd,
		     const char *file)
{
	_cleanup_free_ char *text = metrics_line(fd, file);
	uint8_t mask[CPULIST_BYTES];

	if (!text || cpulist_parse(text, mask) < 0)
		return;
	struct json_object *list = build_array(&m->build, o, name);
	for (int i = 0; list && i < CPULIST_MAX; i++)
		if (mask[i / 8] & 1u << i % 8)
			build_int(&m->build, list, NULL, i);
}

static void put_cpuset(struct metrics *m, int fd)
{
	static const char *const files[] = {
		"cpu_exclusive",      "mem_hardwall",	    "mem_exclusive",	  "memory_migrate",
		"memory_spread_page", "memory_spread_slab", "sched_load_balance", "memory_pressure",
	};
	struct json_object *cpuset = metrics_object(m, m->data, "cpuset");
	_cleanup_free_ char *level = metrics_line(fd, "cpuset.sched_relax_domain_level");
	int64_t number;
	char file[64];

	put_list(m, cpuset, "cpus", fd, "cpuset.cpus");
	put_list(m, cpuset, "mems", fd, "cpuset.mems");
	if (level && str_to_int64(level, &number) == 0)
		build_int(&m->build, cpuset, "sched_relax_domain_level", number);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		(void)snprintf(file, sizeof(file), "cpuset.%s", files[i]);
		metrics_add(m, cpuset, files[i], (struct metrics_source){fd, file});
	}
}

void v1_metrics(const struct cgroup *cg, struct metrics *m)
{
	struct json_object *io = metrics_object(m, m->data, "blkio");
	int blkio = cgroup_fd_v1(cg, "blkio"), hugetlb = cgroup_fd_v1(cg, "hugetlb");

	put_cpu(m, cgroup_fd_v1(cg, "cpuacct"), cgroup_fd_v1(cg, "cpu"));
	put_cpuset(m, cgroup_fd_v1(cg, "cpuset"));
	put_memory(m, cgroup_fd_v1(cg, "memory"));
	metrics_pids(m, cgroup_fd_v1(cg, "pids"));
	put_block_list(m, io, "ioServiceBytesRecursive", blkio,
		       "blkio.throttle.io_service_bytes_recursive");
	put_block_list(m, io, "ioServicedRecursive", blkio, "blkio.throttle.io_serviced_recursive");
	if (hugetlb >= 0)
		metrics_hugepages(m, hugetlb, "usage_in_bytes", "max_usage_in_bytes");
	else
		metrics_hugepages(m, cg->container_fd, "current", NULL);
}

static uint64_t usec(uint64_t ns)
{
	return ns == CGROUP_UNKNOWN ? ns : ns / 1000;
}

static void read_memory(int fd, struct cgroup_stats *s)
{
	uint64_t both = counts_number(fd, "memory.memsw.usage_in_bytes");

	s->memory = counts_number(fd, "memory.usage_in_bytes");
	s->memory_limit = counts_number(fd, "memory.limit_in_bytes");
	s->memory_peak = counts_number(fd, "memory.max_usage_in_bytes");
	s->memory_file = counts_field(fd, "memory.stat", "total_inactive_file");
	s->swap = both == CGROUP_UNKNOWN || s->memory == CGROUP_UNKNOWN || both < s->memory
			  ? CGROUP_UNKNOWN
			  : both - s->memory;
}

/* "8:0 Read 4096", a line for each device and operation. */
static void read_io(int fd, struct cgroup_stats *s)
{
	_cleanup_free_ char *text = NULL;
	char *line, *saved = NULL;

	s->io_read = s->io_written = CGROUP_UNKNOWN;
	if (fd < 0 || file_read(fd, "blkio.throttle.io_service_bytes_recursive", METRICS_TEXT_MAX,
				&text, NULL) < 0)
		return;
	s->io_read = s->io_written = 0;
	for (line = strtok_r(text, "\n", &saved); line; line = strtok_r(NULL, "\n", &saved)) {
		const char *operation = strchr(line, ' ');
		const char *read = operation ? str_after(operation, " Read ") : NULL;
		const char *write = operation ? str_after(operation, " Write ") : NULL;
		uint64_t n;

		if (read && str_to_uint64(read, INT64_MAX, &n) == 0)
			s->io_read += n;
		if (write && str_to_uint64(write, INT64_MAX, &n) == 0)
			s->io_written += n;
	}
}

int v1_oom_kills(const struct cgroup *cg, uint64_t *ret)
{
	int group = cgroup_fd_v1(cg, "memory");
	uint64_t n;

	*ret = 0;
	if (group < 0)
		return 0; /* without a limit nothing is killed */
	n = counts_field(group, "memory.oom_control", "oom_kill");
	if (n == CGROUP_UNKNOWN) /* Linux before 4.13 does not count, or the group is gone */
		return faccessat(group, "memory.oom_control", F_OK, 0) < 0 ? -errno : 0;
	*ret = n;
	return 0;
}

int v1_stats(const struct cgroup *cg, struct cgroup_stats *ret, struct masu_error *err)
{
	int cpuacct = cgroup_fd_v1(cg, "cpuacct"), pids = cgroup_fd_v1(cg, "pids");
	struct cgroup_stats s;

	if (faccessat(v1_holder(cg), "cgroup.procs", F_OK, 0) < 0)
		return err_sys(err, errno, "read the statistics of '%s'", cg->path);
	s.cpu_usec = usec(counts_number(cpuacct, "cpuacct.usage"));
	s.cpu_user_usec = usec(counts_number(cpuacct, "cpuacct.usage_user"));
	s.cpu_system_usec = usec(counts_number(cpuacct, "cpuacct.usage_sys"));
	s.cpu_throttled_usec = usec(
		counts_field(cgroup_fd_v1(cg, "cpu"), "cpu.stat", "throttled_time"));
	read_memory(cgroup_fd_v1(cg, "memory"), &s);
	s.pids = counts_number(pids, "pids.current");
	s.pids_limit = counts_number(pids, "pids.max");
	read_io(cgroup_fd_v1(cg, "blkio"), &s);
	if (v1_oom_kills(cg, &s.oom_kills) < 0)
		s.oom_kills = CGROUP_UNKNOWN;
	*ret = s;
	return 0;
}
