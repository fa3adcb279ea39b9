/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A unit with Delegate=yes owns the groups below its own, and systemd puts no process into its own group any more:
 * those of ExecStop= and the like go to .control beside masu's groups (systemd's CGROUP_DELEGATION.md). Without
 * Delegate=, they fail to start once masu has divided the group, so masu refuses to.
 *
 * The system manager marks a delegated group by an extended attribute, since systemd 251 by one that any user can read,
 * and gives the group to the user of User=. A user manager marks none, and the user owns the groups of all of her units.
 * There a delegated unit is known by its controllers: it has all that the manager has, and other units only those that
 * they or their neighbours need.
 */
#include "cgroup/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "cgroup/detect.h"
#include "cgroup/own.h"
#include "cgroup/walk.h"

#define CONTAINER      "container"
#define MANAGER_PREFIX "user@"
#define MANAGER_SUFFIX ".service"
#define NEEDS_DELEGATE \
	"set Delegate=yes in the [Service] section of the unit, and reload the manager"

static bool is_unit(const char *name, size_t length)
{
	static const char *const suffixes[] = {".service", ".scope"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if (length > n && strncmp(name + length - n, suffixes[i], n) == 0)
			return true;
	}
	return false;
}

size_t unit_manager_length(const char *path)
{
	for (const char *part = path; (part = strstr(part, "/" MANAGER_PREFIX)); part++) {
		size_t length = strcspn(part + 1, "/");

		if (part[1 + length] && is_unit(part + 1, length))
			return (size_t)(part - path) + 1 + length;
	}
	return 0;
}

size_t unit_path_length(const char *path)
{
	const char *last = strrchr(path, '/');

	if (!last || last == path)
		return 0;
	if (is_unit(last + 1, strlen(last + 1)))
		return strlen(path);
	const char *above = memrchr(path, '/', (size_t)(last - path));
	size_t length = (size_t)(last - path);

	/* Right below a manager's group are its slices. */
	if (!above || !is_unit(above + 1, (size_t)(last - above) - 1) ||
	    strncmp(above + 1, MANAGER_PREFIX, strlen(MANAGER_PREFIX)) == 0)
		return 0;
	return length;
}

static bool is_marked(int group)
{
	static const char *const marks[] = {"user.delegate", "trusted.delegate"};
	char path[FD_PATH_MAX], value = 0;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (getxattr(fd_path(group, path), marks[i], &value, 1) == 1 && value == '1')
			return true;
	return false;
}

static bool owns(int group)
{
	struct stat st;

	return geteuid() != 0 && fstat(group, &st) == 0 && st.st_uid == geteuid();
}

/* Does the unit have all the controllers of its user manager? */
static bool has_all(int group, int root, const char *path, size_t manager_length)
{
	_cleanup_free_ char *above = strndup(path, manager_length);
	_cleanup_close_ int manager = above ? own_open_child(root, above + 1) : -1;
	unsigned present = 0, all = 0;

	return manager >= 0 && cgroup_controllers(manager, &all) == 0 &&
	       cgroup_controllers(group, &present) == 0 && (all & ~present) == 0;
}

static int check_delegated(int group, int root, const char *path, struct masu_error *err)
{
	size_t manager = unit_manager_length(path);
	bool delegated = is_marked(group) ||
			 (owns(group) && (!manager || has_all(group, root, path, manager)));

	if (delegated && faccessat(group, "cgroup.procs", W_OK, AT_EACCESS) == 0)
		return 0;
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "--cgroups split: the unit \"%s\" does not delegate its cgroup",
		      path_last(path));
	return err_hint(err, NEEDS_DELEGATE);
}

static int find_unit(struct cgroup *cg, struct masu_error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int root = cgroup_open_root();
	int r = root < 0 ? root : cgroup_path_of(0, &path);

	if (r < 0)
		return err_sys(err, r, "find the own cgroup");
	size_t length = unit_path_length(path);
	if (!length) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			      "--cgroups split: masu does not run in a service of systemd, but in "
			      "the cgroup '%s'",
			      path);
		return err_hint(err,
				"run it by a unit with Delegate=yes, or try: systemd-run "
				"%s--scope -p Delegate=yes masu ...",
				geteuid() == 0 ? "" : "--user ");
	}
	path[length] = 0;
	cg->scope_fd = own_open_child(root, path + 1);
	if (cg->scope_fd < 0)
		return err_sys(err, cg->scope_fd, "open the cgroup '%s'", path);
	r = check_delegated(cg->scope_fd, root, path, err);
	cg->path = TAKE_PTR(path);
	return r;
}

/* Limits that the last container of the unit has left go with its group. */
static int remove_last(const struct cgroup *cg, struct masu_error *err)
{
	_cleanup_close_ int group = own_open_child(cg->scope_fd, CONTAINER);

	if (group == -ENOENT)
		return 0;
	int r = group < 0 ? group : own_in_use(group);
	if (r > 0)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "--cgroups split: the unit \"%s\" has a container already",
			       path_last(cg->path));
	r = r < 0 ? r : walk_remove_children(group);
	if (r == 0 && unlinkat(cg->scope_fd, CONTAINER, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r < 0 ? err_sys(err, r, "remove the cgroup '%s/" CONTAINER "'", cg->path) : 0;
}

int unit_divide(struct cgroup *cg, unsigned useful, struct masu_error *err)
{
	int r = find_unit(cg, err);

	if (r == 0)
		r = remove_last(cg, err);
	if (r < 0)
		return r;
	if (own_is_frozen(cg->scope_fd))
		return own_frozen(cg->path, err);
	return divide_scope(cg, useful, 0, err);
}
