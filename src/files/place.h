/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Places with files: the root of a container, running or not, and the host. The container is hostile, and so is each
 * archive that was made of its files. Three kinds of processes share the work:
 *
 *	masu-image	opens what the caller named on the host; waits
 *	 '- entrance	for a running container: enters its user and mount namespaces, copies the latter. For
 *			one whose map lacks the owner of the store: opens the store as root of the default map
 *	     '- worker	in mount, network, IPC, UTS and pid namespaces of its own; sees nothing of the host
 *
 * The worker is root of the container's user namespace. Its root directory is the container's: the host's tree is
 * not in its mount namespace. The container sees neither process, as both are outside its pid namespace, and cannot
 * trace them: they have never executed a program in its user namespace. In the worker's copy of the mounts no device
 * node works, and nothing can be executed. Before it reads a name or an archive it calls place_confine(), which leaves
 * it the root, the stream and the report, and the capabilities to read or to make files.
 *
 * Reads and writes go by descriptors that are resolved by base/path.h. A container that swaps a directory for a link
 * meanwhile leads the worker to another of its own files at most.
 */

#include "base/err.h"
#include "linux/idmap.h"
#include "storage/overlay.h"
#include "unpack/sandbox.h"

enum place_kind {
	PLACE_HOST,    /* files of the caller's */
	PLACE_RUNNING, /* a container: `pidfd` is that of its init */
	PLACE_STOPPED, /* its root is mounted as its next start would mount it */
	PLACE_LAYERS, /* the layers and the upper directory of a container, running or not, side by side */
};

/* The directories of PLACE_LAYERS. */
#define PLACE_LOWER "lower"
#define PLACE_UPPER "upper"

/* The texts of a mount of a place. */
enum {
	PLACE_MODE,    /* "rw" or "ro" */
	PLACE_SOURCE,  /* a path; of an image: the directory where its layers are mounted first */
	PLACE_SUBPATH, /* "", or the part of the source that is mounted, resolved inside it */
	PLACE_LOWERS, /* "", or the layers of an image below overlay.layers_dir, the bottom one first: "HEX:HEX" */
	PLACE_TARGET,
	PLACE_MOUNT_TEXTS
};

struct place {
	enum place_kind kind;
	int pidfd;
	char *uid_map, *gid_map; /* its submaps (linux/submap.h); NULL: the default map */
	char *rootfs;		 /* a plain directory, or ... */
	struct overlay overlay;	 /* ... this, mounted at `root_dir` */
	char *root_dir;		 /* or both, in a tmpfs there */
	char **mounts;		 /* PLACE_MOUNT_TEXTS of each */
	bool without_mounts;	 /* only the root's own file system */
};
#define PLACE_INIT	((struct place){.pidfd = -1})
#define _cleanup_place_ _cleanup_(place_done)
void place_done(struct place *p);

/* A worker's view of it. */
struct place_view {
	const struct place *place;
	int root;    /* "/" of the place */
	int channel; /* to the parent, or -1 */
};

typedef int (*place_fn)(const struct place_view *view, void *arg, struct masu_error *err);

/*
 * Calls `fn` in a worker, and returns its result and error. In PLACE_HOST it is called in this process. `read_only`:
 * the worker's mounts are, too.
 */
int place_run(const struct place *p, bool read_only, place_fn fn, void *arg,
	      struct masu_error *err);

/* Calls `fn` in a worker of the host, which is the caller, or root of nothing more than its namespaces. */
int place_run_on_host(place_fn fn, void *arg, struct masu_error *err);

/*
 * For a worker: gives up all but the files below `root` and these descriptors (at most 6; -1 stands for none), which
 * include standard error.
 */
int place_confine(const struct place_view *view, int root, enum sandbox_use use, const int *keep,
		  size_t n_keep, struct masu_error *err);
