/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/idmap.h"
#include "linux/sub-ids.h"
#include "linux/userns.h"
#include "storage/layers.h"
#include "storage/paths.h"
#include "unpack/layer-notes.h"
#include "unpack/unpack-child.h"

/* As large as an ordinary user's pipe may be; the default is 64 KiB. */
#define PIPE_SIZE (1024 * 1024)

/* The unpacker makes the mount namespace (unpack-child.c). */
#define NAMESPACES (CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID)

struct unpack {
	char diff_hex[LAYERS_HEX_LENGTH + 1];
	char chain_hex[LAYERS_HEX_LENGTH + 1];
	char *store;	    /* for messages */
	struct idmap map;   /* of the layer's files ... */
	struct idmap owner; /* ... and one that has the owner of the store, too */
	struct layers_staging staging;
	struct userns_child child;
	struct unpack_report *report;
	struct layer_counts *counts;
	char **below;
	int writer, wait_fd, staged, notes;
};

static int take_below(struct unpack *u, char *const *below, struct masu_error *err)
{
	STRV_FOREACH(hex, below)
		if (!layers_is_hex(*hex))
			return err_set(err, ERR_INVALID, EINVAL, "malformed layer '%s'", *hex);
	u->below = strv_copy(below);
	return u->below ? 0 : err_oom(err);
}

static int take_ids(struct unpack *u, const struct unpack_layer *layer, struct masu_error *err)
{
	const char *diff = str_after(layer->diff_id, "sha256:");

	if (!diff || !layers_is_hex(diff) || !layers_is_hex(layer->chain_hex))
		return err_set(err, ERR_INVALID, EINVAL, "malformed digest of a layer: '%s', '%s'",
			       layer->diff_id, layer->chain_hex);
	memcpy(u->diff_hex, diff, sizeof(u->diff_hex));
	memcpy(u->chain_hex, layer->chain_hex, sizeof(u->chain_hex));
	return 0;
}

static int check_space(const struct unpack *u, uint64_t size, struct masu_error *err)
{
	uint64_t free_bytes;
	int r = file_free_space(u->staging.dirfd, &free_bytes);

	if (r < 0)
		return err_sys(err, r, "read the free space of '%s'", u->store);
	if (size <= free_bytes)
		return 0;
	(void)err_set(err, ERR_NO_SPACE, ENOSPC,
		      "the layer needs more than %llu MiB in '%s', and %llu MiB are free",
		      (unsigned long long)(size >> 20), u->store,
		      (unsigned long long)(free_bytes >> 20));
	return err_hint(err, "free space, or set MASU_DATA_DIR to another directory");
}

static int spawn(struct unpack *u, const struct unpack_layer *layer, int input,
		 struct masu_error *err)
{
	uint64_t n_ids = idmap_count(u->map.uids, u->map.n_uids);
	struct unpack_job job = {
		.input = input,
		.staging = u->staged,
		.notes = u->notes,
		.child = &u->child,
		.compression = layer->compression,
		.bytes_max = layer->bytes_max ? layer->bytes_max : UNPACK_BYTES_MAX,
		.policy = {.single_id = u->map.userns && n_ids == 1, .n_ids = n_ids},
		.report = u->report,
		.counts = u->counts,
	};

	int r = userns_spawn(&u->map, NAMESPACES, unpack_child, &job, &u->child, err);
	if (r < 0)
		return r;
	u->wait_fd = pidfd_new(u->child.pid);
	return u->wait_fd < 0 ? err_sys(err, u->wait_fd, "watch the unpacking process") : 0;
}

/* Opens the directory, and a file for the notes, whose name is removed before the unpacker begins. */
static int open_staging(struct unpack *u, struct masu_error *err)
{
	static const char notes[] = "notes";

	u->staged = openat(u->staging.dirfd, u->staging.name,
			   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (u->staged >= 0)
		u->notes = openat(u->staged, notes, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (u->notes < 0 || unlinkat(u->staged, notes, 0) < 0)
		return err_sys(err, errno, "open the staging directory in '%s'", u->store);
	return 0;
}

/* A userns_fn. */
static int run_give(void *arg, struct masu_error *err)
{
	const struct unpack *u = arg;
	_cleanup_idmap_ struct idmap own = {0};
	uint32_t uid, gid;
	int r = idmap_read(getpid(), &own);

	if (r == 0)
		r = idmap_to_host(u->map.uids, u->map.n_uids, 0, &uid);
	if (r == 0)
		r = idmap_to_host(u->map.gids, u->map.n_gids, 0, &gid);
	if (r == 0)
		r = idmap_to_inside(own.uids, own.n_uids, uid, &uid);
	if (r == 0)
		r = idmap_to_inside(own.gids, own.n_gids, gid, &gid);
	if (r == 0 && fchown(u->staged, uid, gid) < 0)
		r = -errno;
	return r < 0 ? err_sys(err, r, "give the staging directory to the unpacker") : 0;
}

static int take_maps(struct unpack *u, const struct idmap *map, struct masu_error *err)
{
	_cleanup_free_ char *notice = NULL;

	if (idmap_copy(map, &u->map) < 0)
		return err_oom(err);
	if (map->userns && !idmap_has_caller(map))
		return sub_ids_map(&u->owner, &notice, err);
	return idmap_copy(map, &u->owner) < 0 ? err_oom(err) : 0;
}

/* An unpacker whose map lacks the owner of the store cannot enter the directory before it belongs to its root. */
static int give_staging(struct unpack *u, struct masu_error *err)
{
	return !u->map.userns || idmap_has_caller(&u->map)
		       ? 0
		       : userns_run(&u->owner, 0, run_give, u, err);
}

static void *share(size_t size)
{
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

static int prepare(struct unpack *u, const struct paths *paths, const struct idmap *map,
		   const struct unpack_layer *layer, struct masu_error *err)
{
	int r = take_ids(u, layer, err);

	if (r < 0)
		return r;
	r = take_below(u, layer->below, err);
	if (r < 0)
		return r;
	r = take_maps(u, map, err);
	if (r < 0)
		return r;
	u->store = paths_data(paths, "%s", layers_dir(paths));
	u->report = share(sizeof(*u->report));
	u->counts = share(sizeof(*u->counts));
	if (!u->report || !u->counts || !u->store)
		return err_oom(err);
	r = layers_stage(paths, &u->staging, err);
	if (r < 0)
		return r;
	r = open_staging(u, err);
	if (r == 0)
		r = give_staging(u, err);
	return r < 0 ? r : check_space(u, layer->size, err);
}

int unpack_begin(const struct paths *paths, const struct idmap *map,
		 const struct unpack_layer *layer, struct unpack **ret, struct masu_error *err)
{
	_cleanup_unpack_ struct unpack *u = calloc(1, sizeof(*u));
	_cleanup_close_ int reader = -1;
	int pipe_fds[2];

	if (!u)
		return err_oom(err);
	u->staging = LAYERS_STAGING_INIT;
	u->child = USERNS_CHILD_INIT;
	u->writer = u->wait_fd = u->staged = u->notes = -1;
	int r = prepare(u, paths, map, layer, err);
	if (r < 0)
		return r;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	reader = pipe_fds[0];
	u->writer = pipe_fds[1];
	(void)fcntl(u->writer, F_SETPIPE_SZ, PIPE_SIZE); /* a smaller one does as well */
	r = spawn(u, layer, reader, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(u);
	return 0;
}

int unpack_fd(const struct unpack *u)
{
	return u->writer;
}

void unpack_end(struct unpack *u)
{
	fd_close(&u->writer);
}

int unpack_wait_fd(const struct unpack *u)
{
	return u->wait_fd;
}

static void notice_left_out(const struct unpack *u)
{
	const struct layer_counts *c = u->counts;

	if (c->devices > 0)
		log_notice(
			"layer %.12s: left out device nodes (%llu): an image gives none to a container",
			u->diff_hex, (unsigned long long)c->devices);
	if (c->owners > 0)
		log_notice("layer %.12s: files of other users became the caller's, since only one "
			   "id is mapped (%llu)",
			   u->diff_hex, (unsigned long long)c->owners);
	log_debug("layer %.12s: %llu bytes; left out %llu sockets and %llu extended attributes",
		  u->diff_hex, (unsigned long long)u->report->bytes, (unsigned long long)c->sockets,
		  (unsigned long long)c->xattrs);
}

/* A userns_fn. */
static int run_settle(void *arg, struct masu_error *err)
{
	return layer_settle(arg, err);
}

/* Most layers have only their root to settle, which belongs to the caller: that needs no namespace. */
static int settle(const struct unpack *u, struct masu_error *err)
{
	struct layer_settle s = {.layers = u->staging.dirfd,
				 .staging = u->staged,
				 .notes = u->notes,
				 .below = u->below};
	bool first = strv_length(u->below) == 0, root_only = layer_settle_root_only(u->notes);

	if (root_only && first)
		return 0;
	if (root_only || !u->map.userns) {
		int r = layer_settle(&s, err);
		if ((r != -EPERM && r != -EACCES) || !u->map.userns)
			return r;
		err_done(err);
	}
	return userns_run(&u->owner, 0, run_settle, &s, err);
}

int unpack_finish(struct unpack *u, struct masu_error *err)
{
	unpack_end(u);
	int r = userns_wait(&u->child, err);
	if (r < 0) {
		if (err && err->kind == ERR_NO_SPACE && !err->hint)
			(void)err_hint(err,
				       "make room in '%s', or set MASU_DATA_DIR to a directory "
				       "elsewhere",
				       u->store);
		return err_prefix(err, "unpack layer sha256:%.12s", u->diff_hex);
	}
	if (strncmp(u->report->diff_hex, u->diff_hex, sizeof(u->diff_hex)) != 0)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "unpack layer sha256:%.12s: its contents are another layer's: "
			       "sha256:%.64s",
			       u->diff_hex, u->report->diff_hex);
	notice_left_out(u);
	r = settle(u, err);
	if (r < 0)
		return err_prefix(err, "unpack layer sha256:%.12s", u->diff_hex);
	r = layers_publish(&u->staging, u->chain_hex, err);
	return r < 0 ? r : 0;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	userns_kill(&u->child);
	layers_unstage(&u->staging, &u->owner);
	fd_close(&u->writer);
	fd_close(&u->wait_fd);
	fd_close(&u->staged);
	fd_close(&u->notes);
	strv_free(u->below);
	if (u->report)
		(void)munmap(u->report, sizeof(*u->report));
	if (u->counts)
		(void)munmap(u->counts, sizeof(*u->counts));
	idmap_done(&u->map);
	idmap_done(&u->owner);
	free(u->store);
	free(u);
}
