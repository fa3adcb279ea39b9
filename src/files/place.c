/* SPDX-License-Identifier: Apache-2.0 */
#include "files/place.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/mount.h"
#include "linux/namespaces.h"
#include "linux/sub-ids.h"
#include "linux/submap.h"
#include "linux/userns.h"

#define KEPT_MAX	  8
#define HARMLESS	  (MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)
#define WORKER_NAMESPACES (CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

static const struct idmap no_namespace = {.userns = false};

struct work {
	const struct place *place;
	bool read_only;
	place_fn fn;
	void *arg;
	struct userns_child child; /* the worker */
};

void place_done(struct place *p)
{
	overlay_done(&p->overlay);
	free(p->uid_map);
	free(p->gid_map);
	free(p->rootfs);
	free(p->root_dir);
	strv_free(p->mounts);
	fd_close(&p->pidfd);
}

static int stop_propagation(struct masu_error *err)
{
	/* EINVAL: "/" is not a mount of its own. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 && errno != EINVAL)
		return err_sys(err, errno, "stop the propagation of mounts");
	return 0;
}

/* -ENOSYS: in a new mount namespace a device node of the container opens nothing that it could not open itself. */
static int restrict_mounts(bool read_only, struct masu_error *err)
{
	const uint64_t set = HARMLESS | (read_only ? MOUNT_ATTR_RDONLY : 0);
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = root < 0 ? -errno : mount_set_attributes(root, true, set, 0);

	return r < 0 && r != -ENOSYS ? err_sys(err, r, "restrict the mounts of the container") : 0;
}

/* The root's own file system, without the mounts on it, in a detached mount. */
static int open_bare_root(struct masu_error *err)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int bare = root < 0 ? -errno : mount_clone_detached(root, false);

	if (bare < 0)
		return err_sys(err, bare, "view the container's root without its mounts");
	int r = mount_set_attributes(bare, false, HARMLESS | MOUNT_ATTR_RDONLY, 0);
	return r < 0 ? err_sys(err, r, "restrict the mount of the container's root")
		     : TAKE_FD(bare);
}

static int call(struct work *w, struct masu_error *err)
{
	_cleanup_close_ int root = -1;

	if (w->place->without_mounts && w->place->kind == PLACE_RUNNING) {
		root = open_bare_root(err);
		if (root < 0)
			return root;
	} else {
		int r = w->place->kind == PLACE_HOST ? 0 : restrict_mounts(w->read_only, err);

		if (r < 0)
			return r;
		root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return err_sys(err, errno, "open the root");
	}
	const struct place_view view = {
		.place = w->place, .root = root, .channel = w->child.channel};
	return w->fn(&view, w->arg, err);
}

/* A userns_fn: the worker for a running container. */
static int work_inside(void *arg, struct masu_error *err)
{
	int r = stop_propagation(err);

	return r < 0 ? r : call(arg, err);
}

static int become_root(struct masu_error *err)
{
	if (setgroups(0, NULL) < 0 && errno != EPERM) /* EPERM: denied with a single mapped id */
		return err_sys(err, errno, "drop supplementary groups");
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(err, errno, "become root of the container");
	return 0;
}

/* A userns_fn: the entrance. A change of ids clears the parent-death signal, and entering makes it undumpable. */
static int enter_running(void *arg, struct masu_error *err)
{
	struct work *w = arg;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(err, errno, "close the process to tracing");
	int r = namespaces_enter(w->place->pidfd, CLONE_NEWUSER | CLONE_NEWNS);
	if (r == -ESRCH)
		return err_set(err, ERR_CONFLICT, ESRCH, "the container has exited");
	if (r < 0)
		return err_sys(err, r, "enter the container's namespaces");
	r = become_root(err);
	if (r < 0)
		return r;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys(err, errno, "copy the container's mounts");
	r = userns_spawn(&no_namespace, WORKER_NAMESPACES, work_inside, w, &w->child, err);
	return r < 0 ? r : userns_wait(&w->child, err);
}

static int mount_root(const struct place *p, struct masu_error *err)
{
	const char *dir = p->rootfs ? p->rootfs : p->root_dir;

	if (!p->rootfs) {
		int r = overlay_mount(&p->overlay, dir, err);
		if (r < 0)
			return r;
	} else if (mount(dir, dir, NULL, MS_BIND | MS_REC, NULL) < 0) {
		return err_sys(err, errno, "mount \"%s\"", dir);
	}
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "open \"%s\"", dir) : fd;
}

/* The mount point is created, as the next start would. */
static int attach(int root, char *const *m, int source, struct masu_error *err)
{
	const char *target = m[PLACE_TARGET];
	struct stat st;

	if (fstat(source, &st) < 0)
		return err_sys(err, errno, "mount \"%s\"", target);
	_cleanup_close_ int at = S_ISDIR(st.st_mode) ? path_mkdir_in(root, target, 0755)
						     : path_touch_in(root, target, 0644);
	_cleanup_close_ int fd = at < 0 ? at : mount_clone(source, true);
	int r = fd < 0			     ? fd
		: streq(m[PLACE_MODE], "ro") ? mount_set_attributes(fd, true, MOUNT_ATTR_RDONLY, 0)
					     : 0;
	if (r == 0)
		r = mount_attach(fd, at);
	return r < 0 ? err_sys(err, r, "mount \"%s\" at \"%s\"", m[PLACE_SOURCE], target) : 0;
}

/* The files of an image, without the changes of a run. */
static int mount_image(const struct place *p, char *const *m, struct masu_error *err)
{
	_cleanup_strv_ char **lowers = strv_split(m[PLACE_LOWERS], ":");
	const struct overlay layers = {.layers_dir = p->overlay.layers_dir, .lowers = lowers};

	return lowers ? overlay_mount(&layers, m[PLACE_SOURCE], err)
		      : err_sys(err, ENOMEM, "mount an image at \"%s\"", m[PLACE_TARGET]);
}

static int open_source(const struct place *p, char *const *m, struct masu_error *err)
{
	const char *path = m[PLACE_SOURCE], *subpath = m[PLACE_SUBPATH];
	int r = *m[PLACE_LOWERS] ? mount_image(p, m, err) : 0;

	if (r < 0)
		return r;
	_cleanup_close_ int whole = open(path, O_PATH | O_CLOEXEC);
	if (whole < 0)
		return err_sys(err, errno, "open \"%s\"", path);
	if (!*subpath)
		return TAKE_FD(whole);
	int fd = path_open_in(whole, subpath, O_PATH, 0, 0);
	return fd < 0 ? err_sys(err, fd, "open the subpath \"%s\" of \"%s\"", subpath, path) : fd;
}

/* Sources are opened before the container's root is in sight. */
static int mount_all(const struct place *p, struct masu_error *err)
{
	size_t n = strv_length(p->mounts) / PLACE_MOUNT_TEXTS;
	_cleanup_free_ int *sources = calloc(n + 1, sizeof(*sources));

	if (!sources)
		return err_sys(err, ENOMEM, "mount the container's files");
	for (size_t i = 0; i < n; i++) {
		sources[i] = open_source(p, p->mounts + PLACE_MOUNT_TEXTS * i, err);
		if (sources[i] < 0)
			return sources[i];
	}
	_cleanup_close_ int root = mount_root(p, err);
	if (root < 0)
		return root;
	for (size_t i = 0; i < n; i++) {
		int r = attach(root, p->mounts + PLACE_MOUNT_TEXTS * i, sources[i], err);
		if (r < 0)
			return r;
	}
	return TAKE_FD(root); /* the sources close in place_confine() */
}

static int mount_upper(int source, const char *upper, struct masu_error *err)
{
	_cleanup_close_ int at = open(upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = at < 0 ? -errno : mount_clone(source, false);
	int r = fd < 0 ? fd : mount_attach(fd, at);

	return r < 0 ? err_sys(err, r, "mount the upper directory") : 0;
}

/* The upper directory is only read: the overlay that is mounted over it, if any, does not notice. */
static int mount_side_by_side(const struct place *p, struct masu_error *err)
{
	const struct overlay layers = {.layers_dir = p->overlay.layers_dir,
				       .lowers = p->overlay.lowers};
	_cleanup_close_ int source = open(p->overlay.upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *upper = path_join(p->root_dir, PLACE_UPPER),
			    *lower = path_join(p->root_dir, PLACE_LOWER);

	if (source < 0)
		return err_sys(err, errno, "open \"%s\"", p->overlay.upper);
	if (!upper || !lower)
		return err_sys(err, ENOMEM, "mount the layers");
	if (mount("tmpfs", p->root_dir, "tmpfs", MS_NODEV | MS_NOSUID, "mode=700") < 0 ||
	    mkdir(upper, 0700) < 0 || mkdir(lower, 0700) < 0)
		return err_sys(err, errno, "prepare \"%s\"", p->root_dir);
	int r = mount_upper(source, upper, err);
	if (r == 0)
		r = overlay_mount(&layers, lower, err);
	if (r < 0)
		return r;
	int fd = open(p->root_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "open \"%s\"", p->root_dir) : fd;
}

/* In an initramfs or a chroot nothing can be pivoted: the descriptors are closed, and the capability dropped. */
static int change_root(int root, struct masu_error *err)
{
	if (fchdir(root) < 0)
		return err_sys(err, errno, "enter the container's root");
	if (syscall(SYS_pivot_root, ".", ".") == 0) {
		if (umount2(".", MNT_DETACH) < 0)
			return err_sys(err, errno, "detach the host's files");
	} else if (chroot(".") < 0) {
		return err_sys(err, errno, "change the root");
	}
	return chdir("/") < 0 ? err_sys(err, errno, "enter the container's root") : 0;
}

/* A userns_fn: the worker for a container that is not running. */
static int work_stopped(void *arg, struct masu_error *err)
{
	struct work *w = arg;
	int r = stop_propagation(err);

	if (r < 0)
		return r;
	_cleanup_close_ int root = w->place->kind == PLACE_LAYERS
					   ? mount_side_by_side(w->place, err)
					   : mount_all(w->place, err);
	if (root < 0)
		return root;
	r = change_root(root, err);
	return r < 0 ? r : call(w, err);
}

static int run_stopped(struct work *w, struct masu_error *err)
{
	_cleanup_idmap_ struct idmap own = {0}, map = {0};
	_cleanup_free_ char *notice = NULL;
	int r = sub_ids_map(&own, &notice, err);

	if (r == 0)
		r = submap_apply(w->place->uid_map, w->place->gid_map, &own, &map, err);
	if (r < 0)
		return r;
	r = userns_spawn(&map, WORKER_NAMESPACES | CLONE_NEWNS, work_stopped, w, &w->child, err);
	return r < 0 ? r : userns_wait(&w->child, err);
}

int place_run(const struct place *p, bool read_only, place_fn fn, void *arg, struct masu_error *err)
{
	struct work w = {.place = p,
			 .read_only = read_only,
			 .fn = fn,
			 .arg = arg,
			 .child = USERNS_CHILD_INIT};
	struct userns_child entrance = USERNS_CHILD_INIT;

	switch (p->kind) {
	case PLACE_RUNNING: {
		int r = userns_spawn(&no_namespace, 0, enter_running, &w, &entrance, err);
		return r < 0 ? r : userns_wait(&entrance, err);
	}
	case PLACE_STOPPED:
	case PLACE_LAYERS:
		return run_stopped(&w, err);
	default:
		return call(&w, err);
	}
}

/* A userns_fn. */
static int work_on_host(void *arg, struct masu_error *err)
{
	return call(arg, err);
}

/* An ordinary user needs a user namespace to change the root; it has no other id. */
int place_run_on_host(place_fn fn, void *arg, struct masu_error *err)
{
	static const struct place host = {.kind = PLACE_HOST, .pidfd = -1};
	struct id_range uid = {0, geteuid(), 1}, gid = {0, getegid(), 1};
	const struct idmap map = {.userns = !idmap_caller_is_privileged(),
				  .uids = &uid,
				  .n_uids = 1,
				  .gids = &gid,
				  .n_gids = 1};
	struct work w = {.place = &host, .fn = fn, .arg = arg, .child = USERNS_CHILD_INIT};
	int r = userns_spawn(&map, WORKER_NAMESPACES, work_on_host, &w, &w.child, err);

	return r < 0 ? r : userns_wait(&w.child, err);
}

int place_confine(const struct place_view *view, int root, enum sandbox_use use, const int *keep,
		  size_t n_keep, struct masu_error *err)
{
	int kept[KEPT_MAX] = {root};
	size_t n = 1;

	if (view->channel >= 0)
		kept[n++] = view->channel;
	for (size_t i = 0; i < n_keep; i++)
		if (keep[i] >= 0 && n < KEPT_MAX)
			kept[n++] = keep[i];
	const struct sandbox sandbox = {.root = root, .keep = kept, .n_keep = n, .use = use};
	return sandbox_enter(&sandbox, err);
}
