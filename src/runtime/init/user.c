/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The user of the container's process. Names are looked up in the container's own /etc/passwd and /etc/group,
 * which the image controls: so only regular files of limited size are read, as plain text, nothing is loaded
 * (NSS), and digits are never a name.
 *
 * Reading must neither consume data nor block. Files that the kernel generates (/proc/kmsg, trace_pipe) can do
 * both: files of procfs and sysfs are refused, and files without a size count as empty. Of FUSE file systems only
 * the root's is read: the server of another may be in the container, and while it does not answer not even SIGKILL
 * ends a read.
 */

#include "runtime/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/fd.h"
#include "base/id-file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/annotations.h"

int init_reopen(const struct init *init, int path_fd, int flags)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "self/fd/%d", path_fd);
	int fd = openat(init->host.proc_fd, path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The reason not to read the file, or NULL. */
static const char *refusal(const struct init *init, int path_fd, const struct stat *st)
{
	struct stat root;
	struct statfs fs;

	/* Opening a FIFO or a device could block, or do something. */
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (fstatfs(path_fd, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC)
		return "is a file of the kernel";
	if (fs.f_type == FUSE_SUPER_MAGIC &&
	    (fstat(init->root_fd, &root) < 0 || root.st_dev != st->st_dev))
		return "is on a FUSE file system other than the root's";
	return NULL;
}

int init_read_id_file(const struct init *init, const char *path, char **ret, struct masu_error *err)
{
	_cleanup_close_ int path_fd = path_open_in(init->root_fd, path, O_PATH, 0, 0);
	bool is_missing = path_fd == -ENOENT || path_fd == -ENOTDIR;
	struct stat st = {0};

	if (!is_missing && (path_fd < 0 || fstat(path_fd, &st) < 0))
		return err_sys(err, path_fd < 0 ? path_fd : errno, "open '%s' of the container",
			       path);
	const char *why = is_missing ? NULL : refusal(init, path_fd, &st);
	if (why) {
		(void)err_set(err, ERR_INVALID, EINVAL, "'%s' of the container %s", path, why);
		return err_hint(err, "a number as user or group needs no such file");
	}
	if (st.st_size == 0) {
		*ret = strdup("");
		return *ret ? 0 : err_oom(err);
	}
	_cleanup_close_ int fd = init_reopen(init, path_fd, O_RDONLY);
	int r = fd < 0 ? fd : fd_read_all(fd, ID_FILE_MAX, ret, NULL);
	return r < 0 ? err_sys(err, r, "read '%s' of the container", path) : 0;
}

struct passwd_search {
	const char *name; /* or NULL: by uid */
	uid_t uid;
	gid_t gid;
	char *found_name;
	char *home;
};

static void passwd_search_done(struct passwd_search *s)
{
	free(s->found_name);
	free(s->home);
}

/* name:password:uid:gid:gecos:home:shell */
static int match_user(char **fields, void *arg)
{
	struct passwd_search *s = arg;
	uint32_t uid, gid;

	if (id_file_number(fields[2], &uid) < 0 || id_file_number(fields[3], &gid) < 0)
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
static int add_group(struct init_process *p, gid_t gid)
{
	/* The room doubles at each power of two. */
	if ((p->n_groups & (p->n_groups - 1)) == 0) {
		size_t room = p->n_groups ? 2 * p->n_groups : 1;
		gid_t *grown = reallocarray(p->groups, room, sizeof(gid_t));

		if (!grown)
			return -ENOMEM;
		p->groups = grown;
	}
	p->groups[p->n_groups++] = gid;
	return 0;
}

static int compare_gid(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* The kernel sorts them as well, so the order has no meaning. */
static int sort_groups(struct init_process *p, struct masu_error *err)
{
	size_t n = 0;

	if (p->n_groups == 0)
		return 0;
	qsort(p->groups, p->n_groups, sizeof(gid_t), compare_gid);
	for (size_t i = 0; i < p->n_groups; i++)
		if (i == 0 || p->groups[i] != p->groups[i - 1])
			p->groups[n++] = p->groups[i];
	p->n_groups = n;
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

	if (id_file_number(fields[2], &gid) < 0)
		return 0;
	if (s->name) {
		s->gid = gid;
		return streq(fields[0], s->name);
	}
	/* A group that is not mapped, or cannot be set, is skipped: it was not requested by name. */
	return s->init->process.may_set_groups && id_file_lists(fields[3], s->member) &&
			       init_maps_gid(s->init, gid)
		       ? add_group(&s->init->process, gid)
		       : 0;
}

/* Returns 1 for a number, 0 for a name, -errno. */
static int parse_id(const char *text, uint32_t *ret, struct masu_error *err)
{
	int r = id_parse(text, ret);

	return r < 0 ? err_set(err, ERR_INVALID, EINVAL, "invalid user or group: '%s'", text) : r;
}

static int find_user(struct init *init, const char *text, struct passwd_search *s,
		     struct masu_error *err)
{
	_cleanup_free_ char *passwd = NULL;
	uint32_t id = 0;
	int number = parse_id(text, &id, err);

	if (number < 0)
		return number;
	if (!number)
		s->name = text;
	s->uid = id;
	int r = init_read_id_file(init, "/etc/passwd", &passwd, err);
	if (r < 0)
		return r;
	r = id_file_find(passwd, 6, match_user, s);
	if (r < 0)
		return err_sys(err, r, "look up user '%s'", text);
	if (r == 0 && !number) {
		(void)err_set(err, ERR_NOT_FOUND, ENOENT, "no user '%s' in the container", text);
		return err_hint(err, "its /etc/passwd does not list it; a number always works");
	}
	init->process.uid = s->uid;
	init->process.gid = s->gid;
	return 0;
}

static int find_group_named(const struct init *init, const char *name, gid_t *ret,
			    struct masu_error *err)
{
	_cleanup_free_ char *group = NULL;
	struct group_search s = {.name = name};
	int r = init_read_id_file(init, "/etc/group", &group, err);

	if (r < 0)
		return r;
	if (id_file_find(group, 3, match_group, &s) != 1) {
		(void)err_set(err, ERR_NOT_FOUND, ENOENT, "no group '%s' in the container", name);
		return err_hint(err, "its /etc/group does not list it; a number always works");
	}
	*ret = s.gid;
	return 0;
}

static int find_group(struct init *init, const char *text, struct masu_error *err)
{
	uint32_t id = 0;
	int number = parse_id(text, &id, err);

	if (number == 0)
		return find_group_named(init, text, &init->process.gid, err);
	init->process.gid = id;
	return MIN(number, 0);
}

static int find_memberships(struct init *init, const char *name, struct masu_error *err)
{
	_cleanup_free_ char *group = NULL;
	struct group_search s = {.member = name, .init = init};
	int r = init_read_id_file(init, "/etc/group", &group, err);

	if (r < 0)
		return r;
	r = id_file_find(group, 4, match_group, &s);
	return r < 0 ? err_sys(err, r, "look up the groups of '%s'", name) : 0;
}

/*
 * "user:group". As in Docker and Podman, each part may be missing or empty: the user is 0 then, and the group is
 * the user's, with the groups that list the user as a member.
 */
static int look_up(struct init *init, struct passwd_search *s, struct masu_error *err)
{
	size_t length = strcspn(init->plan->user, ":");
	const char *group = init->plan->user[length] ? init->plan->user + length + 1 : "";
	_cleanup_free_ char *user = strndup(init->plan->user, length);

	if (!user)
		return err_oom(err);
	int r = find_user(init, *user ? user : "0", s, err);
	if (r < 0)
		return r;
	if (*group)
		return find_group(init, group, err);
	return s->found_name ? find_memberships(init, s->found_name, err) : 0;
}

/*
 * With numeric ids the home directory still comes from the container's passwd, as in runc; Docker relies on it.
 * A passwd that cannot be read, or does not list the user, does not fail the start.
 */
static void look_up_home(const struct init *init, struct passwd_search *s)
{
	_cleanup_free_ char *passwd = NULL;

	s->uid = init->process.uid;
	if (!strv_env_get(init->spec->process->env, "HOME") &&
	    init_read_id_file(init, "/etc/passwd", &passwd, NULL) == 0)
		(void)id_file_find(passwd, 6, match_user, s);
}

static int add_home(struct init *init, const char *home, struct masu_error *err)
{
	init->process.env = strv_copy(init->spec->process->env);
	if (!init->process.env)
		return err_oom(err);
	if (strv_env_get(init->process.env, "HOME"))
		return 0;
	bool usable = home && *home == '/' && !str_has_control(home);
	return strv_pushf(&init->process.env, "HOME=%s", usable ? home : "/") < 0 ? err_oom(err)
										  : 0;
}

/*
 * It is denied for good in a namespace with one mapped id. The container may have no procfs. With lent ids
 * (linux/lent-ids.h) systemd denies it, which only an attempt shows; this one drops the groups that are replaced anyway.
 */
static bool may_set_groups(const struct init *init)
{
	_cleanup_close_ int fd = init_open_proc(init, "self/setgroups", O_RDONLY);
	char text[8] = "";

	/* If it is not readable, the call itself will fail. */
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) >= 0 && strncmp(text, "deny", 4) == 0)
		return false;
	return !init->spec->namespaces[OCI_NS_USER].wanted || setgroups(0, NULL) == 0 ||
	       errno != EPERM;
}

static int add_groups(struct init *init, const struct oci_user *user, struct masu_error *err)
{
	const char *names = oci_map_get(&init->spec->annotations, OCI_ANNOTATION_GROUP_NAMES);
	_cleanup_strv_ char **list = names ? strv_split(names, ",") : NULL;
	gid_t gid;

	if (names && !list)
		return err_oom(err);
	for (size_t i = 0; i < user->n_additional_gids; i++)
		if (add_group(&init->process, user->additional_gids[i]) < 0)
			return err_oom(err);
	STRV_FOREACH(name, list) {
		int r = find_group_named(init, *name, &gid, err);

		if (r < 0)
			return r;
		if (add_group(&init->process, gid) < 0)
			return err_oom(err);
	}
	return 0;
}

int init_find_user(struct init *init, struct masu_error *err)
{
	const struct oci_user *user = &init->spec->process->user;
	bool keep_groups = oci_annotation_is_on(init->spec, OCI_ANNOTATION_KEEP_GROUPS);
	_cleanup_(passwd_search_done) struct passwd_search s = {0};

	init->process.uid = user->uid;
	init->process.gid = user->gid;
	init->process.may_set_groups = !keep_groups && may_set_groups(init);
	int r = keep_groups ? 0 : add_groups(init, user, err);
	if (r < 0)
		return r;
	if (init->plan->user) {
		r = look_up(init, &s, err);
		if (r < 0)
			return r;
	} else {
		look_up_home(init, &s);
	}
	if (keep_groups)
		init->process.n_groups = 0; /* those that the container's files give the user */
	r = sort_groups(&init->process, err);
	return r < 0 ? r : add_home(init, s.home, err);
}
