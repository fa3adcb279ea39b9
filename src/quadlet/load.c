/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/load.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

#define FILES_MAX 4096

/* Reads a regular file, without waiting for the other end of a pipe. -ENODATA for /dev/null. */
static int read_file(const char *path, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (fd_is_null(fd))
		return -ENODATA;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return fd_read_all(fd, QUADLET_TEXT_MAX, ret, ret_size);
}

static void add_file(struct quadlet_set *s, struct quadlet_unit *u, const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = read_file(path, &text, &size);

	if (r == -ENOMEM)
		s->failed = true;
	else if (r == -EFBIG || r == -EINVAL)
		quadlet_refuse(s, u, NULL, "'%s' %s", path,
			       r == -EFBIG ? "is larger than 64 KiB" : "is not a regular file");
	else if (r < 0 && r != -ENODATA)
		quadlet_refuse(s, u, NULL, "cannot read '%s': %s", path, strerror(-r));
	else if (r == 0)
		quadlet_unit_add_text(s, u, text, size, path);
}

static bool ends_in_conf(const char *name)
{
	return *name != '.' && str_has_suffix(name, ".conf");
}

/* The sorted names of entries that are wanted; none if the directory is missing. NULL when out of memory. */
static char **list_dir(const char *dir, bool (*is_wanted)(const char *))
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *d = fd < 0 ? NULL : fdopendir(fd);
	_cleanup_strv_ char **names = strv_copy(NULL);
	const struct dirent *entry;
	size_t n = 0;

	if (d)
		(void)TAKE_FD(fd);
	while (d && names && (entry = file_next_entry(d)))
		if (is_wanted(entry->d_name) && strv_push_counted(&names, &n, entry->d_name) < 0)
			return NULL;
	if (names)
		strv_sort(names);
	return TAKE_PTR(names);
}

/* A drop-in, with its name, by which one of a more special directory replaces it. */
struct drop_ins {
	char **names, **paths;
	size_t n;
};

static bool collect(struct drop_ins *to, const char *dir)
{
	_cleanup_strv_ char **names = list_dir(dir, ends_in_conf);
	bool ok = names != NULL;

	STRV_FOREACH(name, names) {
		size_t n = to->n;

		if (strv_contains(strv_or_empty(to->names), *name))
			continue;
		ok = ok && strv_push_counted(&to->names, &to->n, *name) == 0 &&
		     strv_push_counted(&to->paths, &n, "") == 0;
		if (!ok)
			break;
		free(to->paths[n - 1]);
		to->paths[n - 1] = path_join(dir, *name);
		ok = to->paths[n - 1] != NULL;
	}
	return ok;
}

static void add_drop_ins(struct quadlet_set *s, struct quadlet_unit *u, char *const *dirs)
{
	struct drop_ins found = {0};
	_cleanup_strv_ char **kinds = quadlet_name_drop_ins(&u->name), **order = NULL;

	s->failed |= !kinds;
	for (size_t k = kinds ? strv_length(kinds) : 0; k-- > 0;)
		STRV_FOREACH(dir, dirs) {
			_cleanup_free_ char *path = path_join(*dir, kinds[k]);

			if (!path || !collect(&found, path))
				s->failed = true;
		}
	order = strv_copy(strv_or_empty(found.names));
	s->failed |= !order;
	if (order)
		strv_sort(order);
	STRV_FOREACH(name, order)
		for (size_t i = 0; i < found.n && !s->failed; i++)
			if (streq(found.names[i], *name))
				add_file(s, u, found.paths[i]);
	strv_free(found.names);
	strv_free(found.paths);
}

static bool is_masked(const char *path)
{
	struct stat st, null;

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode) && stat("/dev/null", &null) == 0 &&
	       st.st_rdev == null.st_rdev;
}

static int load_dir(struct quadlet_set *s, const char *dir, char ***masked, char ***notices)
{
	_cleanup_strv_ char **names = list_dir(dir, quadlet_name_matches);

	if (!names)
		return -ENOMEM;
	STRV_FOREACH(name, names) {
		_cleanup_free_ char *path = path_join(dir, *name);
		struct quadlet_unit *u = NULL;
		bool known = strv_contains(strv_or_empty(*masked), *name);
		int r = 0;

		for (size_t i = 0; i < s->n; i++)
			known |= streq(s->units[i].name.file, *name);
		if (!path)
			return -ENOMEM;
		if (known)
			continue;
		if (is_masked(path))
			r = strv_push(masked, *name);
		else if (s->n >= FILES_MAX)
			r = strv_pushf(notices, "'%s' is left out: there are too many files", path);
		else
			r = quadlet_set_add(s, path, &u);
		if (r == -EINVAL)
			r = strv_pushf(notices, "'%s' is left out: systemd allows no such name",
				       path);
		if (r < 0)
			return r;
		if (u)
			add_file(s, u, path);
	}
	return 0;
}

int quadlet_load(struct quadlet_set *s, char *const *dirs, char ***notices)
{
	_cleanup_strv_ char **masked = NULL;

	STRV_FOREACH(dir, dirs) {
		int r = load_dir(s, *dir, &masked, notices);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < s->n; i++)
		add_drop_ins(s, &s->units[i], dirs);
	return s->failed ? -ENOMEM : 0;
}

int quadlet_load_file(struct quadlet_set *s, const char *path)
{
	struct quadlet_unit *u;
	int r = quadlet_set_add(s, path, &u);

	if (r < 0)
		return r;
	add_file(s, u, path);
	return s->failed ? -ENOMEM : 0;
}
