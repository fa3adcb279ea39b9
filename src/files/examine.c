/* SPDX-License-Identifier: Apache-2.0 */
#include "files/examine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/id-file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "files/executable.h"
#include "image/report.h"

struct examination {
	const struct examine *request;
	int root;
	struct strbuf report;
};

_printf_(2, 3) static void put(struct examination *x, const char *format, ...)
{
	char *line = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&line, format, ap) < 0) {
		x->report.failed = true;
	} else {
		str_disarm(line, false);
		(void)strbuf_addf(&x->report, "%s\n", line);
		free(line);
	}
	va_end(ap);
}

/* A regular file: no device, and no FIFO that would block. */
static int open_file(const struct examination *x, const char *path, struct stat *st)
{
	_cleanup_close_ int fd = path_open_in(x->root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0,
					      0);

	if (fd < 0)
		return fd;
	if (fstat(fd, st) < 0)
		return -errno;
	return S_ISREG(st->st_mode) ? TAKE_FD(fd) : -EINVAL;
}

/* "" if it does not exist. */
static char *read_id_file(const struct examination *x, const char *path)
{
	struct stat st;
	_cleanup_close_ int fd = open_file(x, path, &st);
	char *text;

	return fd >= 0 && fd_read_all(fd, ID_FILE_MAX, &text, NULL) == 0 ? text : strdup("");
}

struct search {
	struct examination *x;
	const char *name; /* or NULL: by id */
	uint32_t id, gid;
	char *found; /* the name */
};

/* name:password:uid:gid:gecos:home:shell */
static int match_user(char **fields, void *arg)
{
	struct search *s = arg;
	uint32_t uid, gid;

	if (id_file_number(fields[2], &uid) < 0 || id_file_number(fields[3], &gid) < 0 ||
	    (s->name ? !streq(fields[0], s->name) : uid != s->id))
		return 0;
	s->id = uid;
	s->gid = gid;
	s->found = strdup(fields[0]);
	return 1;
}

/* name:password:gid:member,member */
static int match_group(char **fields, void *arg)
{
	struct search *s = arg;

	return streq(fields[0], s->name) && id_file_number(fields[2], &s->id) == 0;
}

static int match_member(char **fields, void *arg)
{
	struct search *s = arg;
	uint32_t gid;

	if (id_file_number(fields[2], &gid) == 0 && id_file_lists(fields[3], s->found))
		put(s->x, "group %" PRIu32, gid);
	return 0;
}

static bool find_group(struct examination *x, const char *text, uint32_t *ret)
{
	_cleanup_free_ char *file = read_id_file(x, "/etc/group");
	struct search s = {.name = text};
	int number = id_parse(text, &s.id);

	if (number != 1 && (!file || id_file_find(file, 3, match_group, &s) != 1))
		return false;
	*ret = s.id;
	return true;
}

static void find_memberships(struct examination *x, struct search *s)
{
	_cleanup_free_ char *file = read_id_file(x, "/etc/group");

	if (file)
		(void)id_file_find(file, 4, match_member, s);
}

/* As the start does it: runtime/init/user.c. */
static void examine_user(struct examination *x)
{
	size_t length = strcspn(x->request->user, ":");
	const char *group = x->request->user[length] ? x->request->user + length + 1 : "";
	_cleanup_free_ char *user = strndup(x->request->user, length);
	_cleanup_free_ char *file = read_id_file(x, "/etc/passwd"), *found = NULL;
	struct search s = {.x = x};

	if (!user || !file) {
		x->report.failed = true;
		return;
	}
	int number = id_parse(*user ? user : "0", &s.id);
	if (number == 0)
		s.name = user;
	int r = id_file_find(file, 6, match_user, &s);
	found = s.found;
	if (number != 1 && r != 1)
		return put(x, "no-user user \"%s\" is not in /etc/passwd of the container", user);
	if (*group && !find_group(x, group, &s.gid))
		return put(x, "no-user group \"%s\" is not in /etc/group of the container", group);
	put(x, "uid %" PRIu32, s.id);
	put(x, "gid %" PRIu32, s.gid);
	if (!*group && s.found)
		find_memberships(x, &s);
}

/* The path of a program by $PATH, as the start finds it. */
static int search(const struct examination *x, const char *name, char **ret)
{
	_cleanup_strv_ char **dirs = strv_split(x->request->search, ":");
	int denied = -ENOENT;

	STRV_FOREACH(dir, dirs) {
		_cleanup_free_ char *path = path_join(*dir, name);
		int r = !path	       ? -ENOMEM
			: **dir != '/' ? -ENOENT
				       : path_check_executable(x->root, path);

		if (r == -EACCES)
			denied = r;
		if (r == 0) {
			*ret = TAKE_PTR(path);
			return 0;
		}
	}
	return dirs ? denied : -ENOMEM;
}

/* NAME of "#!/usr/bin/env [-S] NAME" */
static void examine_env(struct examination *x, const struct executable *e)
{
	const char *at = e->argument;
	_cleanup_free_ char *name = NULL, *path = NULL;

	if (!streq(path_last(e->interpreter), "env"))
		return;
	if (str_after(at, "-S"))
		at += 2 + strspn(at + 2, " \t");
	name = strndup(at, strcspn(at, " \t\r"));
	if (name && *name && *name != '-' && !strchr(name, '=') && !strchr(name, '/') &&
	    search(x, name, &path) < 0)
		put(x, "no-program %s", name);
}

static void examine_interpreter(struct examination *x, const struct executable *e)
{
	size_t length = strlen(e->interpreter);
	int r = path_check_executable(x->root, e->interpreter);

	if (r < 0 && length > 0 && e->interpreter[length - 1] == '\r')
		put(x, "carriage-return 1");
	if (r < 0)
		put(x, "no-interpreter %s", e->interpreter);
	if (r == 0 && e->kind == EXECUTABLE_SCRIPT)
		examine_env(x, e);
}

static const char *const kinds[] = {
	[EXECUTABLE_UNKNOWN] = "unknown",
	[EXECUTABLE_EMPTY] = "empty",
	[EXECUTABLE_SCRIPT] = "script",
	[EXECUTABLE_ELF] = "elf",
};

static void examine_file(struct examination *x, const char *path)
{
	char head[EXECUTABLE_HEAD_SIZE];
	struct executable e;
	struct stat st;
	_cleanup_close_ int fd = open_file(x, path, &st);
	ssize_t n = fd < 0 ? fd : fd_read_full(fd, head, sizeof(head));

	put(x, "command %s", path);
	if (n < 0)
		return put(x, "no-command %d", (int)-n);
	executable_parse(head, (size_t)n, &e);
	put(x, "mode %u", (unsigned int)st.st_mode & 07777);
	put(x, "owner %u", st.st_uid);
	put(x, "owning-group %u", st.st_gid);
	put(x, "kind %s", kinds[e.kind]);
	put(x, "machine %u", e.machine);
	if (*e.interpreter)
		examine_interpreter(x, &e);
}

static void examine_command(struct examination *x)
{
	const char *name = x->request->command;
	_cleanup_free_ char *path = NULL;
	int r = *name ? 0 : -ENOENT;

	if (r == 0 && !strchr(name, '/')) {
		r = search(x, name, &path);
	} else if (r == 0) {
		path = *name == '/' ? strdup(name) : path_join(x->request->cwd, name);
		r = path ? path_check_executable(x->root, path) : -ENOMEM;
	}
	if (path && (r == 0 || r == -EACCES))
		examine_file(x, path);
	if (r < 0)
		put(x, "no-command %d", -r);
}

/* One that is missing is created by the start. */
static void examine_cwd(struct examination *x)
{
	_cleanup_close_ int fd = path_open_in(x->root, x->request->cwd, O_PATH | O_DIRECTORY, 0, 0);

	if (fd < 0 && fd != -ENOENT)
		put(x, "no-cwd %d", -fd);
}

/* A place_fn. */
static int examine_worker(const struct place_view *view, void *arg, struct masu_error *err)
{
	struct examination x = {.request = arg, .root = view->root};
	int r = place_confine(view, view->root, SANDBOX_READ, &x.request->report, 1, err);

	if (r < 0)
		return r;
	examine_user(&x);
	examine_command(&x);
	examine_cwd(&x);
	_cleanup_free_ char *text = strbuf_take(&x.report);
	if (!text)
		return err_oom(err);
	report_result(x.request->report, text);
	return 0;
}

int examine_run(const struct place *place, const struct examine *examine, struct masu_error *err)
{
	return place_run(place, true, examine_worker, (void *)examine, err);
}
