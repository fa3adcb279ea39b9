/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/counts.h"
#include "cgroup/v1/v1.h"

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
	if (fd < 0 || file_read(fd, "blkio.throttle.io_service_bytes_recursive", COUNTS_TEXT_MAX,
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
