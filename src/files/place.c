/* SPDX-License-Identifier: Apache-2.0 */
#include "files/place.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "files/place-mounts.h"
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
	bool maps_layers;	    /* root's map: the kernel maps the ids of the layers */
	struct userns_child child;  /* the worker */
	struct place_mounts mounts; /* of a container that is not running */
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

	if (r == 0 && !w->mounts.is_given)
		r = place_mounts_open(w->place, &w->mounts, err);
	if (r < 0)
		return r;
	_cleanup_close_ int root = place_mounts_make(&w->mounts, err);
	if (root < 0)
		return root;
	r = change_root(root, err);
	return r < 0 ? r : call(w, err);
}

static int spawn_stopped(struct work *w, const struct idmap *map, struct masu_error *err)
{
	int r = userns_spawn(map, WORKER_NAMESPACES | CLONE_NEWNS, work_stopped, w, &w->child, err);

	return r < 0 ? r : userns_wait(&w->child, err);
}

/* The ids of this process in ranges: the kernel takes none for a namespace below that extends over two of them. */
static int read_own_ids(struct idmap *ret)
{
	int r = idmap_read(getpid(), ret);

	for (size_t i = 0; r == 0 && i < ret->n_uids; i++)
		ret->uids[i].outside = ret->uids[i].inside;
	for (size_t i = 0; r == 0 && i < ret->n_gids; i++)
		ret->gids[i].outside = ret->gids[i].inside;
	return r;
}

/* A userns_fn: the entrance to the store, for a worker whose map lacks the owner of it. */
static int enter_store(void *arg, struct masu_error *err)
{
	struct work *w = arg;
	_cleanup_idmap_ struct idmap own = {0}, map = {0};
	struct overlay_mounter root = {.userns_fd = -1};
	int r = read_own_ids(&own);

	if (r < 0)
		return err_sys(err, r, "enter the store");
	r = submap_apply(w->place->uid_map, w->place->gid_map, &own, &map, err);
	if (r == 0)
		r = stop_propagation(err);
	if (r < 0)
		return r;
	if (idmap_to_host(map.uids, map.n_uids, 0, &root.uid) < 0 ||
	    idmap_to_host(map.gids, map.n_gids, 0, &root.gid) < 0)
		return err_sys(err, EINVAL, "find the container's root");
	_cleanup_close_ int userns = w->maps_layers ? userns_new(&map, err) : -1;
	if (w->maps_layers && userns < 0)
		return userns;
	root.userns_fd = userns;
	r = place_mounts_give(w->place, &root, &w->mounts, err);
	return r < 0 ? r : spawn_stopped(w, &map, err);
}

/* A user namespace with lent ids may mount no writable overlay (systemd 262). */
static int prepare_lent(struct work *w, struct masu_error *err)
{
	w->mounts.only_layers = true;
	if (w->read_only || w->place->rootfs || w->place->kind == PLACE_LAYERS)
		return 0;
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "with ids that systemd-nsresourced lends, files are only copied into a "
		      "container that runs");
	return err_hint(err, "start the container first");
}

static int run_stopped(struct work *w, struct masu_error *err)
{
	struct userns_child entrance = USERNS_CHILD_INIT;
	_cleanup_idmap_ struct idmap own = {0}, map = {0};
	_cleanup_free_ char *notice = NULL;
	int r = sub_ids_map(&own, &notice, err);

	if (r < 0)
		return r;
	w->maps_layers = !own.userns && w->place->uid_map;
	if (w->maps_layers || !submap_has_owner(w->place->uid_map, w->place->gid_map)) {
		r = userns_spawn(&own, CLONE_NEWNS, enter_store, w, &entrance, err);
		return r < 0 ? r : userns_wait(&entrance, err);
	}
	r = submap_apply(w->place->uid_map, w->place->gid_map, &own, &map, err);
	if (r == 0 && map.lent)
		r = prepare_lent(w, err);
	return r < 0 ? r : spawn_stopped(w, &map, err);
}

int place_run(const struct place *p, bool read_only, place_fn fn, void *arg, struct masu_error *err)
{
	struct work w = {.place = p,
			 .read_only = read_only,
			 .fn = fn,
			 .arg = arg,
			 .child = USERNS_CHILD_INIT,
			 .mounts = PLACE_MOUNTS_INIT};
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
