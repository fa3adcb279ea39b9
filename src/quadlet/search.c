/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/search.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/account.h"
#include "base/array.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

#define OWN	  "masu/systemd"
#define PODMANS	  "containers/systemd"
#define DEPTH_MAX 16
#define DIRS_MAX  1024

struct directory_id {
	dev_t dev;
	ino_t ino;
};

struct search {
	char **dirs, **notices;
	struct directory_id *seen;
	size_t n_seen;
	bool failed;
};

static void notice(struct search *s, char *text)
{
	if (strv_push_owned(&s->notices, text) < 0)
		s->failed = true;
}

/* Returns whether the directory is new. */
static bool remember(struct search *s, const struct stat *st)
{
	for (size_t i = 0; i < s->n_seen; i++)
		if (s->seen[i].dev == st->st_dev && s->seen[i].ino == st->st_ino)
			return false;
	struct directory_id *id = array_add(&s->seen, &s->n_seen, sizeof(*id));
	if (!id) {
		s->failed = true;
		return false;
	}
	*id = (struct directory_id){st->st_dev, st->st_ino};
	return true;
}

static bool is_number(const char *name)
{
	const char *s = name;

	while (isdigit((unsigned char)*s))
		s++;
	return s > name && !*s;
}

/* Directories that are not part of the one above: drop-ins, those of users in one of the system, and other users'. */
static bool is_apart(const char *dir, const char *name, unsigned int depth)
{
	if (*name == '.' || str_has_suffix(name, ".d"))
		return true;
	if (depth > 0)
		return false;
	return str_has_suffix(dir, "/users") ? is_number(name) : streq(name, "users");
}

static char **list_names(DIR *d)
{
	_cleanup_strv_ char **names = strv_copy(NULL);
	const struct dirent *entry;
	size_t n = 0;

	while (names && (entry = file_next_entry(d)))
		if ((entry->d_type == DT_DIR || entry->d_type == DT_LNK ||
		     entry->d_type == DT_UNKNOWN) &&
		    strv_push_counted(&names, &n, entry->d_name) < 0)
			return NULL;
	if (names)
		strv_sort(names);
	return TAKE_PTR(names);
}

static void add_dir(struct search *s, const char *path, unsigned int depth)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_closedir_ DIR *d = NULL;
	_cleanup_strv_ char **names = NULL;
	struct stat st;

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		notice(s, str_printf("cannot open '%s': %m", path));
	if (fd < 0 || fstat(fd, &st) < 0 || !remember(s, &st))
		return;
	if (str_has_control(path) || depth > DEPTH_MAX || s->n_seen > DIRS_MAX) {
		notice(s,
		       str_printf("the directory '%s' is left out: %s", path,
				  str_has_control(path) ? "its name has a control character"
							: "there are too many, or it is too deep"));
		return;
	}
	d = fdopendir(TAKE_FD(fd));
	names = d ? list_names(d) : NULL;
	if (!names || strv_push(&s->dirs, path) < 0) {
		s->failed = true;
		return;
	}
	STRV_FOREACH(name, names) {
		_cleanup_free_ char *below = path_join(path, *name);

		if (below && !is_apart(path, *name, depth))
			add_dir(s, below, depth + 1);
		s->failed |= !below;
	}
}

/* Is it there, and not masked by a link to /dev/null? The first directory decides, as in systemd.generator(7). */
static bool has_podman_generator(bool user)
{
	static const char *const dirs[] = {"/run/systemd", "/etc/systemd", "/usr/local/lib/systemd",
					   "/usr/lib/systemd"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char path[128];
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s/%s-generators/podman-%s-generator", dirs[i],
			       user ? "user" : "system", user ? "user" : "system");
		if (stat(path, &st) == 0)
			return S_ISREG(st.st_mode) && st.st_size > 0;
	}
	return false;
}

static void add_root(struct search *s, const char *above, const char *below, bool with_podmans)
{
	const char *const kinds[] = {OWN, PODMANS};

	for (size_t i = 0; above && i < (with_podmans ? 2U : 1U); i++) {
		const char *slash = str_has_suffix(above, "/") ? "" : "/";
		_cleanup_free_ char *dir = str_printf("%s%s%s%s", above, slash, kinds[i], below);

		if (dir && *dir == '/')
			add_dir(s, dir, 0);
		s->failed |= !dir;
	}
}

static void add_standard(struct search *s, bool user)
{
	/* Without both variables, the name service could be asked for the directory, which may wait for the network. */
	bool has_home = getenv("XDG_CONFIG_HOME") || getenv("HOME");
	_cleanup_free_ char *config = user && has_home ? account_config_path("") : NULL,
			    *below = NULL;
	bool with_podmans = !has_podman_generator(user);

	if (!user) {
		add_root(s, "/run", "", with_podmans);
		add_root(s, "/etc", "", with_podmans);
		add_root(s, "/usr/share", "", with_podmans);
		return;
	}
	below = str_printf("/users/%u", getuid());
	s->failed |= !below;
	if (!below)
		return;
	add_root(s, getenv("XDG_RUNTIME_DIR"), "", with_podmans);
	add_root(s, config, "", with_podmans);
	add_root(s, "/etc", below, with_podmans);
	add_root(s, "/etc", "/users", with_podmans);
	add_root(s, "/usr/share", below, with_podmans);
	add_root(s, "/usr/share", "/users", with_podmans);
}

int quadlet_search(bool user, char ***ret_dirs, char ***ret_notices)
{
	const char *only = getenv("QUADLET_UNIT_DIRS");
	struct search s = {.dirs = strv_copy(NULL), .notices = strv_copy(NULL)};
	_cleanup_strv_ char **list = only && *only ? strv_split(only, ":") : NULL;

	s.failed = !s.dirs || !s.notices || (only && *only && !list);
	if (!list)
		add_standard(&s, user);
	STRV_FOREACH(dir, list)
		if (**dir == '/')
			add_dir(&s, *dir, 0);
		else if (**dir)
			notice(&s,
			       str_printf("QUADLET_UNIT_DIRS: '%s' is not an absolute path", *dir));
	free(s.seen);
	if (s.failed) {
		strv_free(s.dirs);
		strv_free(s.notices);
		return -ENOMEM;
	}
	*ret_dirs = s.dirs;
	*ret_notices = s.notices;
	return 0;
}
