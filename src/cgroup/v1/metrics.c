/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cpulist.h"
#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "cgroup/metrics-writer.h"
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
	metrics_fields(m, metrics_object(m, memory, "raw"), fd, "memory.stat");
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
