/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/metrics.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "cgroup/walk.h"

struct json_object *metrics_object(struct metrics *m, struct json_object *o, const char *key)
{
	struct json_object *child = NULL;

	if (o && json_object_object_get_ex(o, key, &child))
		return child;
	return build_object(&m->build, o, key);
}

char *metrics_line(int fd, const char *file)
{
	_cleanup_free_ char *text = NULL;

	if (fd < 0 || file_read(fd, file, METRICS_TEXT_MAX, &text, NULL) < 0)
		return NULL;
	text[strcspn(text, "\n")] = 0;
	return TAKE_PTR(text);
}

void metrics_number(struct metrics *m, struct json_object *o, const char *name, int fd,
		    const char *file, uint64_t factor)
{
	_cleanup_free_ char *text = metrics_line(fd, file);
	uint64_t value = UINT64_MAX;

	if (text && streq(text, "max"))
		build_uint(&m->build, o, name, value);
	else if (text && str_to_uint64(text, UINT64_MAX, &value) == 0)
		build_uint(&m->build, o, name, value * factor);
}

void metrics_pids(struct metrics *m, int fd)
{
	struct json_object *pids = metrics_object(m, m->data, "pids");
	_cleanup_free_ char *max = metrics_line(fd, "pids.max");

	metrics_number(m, pids, "current", fd, "pids.current", 1);
	if (max && !streq(max, "max"))
		metrics_number(m, pids, "limit", fd, "pids.max", 1);
}

void metrics_field(struct metrics *m, struct json_object *o, const char *name, int fd,
		   const char *file, const char *key, uint64_t factor)
{
	_cleanup_free_ char *text = NULL;
	uint64_t value;

	if (fd >= 0 && file_read(fd, file, METRICS_TEXT_MAX, &text, NULL) == 0 &&
	    walk_find_number(text, key, &value) == 0)
		build_uint(&m->build, o, name, value * factor);
}

void metrics_fields(struct metrics *m, struct json_object *o, int fd, const char *file)
{
	_cleanup_free_ char *text = NULL;
	char *line, *saved = NULL;
	uint64_t value;

	if (fd < 0 || file_read(fd, file, METRICS_TEXT_MAX, &text, NULL) < 0)
		return;
	for (line = strtok_r(text, "\n", &saved); line; line = strtok_r(NULL, "\n", &saved)) {
		char *space = strchr(line, ' ');

		if (!space || str_to_uint64(space + 1, UINT64_MAX, &value) < 0)
			continue;
		*space = 0;
		build_uint(&m->build, o, line, value);
	}
}

char *metrics_device(char *line, unsigned int *ret_major, unsigned int *ret_minor)
{
	char *end;
	unsigned long major = strtoul(line, &end, 10);

	if (end == line || *end != ':')
		return NULL;
	line = end + 1;
	unsigned long minor = strtoul(line, &end, 10);
	if (end == line || *end != ' ')
		return NULL;
	*ret_major = (unsigned int)major;
	*ret_minor = (unsigned int)minor;
	return end + 1;
}

void metrics_block(struct metrics *m, struct json_object *list, unsigned int major,
		   unsigned int minor, const char *operation, uint64_t value)
{
	struct json_object *entry = build_object(&m->build, list, NULL);

	build_uint(&m->build, entry, "major", major);
	build_uint(&m->build, entry, "minor", minor);
	build_text(&m->build, entry, "op", operation);
	build_uint(&m->build, entry, "value", value);
}

/* "hugetlb.2MB.current" is one of size 2MB. */
static bool is_size(const char *name, const char *usage, char size[16])
{
	const char *rest = str_after(name, "hugetlb.");
	const char *end = rest ? strchr(rest, '.') : NULL;

	if (!end || !streq(end + 1, usage) || end - rest >= 16)
		return false;
	(void)snprintf(size, 16, "%.*s", (int)(end - rest), rest);
	return true;
}

void metrics_hugepages(struct metrics *m, int fd, const char *usage, const char *peak)
{
	struct json_object *all = metrics_object(m, m->data, "hugetlb");
	int copy = fd < 0 ? -1 : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	char size[16], file[64];

	for (const struct dirent *e; dir && (e = readdir(dir));) {
		if (!is_size(e->d_name, usage, size))
			continue;
		struct json_object *o = metrics_object(m, all, size);

		metrics_number(m, o, "usage", fd, e->d_name, 1);
		if (peak) {
			(void)snprintf(file, sizeof(file), "hugetlb.%s.%s", size, peak);
			metrics_number(m, o, "max", fd, file, 1);
			(void)snprintf(file, sizeof(file), "hugetlb.%s.failcnt", size);
			metrics_number(m, o, "failcnt", fd, file, 1);
		} else {
			(void)snprintf(file, sizeof(file), "hugetlb.%s.events", size);
			metrics_field(m, o, "failcnt", fd, file, "max", 1);
		}
	}
	if (!dir && copy >= 0)
		(void)close(copy);
}

int cgroup_metrics(const struct cgroup *cg, struct json_object **ret, struct err *err)
{
	struct metrics m = {.data = json_object_new_object()};

	if (cg->container_fd < 0 && !cg->n_v1)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "the container has no cgroup of its own, so nothing is counted");
	if (cg->n_v1)
		metrics_v1(cg, &m);
	else
		metrics_v2(cg, &m);
	if (m.build.failed) {
		json_putp(&m.data);
		return err_sys(err, ENOMEM, "read the statistics of '%s'", cg->path);
	}
	*ret = m.data;
	return 0;
}
