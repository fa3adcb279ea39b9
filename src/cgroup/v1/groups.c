/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On cgroup v1 each controller, or a few together, have a hierarchy of their own, and a process is in
 * one group of each hierarchy. A container gets a group of the same name in the hierarchies that it
 * needs: in all of them if its engine named a path, as the engine then reads its statistics there.
 *
 * Unlike on v2, the limits are written before any process is in the group, a group may hold both
 * processes and groups, and a group does not inherit unset values: a new cpuset is empty, and no process
 * can enter it before it has processors and memory nodes.
 *
 * No event reports that a group is empty or frozen: masu has to poll.
 */
#include "cgroup/v1/v1.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cgroup/detect.h"
#include "cgroup/own.h"
#include "cgroup/walk.h"

#define VALUE_MAX	8192
#define REMOVE_PAUSE_MS 2

int v1_holder(const struct cgroup *cg)
{
	int freezer = cgroup_fd_v1(cg, "freezer");

	return freezer >= 0 || cg->n_v1 == 0 ? freezer : cg->v1[0].fd;
}

/* Takes the descriptor. */
static int add_group(struct cgroup *cg, const char *names, const char *path, int fd)
{
	struct cgroup_group *more = reallocarray(cg->v1, cg->n_v1 + 1, sizeof(*more));
	_cleanup_close_ int owned = fd;

	if (!more)
		return -ENOMEM;
	cg->v1 = more;
	more[cg->n_v1] = (struct cgroup_group){
		.names = strdup(names), .path = strdup(path), .fd = -1};
	if (!more[cg->n_v1].names || !more[cg->n_v1].path) {
		free(more[cg->n_v1].names);
		free(more[cg->n_v1].path);
		return -ENOMEM;
	}
	more[cg->n_v1++].fd = TAKE_FD(owned);
	return 0;
}

int v1_open(struct cgroup *cg, const char *names, const char *path)
{
	_cleanup_close_ int root = hierarchy_open(names);
	int fd = root < 0 ? root
			  : path_open_in(root, path + strspn(path, "/"), O_PATH | O_DIRECTORY, 0,
					 PATH_BENEATH | PATH_NO_SYMLINKS);

	if (fd == -ENOENT)
		return 0;
	return fd < 0 ? fd : add_group(cg, names, path, fd);
}

/* Copies the values that a new cpuset needs before a process can enter it from the group above. */
static int inherit(int parent, int child)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *own = NULL, *above = NULL;
		int r = file_read(child, files[i], VALUE_MAX, &own, NULL);

		if (r < 0)
			return r;
		if (strspn(own, " \n") != strlen(own))
			continue;
		r = file_read(parent, files[i], VALUE_MAX, &above, NULL);
		if (r < 0)
			return r;
		r = file_write_value(child, files[i], above);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Creates the group at `path` of a hierarchy and all above it, unless they exist. Descriptor or -errno. */
static int make_path(int root, const char *path, bool cpuset, bool *ret_made)
{
	_cleanup_strv_ char **parts = strv_split(path + 1, "/");
	_cleanup_close_ int group = fcntl(root, F_DUPFD_CLOEXEC, 3);

	if (!parts || group < 0)
		return parts ? -errno : -ENOMEM;
	STRV_FOREACH(part, parts) {
		_cleanup_close_ int next = own_make_child(group, *part, ret_made);
		int r = next < 0 ? next : cpuset ? inherit(group, next) : 0;

		if (r < 0 && next >= 0 && *ret_made)
			(void)unlinkat(group, *part, AT_REMOVEDIR); /* empty, so it goes */
		if (r < 0)
			return r;
		closep(&group);
		group = TAKE_FD(next);
	}
	return TAKE_FD(group);
}

/* In a container without a cgroup namespace the caller's group is the root of the mount. */
static const char *own_base(int root, const char *own)
{
	const char *below = own + strspn(own, "/");
	_cleanup_close_ int fd = *below ? own_open_child(root, below) : -1;

	return fd >= 0 ? own : "/";
}

static bool is_wanted(const struct hierarchy *h, const struct cgroup_request *request, bool freezer)
{
	if (request->everywhere || (request->devices && hierarchy_has(h->names, "devices")) ||
	    (freezer && hierarchy_has(h->names, "freezer")))
		return true;
	for (size_t i = 0; i < request->settings->n; i++) {
		const struct cgroup_setting *item = &request->settings->item[i];

		if (item->v1 && !(item->flags & SETTING_UNLIMITED) &&
		    hierarchy_has(h->names, item->v1))
			return true;
	}
	return false;
}

static int choose(struct cgroup *cg, const struct hierarchy *h, const char *path,
		  struct masu_error *err)
{
	_cleanup_close_ int root = hierarchy_open(h->names);
	_cleanup_free_ char *whole = NULL;

	if (root == -ENOENT)
		return 0; /* not mounted: no controller that could be used */
	if (root < 0)
		return err_sys(err, root, "open the cgroup hierarchy '%s'", h->names);
	int r = own_resolve(path, own_base(root, h->path), &whole, err);
	if (r < 0)
		return r;
	r = add_group(cg, h->names, whole, -1);
	return r < 0 ? err_sys(err, r, "create the cgroup '%s'", whole) : 0;
}

int v1_choose(struct cgroup *cg, const struct cgroup_request *request, bool freezer,
	      struct masu_error *err)
{
	_cleanup_hierarchies_ struct hierarchies all = {0};
	int r = hierarchies_of(0, &all);

	if (r < 0)
		return err_sys(err, r, "find the own cgroups");
	for (size_t i = 0; i < all.n; i++) {
		if (!*all.item[i].names || !is_wanted(&all.item[i], request, freezer))
			continue;
		r = choose(cg, &all.item[i], request->path, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int make_group(struct cgroup_group *g, bool exclusive, struct masu_error *err)
{
	_cleanup_close_ int root = hierarchy_open(g->names), fd = -1;
	bool made = false;

	if (root >= 0)
		fd = make_path(root, g->path, hierarchy_has(g->names, "cpuset"), &made);
	else
		fd = root;
	int r = MIN(fd, 0);
	if (r == 0 && !made)
		r = own_in_use(fd);
	if (r < 0)
		return err_sys(err, r, "create the cgroup '%s' in the hierarchy '%s'", g->path,
			       g->names);
	if (r > 0)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "the cgroup '%s' has processes already in the hierarchy '%s'",
			       g->path, g->names);
	if (exclusive && !made)
		return own_exists(g->path, err);
	g->fd = TAKE_FD(fd); /* ours to remove */
	return 0;
}

int v1_make(struct cgroup *cg, bool exclusive, struct masu_error *err)
{
	for (size_t i = 0; i < cg->n_v1; i++) {
		int r = make_group(&cg->v1[i], exclusive, err);
		if (r < 0)
			return r;
	}
	struct cgroup_group *freezer = cgroup_find_v1(cg, "freezer");
	if (!freezer || v1_is_frozen(cg) <= 0)
		return 0;
	closep(&freezer->fd);
	freezer->fd = -1; /* not ours to remove */
	return own_frozen(freezer->path, err);
}

int v1_require(const struct cgroup *cg, const struct cgroup_settings *settings,
	       struct masu_error *err)
{
	for (size_t i = 0; i < settings->n; i++) {
		const struct cgroup_setting *item = &settings->item[i];

		if (!item->v1 || item->flags & (SETTING_UNLIMITED | SETTING_OPTIONAL) ||
		    cgroup_find_v1(cg, item->v1))
			continue;
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "%s: the cgroup v1 controller '%s' is not mounted here, or the "
			      "container is in no group of it",
			      item->file, item->v1);
		return err_hint(err, "see /proc/cgroups and the directories of " CGROUP_ROOT
				     "; without linux.cgroupsPath a container is in the groups "
				     "that its first limits needed");
	}
	return 0;
}

int v1_enter(const struct cgroup *cg, pid_t pid, struct masu_error *err)
{
	for (size_t i = 0; i < cg->n_v1; i++) {
		const struct cgroup_group *group = &cg->v1[i];
		int r = cgroup_move(group->fd, pid);

		if (r < 0)
			return err_sys(err, r, "move process %d to the cgroup '%s' in '%s'",
				       (int)pid, group->path, group->names);
	}
	return 0;
}

static int enter_below(const struct cgroup_group *group, const char *path, pid_t pid)
{
	path += strspn(path, "/");
	_cleanup_close_ int fd = own_open_child(group->fd, *path ? path : ".");

	return fd < 0 ? fd : cgroup_move(fd, pid);
}

static bool has_one_of(const char *names, char *const *controllers)
{
	STRV_FOREACH(c, controllers)
		if (hierarchy_has(names, *c))
			return true;
	return false;
}

int v1_enter_below(const struct cgroup *cg, const char *sub, pid_t pid, struct masu_error *err)
{
	_cleanup_strv_ char **parts = strv_split(sub, ":");
	_cleanup_strv_ char **controllers = parts && parts[1] ? strv_split(parts[0], ",") : NULL;
	const char *path = parts && parts[1] ? sub + strlen(parts[0]) + 1 : sub;
	bool found = false;

	if (!parts || (parts[1] && !controllers))
		return err_oom(err);
	for (size_t i = 0; i < cg->n_v1; i++) {
		const struct cgroup_group *group = &cg->v1[i];

		if (controllers && !has_one_of(group->names, controllers))
			continue;
		int r = enter_below(group, path, pid);
		if (r < 0 && r != -ENOENT)
			return err_sys(err, r, "enter the cgroup '%s' below '%s' in '%s'", path,
				       group->path, group->names);
		found |= r == 0;
	}
	return found ? 0
		     : err_set(err, ERR_NOT_FOUND, ENOENT, "the container has no cgroup '%s'", sub);
}

static int remove_opened(const struct cgroup_group *group)
{
	int r = walk_remove_children(group->fd);

	if (r < 0)
		return r;
	_cleanup_close_ int root = hierarchy_open(group->names);
	return root < 0 ? root : own_remove(group->fd, root, group->path);
}

static int remove_group(const struct cgroup_group *group)
{
	int r = group->fd < 0 ? 0 : remove_opened(group);

	return cgroup_is_gone(r) ? 0 : r;
}

/* A process that was killed stays in its groups for a moment, even if it was reaped. A shortage may pass, too. */
int v1_remove(const struct cgroup *cg, int timeout_ms)
{
	int64_t deadline = time_monotonic_ms() + timeout_ms;
	int first = 0;

	for (size_t i = 0; i < cg->n_v1; i++) {
		int r = remove_group(&cg->v1[i]);

		while ((r == -EBUSY || err_is_shortage(r)) && time_monotonic_ms() < deadline) {
			(void)poll(NULL, 0, REMOVE_PAUSE_MS);
			r = remove_group(&cg->v1[i]);
		}
		first = first ? first : r;
	}
	return first;
}
