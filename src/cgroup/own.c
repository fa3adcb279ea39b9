/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "cgroup/manager.h"
#include "cgroup/walk.h"

int own_resolve(const char *path, const char *base, char **ret, struct masu_error *err)
{
	_cleanup_free_ char *whole = NULL, *normal = NULL;
	_cleanup_strv_ char **parts = strv_split(path, "/");

	if (!parts)
		return err_oom(err);
	STRV_FOREACH(part, parts)
		if (streq(*part, "..") || streq(*part, ".") || str_has_control(*part))
			return err_set(err, ERR_INVALID, EINVAL, "bad cgroup path '%s'", path);
	whole = path_join(path[0] == '/' ? "/" : base, path);
	normal = whole ? path_normalize(whole) : NULL;
	if (!normal)
		return err_oom(err);
	if (streq(normal, "/"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the root of the hierarchy can't be a container's cgroup");
	*ret = TAKE_PTR(normal);
	return 0;
}

/*
 * A group with processes of its own can't give controllers to those below it, but for the root. Those
 * that work on threads it could give, but then no process could enter the groups below any more.
 */
static bool can_divide(int group)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;

	/* The hierarchy's root has no type. */
	return faccessat(group, "cgroup.type", F_OK, 0) < 0 ||
	       (walk_own_pids(group, &pids, &n) == 0 && n == 0);
}

static void enable_controllers(int group, unsigned set)
{
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT;
	unsigned present = 0, enabled = 0;

	if (cgroup_controllers(group, &present) < 0 ||
	    cgroup_subtree_controllers(group, &enabled) < 0)
		return;
	set &= present & ~enabled;
	for (unsigned i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		if (set & 1u << i)
			(void)strbuf_addf(&all, "%s+%s", all.length ? " " : "",
					  cgroup_controller_name((enum cgroup_controller)i));
	if (all.failed || !all.length || !can_divide(group) ||
	    file_write_value(group, "cgroup.subtree_control", all.text) == 0)
		return;
	/* One unusable controller makes the whole write fail. The back end's require() names it. */
	for (unsigned i = 0; i < CGROUP_CONTROLLER_MAX; i++) {
		char one[16];

		(void)snprintf(one, sizeof(one), "+%s",
			       cgroup_controller_name((enum cgroup_controller)i));
		if (set & 1u << i)
			(void)file_write_value(group, "cgroup.subtree_control", one);
	}
}

int own_open_child(int group, const char *name)
{
	return path_open_in(group, name, O_PATH | O_DIRECTORY, 0, PATH_BENEATH | PATH_NO_SYMLINKS);
}

int own_make_child(int group, const char *name, bool *ret_made)
{
	*ret_made = mkdirat(group, name, 0755) == 0;
	if (!*ret_made && errno != EEXIST)
		return -errno;
	int fd = own_open_child(group, name);
	if (fd < 0 && *ret_made)
		(void)unlinkat(group, name, AT_REMOVEDIR); /* empty, so it goes */
	return fd;
}

int own_in_use(int group)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;
	int r = walk_pids(group, &pids, &n);

	return r < 0 ? r : n > 0;
}

bool own_is_frozen(int group)
{
	_cleanup_free_ char *text = NULL;
	uint64_t frozen = 0;

	return file_read(group, "cgroup.events", 4096, &text, NULL) == 0 &&
	       walk_find_number(text, "frozen", &frozen) == 0 && frozen;
}

int own_frozen(const char *path, struct masu_error *err)
{
	(void)err_set(
		err, ERR_CONFLICT, EBUSY,
		"the cgroup '%s' is frozen, by itself or with one above it: nothing would run in it",
		path);
	return err_hint(err, "thaw it: write 0 to its cgroup.freeze, or with cgroup v1 THAWED to "
			     "its freezer.state; systemctl thaw UNIT");
}

/* Explains a controller that a group above cannot give, if that is the reason. */
static int check_given(int group, const char *path, unsigned wanted, struct masu_error *err)
{
	unsigned present = 0, given = 0;

	if (!wanted || cgroup_controllers(group, &present) < 0 ||
	    cgroup_subtree_controllers(group, &given) < 0 || !(wanted & present & ~given) ||
	    can_divide(group))
		return 0;
	for (int i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		if (wanted & present & ~given & 1u << i)
			(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				      "the cgroup above '%s' has processes of its own, so it can't "
				      "give the controller '%s' to groups below it",
				      path, cgroup_controller_name((enum cgroup_controller)i));
	return err_hint(err, "move them to a group beside the container's first (cgroup v2, \"no "
			     "internal processes\"), or give an absolute path as cgroupsPath");
}

/* Removals lock the group, so that after the comparison no other one makes room for a new group. */
int own_remove(int group, int root, const char *path)
{
	_cleanup_close_ int lock = openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	path += strspn(path, "/");
	if (lock >= 0)
		(void)flock(lock,
			    LOCK_EX | LOCK_NB); /* anyone could hold it, so it is only a help */
	if (!file_is_at(group, root, path))
		return 0;
	return unlinkat(root, path, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int own_exists(const char *path, struct masu_error *err)
{
	return err_set(err, ERR_CONFLICT, EBUSY, "the cgroup '%s' exists already", path);
}

int own_make(const char *path, unsigned wanted, unsigned useful, bool exclusive,
	     struct masu_error *err)
{
	_cleanup_close_ int group = cgroup_open_root(), parent = -1;
	_cleanup_strv_ char **parts = strv_split(path + 1, "/");
	bool made = false;

	if (!parts)
		return err_oom(err);
	if (group < 0)
		return err_sys(err, group, "open the root of the cgroups");
	for (char **part = parts; *part; part++) {
		enable_controllers(group, wanted | useful);
		int r = check_given(group, path, wanted, err);
		if (r < 0)
			return r;
		int next = own_make_child(group, *part, &made);
		if (next < 0)
			return err_sys(err, next, "create the cgroup '%s'", path);
		closep(&parent);
		parent = group;
		group = next;
	}
	if (exclusive && !made)
		return own_exists(path, err);
	int r = made ? 0 : own_in_use(group);
	if (r > 0)
		return err_set(err, ERR_CONFLICT, EBUSY, "the cgroup '%s' has processes already",
			       path);
	if (r < 0)
		return err_sys(err, r, "look into the cgroup '%s'", path);
	if (!own_is_frozen(group))
		return TAKE_FD(group);
	if (made)
		(void)unlinkat(parent, path_last(path), AT_REMOVEDIR); /* empty, so it goes */
	return own_frozen(path, err);
}

/*
 * The division of a scope. Cgroup v2 allows it in one order only: a group may hold no processes of its own
 * once it gives controllers to groups below it. So masu creates the groups, moves all processes out of the
 * scope's own group, and then gives the controllers.
 */

#define MOVE_ROUNDS_MAX 100
#define DELEGATE_LIST	"/sys/kernel/cgroup/delegate"
#define DELEGATE_MAX	4096

static int make_group(const struct cgroup *cg, const char *name, int *ret_fd,
		      struct masu_error *err)
{
	bool made;

	*ret_fd = own_make_child(cg->scope_fd, name, &made);
	if (*ret_fd < 0)
		return err_sys(err, *ret_fd, "create the cgroup '%s/%s'", cg->path, name);
	return 0;
}

static int move(const struct cgroup *cg, int group, pid_t pid, struct masu_error *err)
{
	int r = cgroup_move(group, pid);

	/* A helper may be gone by now; for init it shows soon enough. */
	if (r < 0 && r != -ESRCH)
		return err_sys(err, r, "move process %d within the cgroup '%s'", (int)pid,
			       cg->path);
	return 0;
}

/* Helpers that fork meanwhile leave children in the scope's own group: until none is left. */
static int empty_scope(const struct cgroup *cg, pid_t init, struct masu_error *err)
{
	int others = cg->monitor_fd >= 0 ? cg->monitor_fd : cg->container_fd;

	for (int round = 0; round < MOVE_ROUNDS_MAX; round++) {
		_cleanup_free_ pid_t *pids = NULL;
		size_t n;
		int r = walk_own_pids(cg->scope_fd, &pids, &n);

		if (r < 0)
			return err_sys(err, r, "list the processes in '%s'", cg->path);
		if (n == 0)
			return 0;
		for (size_t i = 0; i < n; i++) {
			r = move(cg, pids[i] == init ? cg->container_fd : others, pids[i], err);
			if (r < 0)
				return r;
		}
	}
	return err_set(err, ERR_INTERNAL, EBUSY, "processes keep appearing in '%s'", cg->path);
}

int divide_scope(struct cgroup *cg, unsigned useful, pid_t init, struct masu_error *err)
{
	int r = cg->flags & CGROUP_SPLIT ? make_group(cg, "monitor", &cg->monitor_fd, err) : 0;

	if (r < 0)
		return r;
	r = make_group(cg, cg->sub ? cg->sub : "container", &cg->container_fd, err);
	if (r < 0)
		return r;
	r = empty_scope(cg, init, err);
	if (r < 0)
		return r;
	enable_controllers(cg->scope_fd, useful);
	return 0;
}

int divide_give(const struct cgroup *cg, uid_t owner, struct masu_error *err)
{
	static const char before[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
	_cleanup_free_ char *list = NULL;
	_cleanup_strv_ char **files = NULL;

	if (cg->container_fd < 0 || cg->n_v1)
		return 0; /* on v1 nothing of it would be safe to give away */
	(void)file_read(AT_FDCWD, DELEGATE_LIST, DELEGATE_MAX, &list, NULL); /* since Linux 4.15 */
	files = strv_split(list ? list : before, "\n");
	if (!files)
		return err_oom(err);
	if (fchownat(cg->container_fd, "", owner, (gid_t)-1, AT_EMPTY_PATH) < 0)
		return err_sys(err, errno, "give the cgroup '%s' to user %u", cg->path, owner);
	STRV_FOREACH(file, files)
		if (**file && fchownat(cg->container_fd, *file, owner, (gid_t)-1, 0) < 0 &&
		    errno != ENOENT)
			return err_sys(err, errno, "give '%s' of the cgroup '%s' to user %u", *file,
				       cg->path, owner);
	return 0;
}

int cgroup_delegate(const struct cgroup *cg, const struct cgroup_plan *plan, pid_t init,
		    struct masu_error *err)
{
	if (!plan->delegate || cg->container_fd < 0)
		return 0;
	if (cg->n_v1)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "the cgroup '%s' can't be delegated safely on cgroup v1",
			       plan->delegate);
	bool made;
	_cleanup_close_ int group = own_make_child(cg->container_fd, plan->delegate, &made);
	int r = group < 0 ? group : cgroup_move(group, init);
	if (r < 0)
		return err_sys(err, r, "move init to the cgroup '%s' of '%s'", plan->delegate,
			       cg->path);
	if (plan->has_owner && fchownat(group, "", plan->owner, (gid_t)-1, AT_EMPTY_PATH) < 0)
		return err_sys(err, errno, "give the cgroup '%s' away", plan->delegate);
	return 0;
}
