/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The life of one container's init: prepared up to the exec, started, signalled, reaped. The same code
 * serves the engine (masu) and the OCI command line (masu-oci); the plan has the differences.
 *
 * The caller of container_create() is the launcher, and the parent of init. runtime/init/init.h describes
 * the steps between clone and exec.
 */

#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#include "base/err.h"
#include "cgroup/manager.h"
#include "linux/idmap.h"
#include "linux/lent-ids.h"
#include "net/backend.h"
#include "oci/spec.h"
#include "runtime/fuse.h"
#include "seccomp/filter.h"
#include "storage/overlay.h"

struct container;

/* A file that only this container has, in memory: runtime/init/secrets.c. */
struct secret_file {
	const char *path; /* absolute and normal */
	const void *bytes;
	size_t size;
	uint32_t uid, gid;
	mode_t mode;
};
#define SECRETS_DIR "/run/secrets"

/* The overlay that is the source of the bind mount at `destination`. */
struct overlay_source {
	struct overlay overlay;
	char *target;		 /* absolute: where it is mounted */
	const char *destination; /* borrowed */
	bool keeps_upper;	 /* the upper directory is the user's, with its owner and mode */
};

/* All that a start needs. Everything is borrowed and must outlive container_create(). */
struct container_plan {
	const char *id;
	const char *bundle;	     /* absolute: root.path and the hooks' state refer to it */
	const struct oci_spec *spec; /* with a process */
	const struct idmap *idmap;   /* of the new user namespace, when the spec wants one */
	/*
	 * The caller's default map, if the user namespace does not have the caller's ids: then an opener opens the files of
	 * the host with it (runtime/opener.h). NULL: init opens them.
	 */
	const struct idmap *opener_map;

	/*
	 * For a user without sub-ids (linux/lent-ids.h): the namespace above the container's, and the map of its files,
	 * which `idmap` is not then. The overlay is fuse-overlayfs's. NULL: the processes and the files have one map.
	 */
	const struct lent_ids *lent;
	const struct idmap *files;

	const struct overlay *overlay; /* mounted at root_dir; NULL: the root is spec->root.path */
	const char *root_dir;	       /* absolute: where the overlay is mounted */
	bool root_nodev; /* no device node in root.path works; in an overlay none does */

	/*
	 * Destinations of bind mounts whose sources are empty directories. They get a copy of the root's
	 * files there, before anything is mounted in it; with `sync_volumes` also on the disk. May be NULL.
	 */
	char *const *new_volumes;
	bool sync_volumes;

	const struct secret_file *secrets;
	size_t n_secrets;

	/*
	 * "[name|uid][:[group|gid]]" to be looked up in the container's own /etc/passwd and /etc/group,
	 * once its root is there; NULL: spec->process->user holds numbers.
	 */
	const char *user;

	/*
	 * Lines for the container's /etc/passwd and /etc/group, unless that does not exist, or has the name or the
	 * number. Only with an overlay: they are the container's own files then. NULL: none.
	 */
	const char *passwd, *group;
	bool owns_user; /* they replace lines with the name or the number */

	/* A symbolic link in the overlay, unless the image has a file there. NULL: none. */
	const char *link_path, *link_target;

	const struct seccomp_filter *seccomp; /* compiled; NULL: none */

	const struct cgroup_plan *cgroup; /* NULL: init stays where the launcher is */
	bool launcher_in_cgroup; /* the launcher moves too: it becomes the container's monitor */

	const struct network *network; /* NULL: the network namespace stays without a way out */
	struct port_list *ports;       /* published by the network; free choices are filled in */
	const char *run_dir;	       /* RUN/sockets/ID */

	int stdio[3]; /* the container's, unless the spec wants a terminal; -1: /dev/null */
	struct winsize window; /* the terminal's size; zeros: process.consoleSize */
	int n_preserve_fds;    /* descriptors from 3 on that the container keeps ... */
	int n_listen_fds;      /* ... the first of which are sockets by sd_listen_fds(3) */
	bool no_pivot;	       /* the root is moved over the host's and not pivoted with it */
	bool new_keyring;      /* a session keyring of its own, which is the container's ... */
	bool keyring_optional; /* ... or the caller's when it would be one key too many */
	bool outlives_failure; /* init waits with its error until the launcher has closed the channel */
	bool blocks_signals;	/* the command unblocks them when it can handle them: masu-init */
	bool die_with_launcher; /* SIGKILL for init when the launcher dies */
	bool allow_ping;	/* without a capability, where a new network can be told so */
	/*
	 * Called when init exists and is in its cgroup, while it still mounts: to record the container
	 * early. May be NULL. Its error is that of container_create().
	 */
	int (*made)(void *arg, const struct container *c, struct masu_error *err);
	void *made_arg;
	/* The caller does nothing between container_create() and container_start(): init need not wait. */
	bool go_when_ready;
	/* A detached mount, in place of the source of the bind mount at /dev/shm; NULL: none. */
	const int *shared_shm;
	/* Overlays that init mounts outside the root, as the sources of bind mounts. */
	const struct overlay_source *overlay_sources;
	size_t n_overlay_sources;
	int start_listener; /* -1, or a listening socket on which init waits for the start */
};

/* A container whose init exists. */
struct container {
	pid_t init;
	int init_pidfd;
	uint64_t init_start_time; /* pid_start_time() of it */
	int channel;		  /* to init, until it has exec'ed; -1 after */
	int console;		  /* the pty's master when the spec wants a terminal, or -1 */
	bool may_go;		  /* GO was sent already */
	struct cgroup *cgroup;
	struct net_link network;
	struct fuse_overlay fuse; /* where the kernel could not mount the root */
	char *notice;		  /* one line for the user about a missing feature, or NULL */
};
#define CONTAINER_INIT                                \
	((struct container){.init_pidfd = -1,         \
			    .channel = -1,            \
			    .console = -1,            \
			    .network = NET_LINK_INIT, \
			    .fuse = FUSE_OVERLAY_INIT})

/* Refuses a plan that cannot be fulfilled, before anything is created. */
int container_check(const struct container_plan *plan, struct masu_error *err);

/*
 * Makes the container ready up to the exec of its command: namespaces, ids, cgroup, network,
 * mounts, console. On failure nothing is left behind, and poststop hooks run if others have.
 * ERR_NO_COMMAND and ERR_NOT_EXECUTABLE when the command can't be run. Blocks until init is ready.
 */
int container_create(const struct container_plan *plan, struct container *ret,
		     struct masu_error *err);

/*
 * Lets init exec the command, and returns when it has. With a start_listener, any client that may connect to
 * the socket can do the same.
 */
int container_start(struct container *c, struct masu_error *err);

/*
 * Starts a created container, runs its poststart hooks, and waits until it is ready if it was created with a
 * NOTIFY_SOCKET. ERR_CONFLICT in another status. After a failed hook it is deleted.
 */
struct instance;
int instance_start(const struct instance *c, struct masu_error *err);

/* The same without hooks and readiness. ERR_CONFLICT if another process starts it. */
int instance_let_go(const struct instance *c, struct masu_error *err);

/*
 * For an exec into a created container: connects to its init, and, when init's /proc/PID is not needed any
 * more, has init close itself to tracing. If init was let go meanwhile, it has done so itself: then the
 * descriptor is -1, or the connection ends.
 */
int container_reach_created(const char *socket_path, int *ret, struct masu_error *err);
int container_close_created(int connection, struct masu_error *err);

/*
 * For a container with a start_listener, after its state is recorded: init then waits without the launcher,
 * whose death would have ended it until here.
 */
int container_leave(struct container *c, struct masu_error *err);

/* Kills the container and undoes all that was created, if the caller fails after container_create(). */
void container_abort(struct container *c);

/* Closes descriptors and frees; the container itself lives on. */
void container_done(struct container *c);
#define _cleanup_container_ _cleanup_(container_done)
