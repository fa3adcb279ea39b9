/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "cgroup/v1.h"
#include "cgroup/walk.h"

#define STAT_TEXT_MAX 65536

/* A file with one number or "max"; what can't be read is not known. */
static uint64_t read_number(int fd, const char *file)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	uint64_t value;

	if (file_read(fd, file, STAT_TEXT_MAX, &text, &size) < 0 || size == 0)
		return CGROUP_UNKNOWN;
	if (text[size - 1] == '\n')
		text[size - 1] = 0;
	if (streq(text, "max"))
		return CGROUP_NO_LIMIT;
	return str_to_uint64(text, UINT64_MAX, &value) < 0 ? CGROUP_UNKNOWN : value;
}

static void read_fields(int fd, const char *file, const char *const *keys, uint64_t *const *fields,
			size_t n)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(fd, file, STAT_TEXT_MAX, &text, NULL);

	for (size_t i = 0; i < n; i++)
		if (r < 0 || walk_find_number(text, keys[i], fields[i]) < 0)
			*fields[i] = CGROUP_UNKNOWN;
}

/* "8:0 rbytes=1 wbytes=2 ...", a line for each device. */
static void read_io(int fd, struct cgroup_stats *s)
{
	_cleanup_free_ char *text = NULL;
	char *saved = NULL;

	s->io_read = s->io_written = CGROUP_UNKNOWN;
	if (file_read(fd, "io.stat", STAT_TEXT_MAX, &text, NULL) < 0)
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

int cgroup_oom_kills(const struct cgroup *cg, uint64_t *ret)
{
	_cleanup_free_ char *text = NULL;

	*ret = 0;
	if (cg->n_v1)
		return v1_oom_kills(cg, ret);
	if (cg->container_fd < 0)
		return 0;
	int r = file_read(cg->sub ? cg->scope_fd : cg->container_fd, "memory.events", STAT_TEXT_MAX,
			  &text, NULL);
	/* Without the controller nothing is killed for it; without the group nothing is known. */
	if (r == -ENOENT && faccessat(cg->container_fd, "cgroup.events", F_OK, 0) == 0)
		return 0;
	return r < 0 ? r : walk_find_number(text, "oom_kill", ret);
}

int cgroup_stats(const struct cgroup *cg, struct cgroup_stats *ret, struct err *err)
{
	static const char *const cpu_keys[] = {"usage_usec", "user_usec", "system_usec",
					       "throttled_usec"};
	static const char *const memory_keys[] = {"inactive_file"};
	struct cgroup_stats s;
	uint64_t *const cpu_fields[] = {&s.cpu_usec, &s.cpu_user_usec, &s.cpu_system_usec,
					&s.cpu_throttled_usec};
	uint64_t *const memory_fields[] = {&s.memory_file};
	int fd = cg->sub ? cg->scope_fd : cg->container_fd; /* where the limits are */

	if (cg->n_v1)
		return v1_stats(cg, ret, err);
	if (fd < 0)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "the container has no cgroup of its own, so nothing is counted");
	if (faccessat(fd, "cgroup.events", F_OK, 0) < 0)
		return err_sys(err, errno, "read the statistics of '%s'", cg->path);
	read_fields(fd, "cpu.stat", cpu_keys, cpu_fields, ARRAY_SIZE(cpu_keys));
	read_fields(fd, "memory.stat", memory_keys, memory_fields, ARRAY_SIZE(memory_keys));
	s.memory = read_number(fd, "memory.current");
	s.memory_limit = read_number(fd, "memory.max");
	s.memory_peak = read_number(fd, "memory.peak");
	s.swap = read_number(fd, "memory.swap.current");
	s.pids = read_number(fd, "pids.current");
	s.pids_limit = read_number(fd, "pids.max");
	read_io(fd, &s);
	if (cgroup_oom_kills(cg, &s.oom_kills) < 0)
		s.oom_kills = CGROUP_UNKNOWN;
	*ret = s;
	return 0;
}
