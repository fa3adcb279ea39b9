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
#include "cgroup/cgroup.h"
#include "cgroup/ops.h"
#include "cgroup/walk.h"

int cgroup_metrics(const struct cgroup *cg, struct json_object **ret, struct masu_error *err)
{
	struct metrics m = {0};

	if (cg->ops->holder(cg) < 0)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "the container has no cgroup of its own, so nothing is counted");
	m.data = json_object_new_object();
	cg->ops->metrics(cg, &m);
	if (m.build.failed) {
		json_putp(&m.data);
		return err_oom(err);
	}
	*ret = m.data;
	return 0;
}

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

void metrics_add(struct metrics *m, struct json_object *o, const char *name,
		 struct metrics_source source)
{
	_cleanup_free_ char *text = NULL;
	uint64_t value = UINT64_MAX, factor = source.factor ? source.factor : 1;

	if (source.group < 0 ||
	    file_read(source.group, source.file, METRICS_TEXT_MAX, &text, NULL) < 0)
		return;
	if (source.key) {
		if (walk_find_number(text, source.key, &value) == 0)
			build_uint(&m->build, o, name, value * factor);
		return;
	}
	text[strcspn(text, "\n")] = 0;
	if (streq(text, "max"))
		build_uint(&m->build, o, name, UINT64_MAX);
	else if (str_to_uint64(text, UINT64_MAX, &value) == 0)
		build_uint(&m->build, o, name, value * factor);
}

void metrics_pids(struct metrics *m, int fd)
{
	struct json_object *pids = metrics_object(m, m->data, "pids");
	_cleanup_free_ char *max = metrics_line(fd, "pids.max");

	metrics_add(m, pids, "current", (struct metrics_source){fd, "pids.current"});
	if (max && !streq(max, "max"))
		metrics_add(m, pids, "limit", (struct metrics_source){fd, "pids.max"});
}

void metrics_memory_stat(struct metrics *m, struct json_object *o, int fd)
{
	_cleanup_free_ char *text = NULL;
	char *line, *saved = NULL;
	uint64_t value;

	if (fd < 0 || file_read(fd, "memory.stat", METRICS_TEXT_MAX, &text, NULL) < 0)
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

		metrics_add(m, o, "usage", (struct metrics_source){fd, e->d_name});
		if (peak) {
			(void)snprintf(file, sizeof(file), "hugetlb.%s.%s", size, peak);
			metrics_add(m, o, "max", (struct metrics_source){fd, file});
			(void)snprintf(file, sizeof(file), "hugetlb.%s.failcnt", size);
			metrics_add(m, o, "failcnt", (struct metrics_source){fd, file});
		} else {
			(void)snprintf(file, sizeof(file), "hugetlb.%s.events", size);
			metrics_add(m, o, "failcnt", (struct metrics_source){fd, file, "max"});
		}
	}
	if (!dir && copy >= 0)
		(void)close(copy);
}

/* On v1 "no limit" is the largest number of whole pages. */
#define NEAR_NO_LIMIT (UINT64_C(1) << 62)

uint64_t counts_number(int group, const char *file)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	uint64_t value;

	if (group < 0 || file_read(group, file, METRICS_TEXT_MAX, &text, &size) < 0 || size == 0)
		return CGROUP_UNKNOWN;
	if (text[size - 1] == '\n')
		text[size - 1] = 0;
	if (streq(text, "max"))
		return CGROUP_NO_LIMIT;
	if (str_to_uint64(text, UINT64_MAX, &value) < 0)
		return CGROUP_UNKNOWN;
	return value >= NEAR_NO_LIMIT ? CGROUP_NO_LIMIT : value;
}

void counts_fields(int group, const char *file, const char *const *keys, uint64_t *const *fields,
		   size_t n)
{
	_cleanup_free_ char *text = NULL;
	int r = group < 0 ? -1 : file_read(group, file, METRICS_TEXT_MAX, &text, NULL);

	for (size_t i = 0; i < n; i++)
		if (r < 0 || walk_find_number(text, keys[i], fields[i]) < 0)
			*fields[i] = CGROUP_UNKNOWN;
}

uint64_t counts_field(int group, const char *file, const char *key)
{
	uint64_t value, *field = &value;

	counts_fields(group, file, &key, &field, 1);
	return value;
}
