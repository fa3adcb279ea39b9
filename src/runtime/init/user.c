/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who the container's process runs as. Names are looked up in the container's own /etc/passwd and
 * /etc/group, read as plain text: they are whatever the image says, so only regular files of
 * bounded size are read, nothing is loaded (NSS), and digits are never a name.
 *
 * Nor may a read take something away, or wait for somebody. Files that the kernel makes up as they are
 * read (/proc/kmsg, trace_pipe) can do both: those of procfs and sysfs are refused, and all that have no
 * size are taken as empty. A FUSE file system must be the root's: the server of any other may be in the
 * container, and while it doesn't answer not even SIGKILL ends a read.
 */

#include "runtime/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/annotations.h"

#define ID_FILE_MAX (10U << 20)

/*
 * By a magic link, which init_open_proc() refuses; but procfs is the host's, and checked to be. Who
 * joins a container has that container's at /proc, where it isn't itself, and which may be none.
 */
static int reopen(const struct init *init, int place)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "self/fd/%d", place);
	int fd = openat(init->proc_fd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Why it isn't read, or NULL. */
static const char *refusal(const struct init *init, int place, const struct stat *st)
{
	struct stat root;
	struct statfs fs;

	/* Opening a FIFO or a device could block, or do something. */
	if (!S_ISREG(st->st_mode))
		return "is no regular file";
	if (fstatfs(place, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC)
		return "is a file of the kernel's";
	if (fs.f_type == FUSE_SUPER_MAGIC &&
	    (fstat(init->root_fd, &root) < 0 || root.st_dev != st->st_dev))
		return "is on a FUSE file system other than the root's";
	return NULL;
}

/* The text of a file in the container, "" when there is none. */
static int read_id_file(const struct init *init, const char *path, char **ret, struct err *err)
{
	_cleanup_close_ int place = path_open_in(init->root_fd, path, O_PATH, 0, 0);
	bool is_missing = place == -ENOENT || place == -ENOTDIR;
	struct stat st = {0};

	if (!is_missing && (place < 0 || fstat(place, &st) < 0))
		return err_sys(err, place < 0 ? place : errno, "open '%s' of the container", path);
	const char *why = is_missing ? NULL : refusal(init, place, &st);
	if (why) {
		(void)err_set(err, ERR_INVALID, EINVAL, "'%s' of the container %s", path, why);
		return err_hint(err, "a number as user or group needs no such file");
	}
	if (st.st_size == 0) {
		*ret = strdup("");
		return *ret ? 0 : err_sys(err, ENOMEM, "read '%s' of the container", path);
	}
	_cleanup_close_ int fd = reopen(init, place);
	int r = fd < 0 ? fd : fd_read_all(fd, ID_FILE_MAX, ret, NULL);
	return r < 0 ? err_sys(err, r, "read '%s' of the container", path) : 0;
}

/*
 * Calls for each line with at least `n_fields` fields separated by ':', cut in place. Returns 1 as
 * soon as `match` does, else 0.
 */
static int find_line(char *text, size_t n_fields, int (*match)(char **fields, void *arg), void *arg)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		char *fields[8] = {0}, *at = line;
		size_t n = 0;

		while (at && n < ARRAY_SIZE(fields))
			fields[n++] = strsep(&at, ":");
		if (n < n_fields)
			continue;
		int r = match(fields, arg);
		if (r != 0)
			return r;
	}
	return 0;
}

struct passwd_search {
	const char *name; /* or NULL: by uid */
	uid_t uid;
	gid_t gid;
	char *found_name;
	char *home;
};

/* name:password:uid:gid:gecos:home:shell */
static int match_user(char **fields, void *arg)
{
	struct passwd_search *s = arg;
	uint32_t uid, gid;

	if (str_to_uint32(fields[2], &uid) < 0 || str_to_uint32(fields[3], &gid) < 0 ||
	    uid == UINT32_MAX || gid == UINT32_MAX)
		return 0;
	if (s->name ? !streq(fields[0], s->name) : uid != s->uid)
		return 0;
	s->uid = uid;
	s->gid = gid;
	s->found_name = strdup(fields[0]);
	s->home = strdup(fields[5]);
	return s->found_name && s->home ? 1 : -ENOMEM;
}

struct group_search {
	const char *name;
	const char *member; /* collect the groups that list it */
	gid_t gid;
	struct init *init;
};

/* May be called twice for one group: sort_groups() keeps one. */
static int add_group(struct init *init, gid_t gid)
{
	/* The room doubles at each power of two. */
	if ((init->n_groups & (init->n_groups - 1)) == 0) {
		size_t room = init->n_groups ? 2 * init->n_groups : 1;
		gid_t *grown = reallocarray(init->groups, room, sizeof(gid_t));

		if (!grown)
			return -ENOMEM;
		init->groups = grown;
	}
	init->groups[init->n_groups++] = gid;
	return 0;
}

static int compare_gid(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* The kernel sorts them as well, so that the order says nothing. */
static int sort_groups(struct init *init, struct err *err)
{
	size_t n = 0;

	if (init->n_groups == 0)
		return 0;
	qsort(init->groups, init->n_groups, sizeof(gid_t), compare_gid);
	for (size_t i = 0; i < init->n_groups; i++)
		if (i == 0 || init->groups[i] != init->groups[i - 1])
			init->groups[n++] = init->groups[i];
	init->n_groups = n;
	return n <= NGROUPS_MAX
		       ? 0
		       : err_set(err, ERR_INVALID, EINVAL,
				 "the user is in %zu groups, and the kernel takes %d at most", n,
				 NGROUPS_MAX);
}

bool init_maps_gid(const struct init *init, gid_t gid)
{
	const struct idmap *map = init->plan->idmap;
	uint32_t host;

	return !map || !map->userns || !init->spec->namespaces[OCI_NS_USER].wanted ||
	       idmap_to_host(map->gids, map->n_gids, gid, &host) == 0;
}

/* name:password:gid:member,member */
static int match_group(char **fields, void *arg)
{
	struct group_search *s = arg;
	uint32_t gid;

	if (str_to_uint32(fields[2], &gid) < 0 || gid == UINT32_MAX)
		return 0;
	if (s->name) {
		s->gid = gid;
		return streq(fields[0], s->name);
	}
	char *rest = fields[3], *member;
	while ((member = strsep(&rest, ",")) && !streq(member, s->member))
		;
	/* One that isn't mapped is not to be had here; nobody asked for it by name. */
	return member && init_maps_gid(s->init, gid) ? add_group(s->init, gid) : 0;
}

/* A number of the user's own, or a name. 1 for a number, 0 for a name, -errno. */
static int parse_id(const char *text, uint32_t *ret, struct err *err)
{
	int r = str_to_uint32(text, ret);

	if (r == 0 && *ret != UINT32_MAX)
		return 1;
	if (r == -EINVAL && *text && text[strspn(text, "0123456789")] && *text != '-' &&
	    *text != '+' && !str_has_control(text))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "'%s' is no user or group, and no id", text);
}

static int find_user(struct init *init, const char *text, struct passwd_search *s, struct err *err)
{
	_cleanup_free_ char *passwd = NULL;
	uint32_t id = 0;
	int number = parse_id(text, &id, err);

	if (number < 0)
		return number;
	if (!number)
		s->name = text;
	s->uid = id;
	int r = read_id_file(init, "/etc/passwd", &passwd, err);
	if (r < 0)
		return r;
	r = find_line(passwd, 6, match_user, s);
	if (r < 0)
		return err_sys(err, r, "look up user '%s'", text);
	if (r == 0 && !number) {
		(void)err_set(err, ERR_NOT_FOUND, ENOENT, "no user '%s' in the container", text);
		return err_hint(err, "its /etc/passwd doesn't list it; a number works always");
	}
	init->uid = s->uid;
	init->gid = s->gid;
	return 0;
}

static int find_group(struct init *init, const char *text, struct err *err)
{
	_cleanup_free_ char *group = NULL;
	struct group_search s = {.name = text};
	uint32_t id = 0;
	int number = parse_id(text, &id, err);

	if (number != 0) {
		init->gid = id;
		return number < 0 ? number : 0;
	}
	int r = read_id_file(init, "/etc/group", &group, err);
	if (r < 0)
		return r;
	if (find_line(group, 3, match_group, &s) != 1)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "no group '%s' in the container", text);
	init->gid = s.gid;
	return 0;
}

static int find_memberships(struct init *init, const char *name, struct err *err)
{
	_cleanup_free_ char *group = NULL;
	struct group_search s = {.member = name, .init = init};
	int r = read_id_file(init, "/etc/group", &group, err);

	if (r < 0)
		return r;
	r = find_line(group, 4, match_group, &s);
	return r < 0 ? err_sys(err, r, "look up the groups of '%s'", name) : 0;
}

/*
 * "user:group". As Docker and Podman read it, each part may be missing or empty: the user is 0 then,
 * and the group that of the user, with the groups whose member the user is.
 */
static int look_up(struct init *init, struct passwd_search *s, struct err *err)
{
	size_t length = strcspn(init->plan->user, ":");
	const char *group = init->plan->user[length] ? init->plan->user + length + 1 : "";
	_cleanup_free_ char *user = strndup(init->plan->user, length);

	if (!user)
		return err_sys(err, ENOMEM, "look up the user");
	int r = find_user(init, *user ? user : "0", s, err);
	if (r < 0)
		return r;
	if (*group)
		return find_group(init, group, err);
	return s->found_name ? find_memberships(init, s->found_name, err) : 0;
}

/*
 * Where ids are numbers, the home is still what the container's passwd says, as runc has it and
 * Docker relies on. One that can't be read, or doesn't know the user, is no failure.
 */
static void look_up_home(const struct init *init, struct passwd_search *s)
{
	_cleanup_free_ char *passwd = NULL;

	s->uid = init->uid;
	if (!strv_env_get(init->spec->process->env, "HOME") &&
	    read_id_file(init, "/etc/passwd", &passwd, NULL) == 0)
		(void)find_line(passwd, 6, match_user, s);
}

static int add_home(struct init *init, const char *home, struct err *err)
{
	init->env = strv_copy(init->spec->process->env);
	if (!init->env)
		return err_sys(err, ENOMEM, "make the environment");
	if (strv_env_get(init->env, "HOME"))
		return 0;
	bool usable = home && *home == '/' && !str_has_control(home);
	return strv_pushf(&init->env, "HOME=%s", usable ? home : "/") < 0
		       ? err_sys(err, ENOMEM, "make the environment")
		       : 0;
}

/* Given up for good in a namespace of one mapped id. From the host's procfs: inside there may be none. */
static bool may_set_groups(const struct init *init)
{
	_cleanup_close_ int fd = init_open_proc(init, "self/setgroups", O_RDONLY);
	char text[8] = "";

	/* Not readable: the call itself will tell. */
	return fd < 0 || read(fd, text, sizeof(text) - 1) < 0 || strncmp(text, "deny", 4) != 0;
}

int init_user(struct init *init, struct err *err)
{
	const struct oci_user *user = &init->spec->process->user;
	struct passwd_search s = {0};
	int r = 0;

	init->uid = user->uid;
	init->gid = user->gid;
	bool keep_groups = oci_annotation_is_on(init->spec, OCI_ANNOTATION_KEEP_GROUPS);

	init->may_set_groups = !keep_groups && may_set_groups(init);
	for (size_t i = 0; r == 0 && !keep_groups && i < user->n_additional_gids; i++)
		if (add_group(init, user->additional_gids[i]) < 0)
			r = err_sys(err, ENOMEM, "make the groups");
	if (r == 0 && init->plan->user)
		r = look_up(init, &s, err);
	else if (r == 0)
		look_up_home(init, &s);
	if (r == 0)
		r = sort_groups(init, err);
	if (r == 0)
		r = add_home(init, s.home, err);
	free(s.found_name);
	free(s.home);
	return r;
}
