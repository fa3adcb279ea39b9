/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/unpack-child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "linux/mount.h"
#include "unpack/inflate.h"
#include "unpack/sandbox.h"
#include "unpack/sha256.h"
#include "unpack/unpack-ring.h"

/* The stages are in the namespaces of the unpacker. */
static const struct idmap no_namespace = {.userns = false};

/* A process beside the unpacker, and the ring to or from it. */
struct stage {
	const struct unpack_job *job;
	struct userns_child child; /* in the stage itself, its channel is its own end */
	struct ring ring;
	int root;
};
#define STAGE_INIT ((struct stage){.child = USERNS_CHILD_INIT, .ring = RING_INIT, .root = -1})

static void stage_done(struct stage *s)
{
	userns_kill(&s->child);
	ring_done(&s->ring);
	fd_close(&s->root);
}
#define _cleanup_stage_ _cleanup_(stage_done)

/* Nobody reads this error: the unpacker reports why the other side has exited. */
static int broken_off(struct masu_error *err)
{
	return err_set(err, ERR_INTERNAL, EPIPE, "another process of the unpacker has ended");
}

static int inflate_all(struct inflate *inflate, struct ring *ring, struct masu_error *err)
{
	ssize_t n;

	do {
		void *room = ring_reserve(ring);

		if (!room)
			return broken_off(err);
		n = inflate_read(inflate, room, RING_SLOT_SIZE, err);
		if (n < 0)
			return (int)n;
		ring_commit(ring, (size_t)n);
	} while (n > 0);
	ring_linger(ring);
	return 0;
}

/* A userns_fn. The exit of the process frees its memory. */
static int run_inflater(void *arg, struct masu_error *err)
{
	struct stage *s = arg;
	const int keep[] = {s->job->input, s->root, ring_choose(&s->ring, RING_PRODUCER),
			    s->child.channel};
	const struct sandbox sandbox = {.root = s->root, .keep = keep, .n_keep = ARRAY_SIZE(keep)};
	struct inflate *inflate = NULL;
	int r = inflate_new(s->job->compression, s->job->input, &inflate, err);

	if (r < 0)
		return r;
	r = sandbox_enter(&sandbox, err);
	return r < 0 ? r : inflate_all(inflate, &s->ring, err);
}

static int from_ring(void *arg, const void **ret, size_t *ret_size, struct masu_error *err)
{
	return ring_take(arg, ret, ret_size) < 0 ? broken_off(err) : 0;
}

static int write_entries(struct layer_writer *writer, struct layer_reader *reader,
			 struct masu_error *err)
{
	struct layer_entry entry;
	int r;

	while ((r = layer_reader_next(reader, &entry, err)) > 0) {
		r = layer_write(writer, &entry, reader, err);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : layer_reader_finish(reader, err);
}

/* A userns_fn. The exit of the process frees its memory. */
static int run_reader(void *arg, struct masu_error *err)
{
	struct stage *s = arg;
	const int keep[] = {s->job->notes, s->root, ring_choose(&s->ring, RING_CONSUMER),
			    s->child.channel};
	const struct sandbox sandbox = {
		.root = s->root, .keep = keep, .n_keep = ARRAY_SIZE(keep), .use = SANDBOX_FILL};
	struct layer_reader *reader = NULL;
	struct layer_writer writer;
	int r = layer_reader_new(from_ring, &s->ring, s->job->bytes_max, &reader, err);

	if (r < 0)
		return r;
	if (layer_writer_init(&writer, s->root, s->job->notes, &s->job->policy) < 0)
		return err_oom(err);
	r = sandbox_enter(&sandbox, err);
	if (r < 0)
		return r;
	r = write_entries(&writer, reader, err);
	if (r < 0)
		return r; /* the directory is removed, so its times do not matter */
	r = layer_writer_done(&writer, err);
	*s->job->counts = writer.counts;
	if (r < 0)
		return r;
	return syncfs(s->root) < 0 ? err_sys(err, errno, "write the layer to disk") : 0;
}

/* The root of a layer without an entry for it is like other directories without an entry. */
static int prepare_root(int staging, struct masu_error *err)
{
	static const struct timespec zero[2];
	int r = fchown(staging, 0, 0) < 0 ? -errno : file_set_plain_mode(staging, 0755);

	if (r < 0 || futimens(staging, zero) < 0)
		return err_sys(err, r < 0 ? r : errno, "prepare the staging directory");
	return 0;
}

/* An empty directory without a name, in which nothing can be created. */
static int open_nowhere(int staging)
{
	static const char name[] = "nowhere";

	if (mkdirat(staging, name, 0700) < 0)
		return -errno;
	_cleanup_close_ int fd = openat(staging, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || unlinkat(staging, name, AT_REMOVEDIR) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/*
 * Mounts the staging directory nodev in a new mount namespace, so that no device works which a reader with root's
 * privileges could create. It is opened by the working directory, since a descriptor stays in its old mount namespace.
 */
static int mount_staging(int staging, struct masu_error *err)
{
	const uint64_t attributes = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

	if (fchdir(staging) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys(err, errno, "create a mount namespace");
	/* Old kernels have no detached mounts (linux/mount-legacy.h). EINVAL: "/" is not a mount point. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 && errno != EINVAL)
		return err_sys(err, errno, "stop mount propagation");
	_cleanup_close_ int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int mounted = here < 0 ? -errno : mount_clone(here, false);
	int r = mounted < 0 ? mounted : mount_set_attributes(mounted, false, attributes, 0);
	if (r < 0)
		return err_sys(err, r, "mount the staging directory without devices");
	int fd = openat(mounted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "open the staging directory") : fd;
}

static int start(struct stage *s, const struct unpack_job *job, userns_fn fn, enum ring_side other,
		 struct masu_error *err)
{
	s->job = job;
	int r = ring_new(&s->ring, err);
	if (r < 0)
		return r;
	r = userns_spawn(&no_namespace, 0, fn, s, &s->child, err);
	if (r < 0)
		return r;
	(void)ring_choose(&s->ring, other == RING_PRODUCER ? RING_CONSUMER : RING_PRODUCER);
	return 0;
}

/* The reader does not get the memory of the first ring, and the inflater not that of the second one. */
static int start_both(const struct unpack_job *job, struct stage *inflater, struct stage *reader,
		      struct masu_error *err)
{
	inflater->root = open_nowhere(job->staging);
	if (inflater->root < 0)
		return err_sys(err, inflater->root, "prepare the staging directory");
	reader->root = mount_staging(job->staging, err);
	if (reader->root < 0)
		return reader->root;
	int r = prepare_root(reader->root, err);
	if (r < 0)
		return r;
	r = start(inflater, job, run_inflater, RING_PRODUCER, err);
	if (r < 0)
		return r;
	r = ring_hide(&inflater->ring);
	return r < 0 ? err_sys(err, r, "create the buffers")
		     : start(reader, job, run_reader, RING_CONSUMER, err);
}

/* -ECONNRESET if the inflater has exited, -EPIPE if the reader has. */
static int pass_on(struct ring *from, struct ring *to, struct unpack_report *report)
{
	_cleanup_sha256_ EVP_MD_CTX *sum = sha256_new();
	struct digest digest;
	const void *bytes;
	size_t size = 1;

	if (!sum)
		return -ENOMEM;
	while (size > 0) {
		int r = ring_take(from, &bytes, &size);
		if (r < 0)
			return r;
		void *copy = ring_reserve(to);
		if (!copy)
			return -EPIPE;
		memcpy(copy, bytes, size);
		r = sha256_add(sum, copy, size);
		if (r < 0)
			return r;
		ring_commit(to, size);
		report->bytes += size;
	}
	int r = sha256_finish(sum, &digest);
	if (r < 0)
		return r;
	memcpy(report->diff_hex, digest.hex, sizeof(report->diff_hex));
	return 0;
}

/* The error of a process that has exited too early. */
static int reason_of(struct userns_child *child, struct masu_error *err)
{
	int r = userns_wait(child, err);

	return r < 0 ? r : err_set(err, ERR_INTERNAL, ECHILD, "the unpacker ended too early");
}

int unpack_child(void *arg, struct masu_error *err)
{
	const struct unpack_job *job = arg;
	const int keep[] = {job->input, job->staging, job->notes, job->child->channel};
	const char *const no_variable = NULL;
	_cleanup_stage_ struct stage inflater = STAGE_INIT, reader = STAGE_INIT;
	int r = fd_close_from(STDERR_FILENO + 1, keep, ARRAY_SIZE(keep));

	if (r < 0 || madvise(job->report, sizeof(*job->report), MADV_DONTFORK) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, r < 0 ? r : errno, "start the unpacker");
	sandbox_forget_environment(&no_variable);
	r = start_both(job, &inflater, &reader, err);
	if (r < 0)
		return r;
	r = pass_on(&inflater.ring, &reader.ring, job->report);
	if (r == -ECONNRESET)
		return reason_of(&inflater.child, err);
	if (r == -EPIPE)
		return reason_of(&reader.child, err);
	if (r < 0)
		return err_sys(err, r, "take the layer's digest");
	ring_done(&inflater.ring);
	r = userns_wait(&reader.child, err);
	return r < 0 ? r : userns_wait(&inflater.child, err);
}
