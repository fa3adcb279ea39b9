/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/counts.h"
#include "cgroup/v2/v2.h"
#include "cgroup/walk.h"

/* "8:0 rbytes=1 wbytes=2 ...", a line for each device. */
static void read_io(int group, struct cgroup_stats *s)
{
	_cleanup_free_ char *text = NULL;
	char *saved = NULL;

	s->io_read = s->io_written = CGROUP_UNKNOWN;
	if (file_read(group, "io.stat", COUNTS_TEXT_MAX, &text, NULL) < 0)
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
	int r = file_read(group, "memory.events", COUNTS_TEXT_MAX, &text, NULL);

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
