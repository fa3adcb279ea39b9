/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/frozen.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "cgroup/group.h"
#include "cgroup/v1/v1.h"
#include "cgroup/v2/v2.h"

void freezers_done(struct freezers *f)
{
	fd_close(&f->v2);
	fd_close(&f->v1);
}

static int open_file(int hierarchy, const char *group, const char *file)
{
	_cleanup_free_ char *path = str_printf("%s/%s", group, file);

	return path ? path_open_in(hierarchy, path + strspn(path, "/"), O_RDONLY, 0,
				   PATH_BENEATH | PATH_NO_SYMLINKS)
		    : -ENOMEM;
}

/* "PATH", or "PATH/./NAME" as the record has it. */
static int ask_v2(struct freezers *f, const char *group, enum cgroup_flags flags)
{
	bool split = flags & CGROUP_SPLIT && !strstr(group, CGROUP_SUB_MARK);

	if (f->v2 < 0)
		f->v2 = cgroup_open_root();
	if (f->v2 < 0)
		return f->v2;
	_cleanup_close_ int fd = open_file(f->v2, group,
					   split ? "container/cgroup.events" : "cgroup.events");
	return fd < 0 ? fd : v2_read_event(fd, "frozen");
}

static int ask_v1(struct freezers *f, const char *names, const char *group)
{
	if (f->v1 < 0)
		f->v1 = hierarchy_open(names);
	if (f->v1 < 0)
		return f->v1;
	_cleanup_close_ int fd = open_file(f->v1, group, "freezer.state");
	int r = fd < 0 ? fd : v1_read_freezer(fd);
	return r == -EAGAIN ? 0 : r; /* not yet, or not any more */
}

/* "HIERARCHY:PATH", and ":PATH" for v2. */
static int ask_line(struct freezers *f, char *line, enum cgroup_flags flags)
{
	char *group = strchr(line, ':');

	if (!group)
		return *line ? -EBADMSG : 0;
	*group++ = 0;
	int r = !*line				 ? ask_v2(f, group, flags)
		: hierarchy_has(line, "freezer") ? ask_v1(f, line, group)
						 : 0;
	return cgroup_is_gone(r) ? 0 : r;
}

int freezers_ask(struct freezers *f, const char *record, enum cgroup_flags flags)
{
	if (*record == '/') {
		int r = ask_v2(f, record, flags);

		return cgroup_is_gone(r) ? 0 : r;
	}
	_cleanup_strv_ char **lines = strv_split(record, "\n");
	if (!lines)
		return -ENOMEM;
	STRV_FOREACH(line, lines) {
		int r = ask_line(f, *line, flags);

		if (r != 0)
			return r;
	}
	return 0;
}
