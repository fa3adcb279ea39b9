/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/v1.h"
#include "cgroup/walk.h"

#define STAT_TEXT_MAX 65536
/* "No limit" is the largest number of whole pages; so is anything near it. */
#define NEAR_NO_LIMIT (UINT64_C(1) << 62)

static uint64_t read_number(int fd, const char *file)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	uint64_t value;

	if (fd < 0 || file_read(fd, file, STAT_TEXT_MAX, &text, &size) < 0 || size == 0)
		return CGROUP_UNKNOWN;
	if (text[size - 1] == '\n')
		text[size - 1] = 0;
	if (streq(text, "max"))
		return CGROUP_NO_LIMIT;
	if (str_to_uint64(text, UINT64_MAX, &value) < 0)
		return CGROUP_UNKNOWN;
	return value >= NEAR_NO_LIMIT ? CGROUP_NO_LIMIT : value;
}

static uint64_t read_field(int fd, const char *file, const char *key)
{
	_cleanup_free_ char *text = NULL;
	uint64_t value;

	if (fd < 0 || file_read(fd, file, STAT_TEXT_MAX, &text, NULL) < 0 ||
	    walk_find_number(text, key, &value) < 0)
		return CGROUP_UNKNOWN;
	return value;
}

static uint64_t usec(uint64_t ns)
{
	return ns == CGROUP_UNKNOWN ? ns : ns / 1000;
}

static void read_memory(int fd, struct cgroup_stats *s)
{
	uint64_t both = read_number(fd, "memory.memsw.usage_in_bytes");

	s->memory = read_number(fd, "memory.usage_in_bytes");
	s->memory_limit = read_number(fd, "memory.limit_in_bytes");
	s->memory_peak = read_number(fd, "memory.max_usage_in_bytes");
	s->memory_file = read_field(fd, "memory.stat", "total_inactive_file");
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
	if (fd < 0 || file_read(fd, "blkio.throttle.io_service_bytes_recursive", STAT_TEXT_MAX,
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
	int group = v1_group(cg, "memory");
	uint64_t n;

	*ret = 0;
	if (group < 0)
		return 0; /* nothing is killed for a limit that isn't there */
	n = read_field(group, "memory.oom_control", "oom_kill");
	if (n == CGROUP_UNKNOWN) /* Linux before 4.13 doesn't count, or the group has gone */
		return faccessat(group, "memory.oom_control", F_OK, 0) < 0 ? -errno : 0;
	*ret = n;
	return 0;
}

int v1_stats(const struct cgroup *cg, struct cgroup_stats *ret, struct err *err)
{
	int cpuacct = v1_group(cg, "cpuacct"), pids = v1_group(cg, "pids");
	struct cgroup_stats s;

	if (faccessat(v1_holder(cg), "cgroup.procs", F_OK, 0) < 0)
		return err_sys(err, errno, "read the statistics of '%s'", cg->path);
	s.cpu_usec = usec(read_number(cpuacct, "cpuacct.usage"));
	s.cpu_user_usec = usec(read_number(cpuacct, "cpuacct.usage_user"));
	s.cpu_system_usec = usec(read_number(cpuacct, "cpuacct.usage_sys"));
	s.cpu_throttled_usec = usec(read_field(v1_group(cg, "cpu"), "cpu.stat", "throttled_time"));
	read_memory(v1_group(cg, "memory"), &s);
	s.pids = read_number(pids, "pids.current");
	s.pids_limit = read_number(pids, "pids.max");
	read_io(v1_group(cg, "blkio"), &s);
	if (v1_oom_kills(cg, &s.oom_kills) < 0)
		s.oom_kills = CGROUP_UNKNOWN;
	*ret = s;
	return 0;
}
