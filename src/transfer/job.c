/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"
#include "storage/layers.h"
#include "transfer/names.h"
#include "transfer/order.h"
#include "unpack/sha256.h"

#define CHUNK	  (256 * 1024)
#define PIPE_SIZE (1 << 20)

void job_done(struct job *job, const struct job_context *c)
{
	transfer_end(&job->transfer);
	order_free(job->unpack);
	sha256_free(job->sum);
	fd_close(&job->part);
	fd_close(&job->stored);
	/* What was to be had locally saves no download the next time. */
	if (job->lock >= 0 && c->source->layout)
		ingest_drop_part(c->ingest, &job->blob->digest);
	ingest_unlock(c->ingest, &job->blob->digest, &job->lock);
	free(job->kept);
	free(job->what);
	*job = JOB_INIT;
}

static bool pipe_is_full(const struct job *job)
{
	return job->kept_done < job->kept_size;
}

static int keep_rest(struct job *job, const char *bytes, size_t size)
{
	if (size > job->kept_room) {
		char *bigger = realloc(job->kept, size);

		if (!bigger)
			return -ENOMEM;
		job->kept = bigger;
		job->kept_room = size;
	}
	memcpy(job->kept, bytes, size);
	job->kept_size = size;
	job->kept_done = 0;
	return 0;
}

/* Writes what the pipe takes; the count. An unpacker that has ended early takes all. */
static ssize_t feed(const struct job *job, const char *bytes, size_t size)
{
	int fd = job->unpack ? order_fd(job->unpack) : -1;
	size_t done = 0;

	while (fd >= 0 && done < size) {
		ssize_t n = write(fd, bytes + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return (ssize_t)done;
		if (n < 0)
			/* EPIPE: whether it was right to give up shows once the digest is known;
			 * until then the blob is loaded on. */
			return errno == EPIPE ? (ssize_t)size : -errno;
		done += (size_t)n;
	}
	return (ssize_t)size;
}

static int feed_kept(struct job *job)
{
	ssize_t n = feed(job, job->kept + job->kept_done, job->kept_size - job->kept_done);

	if (n < 0)
		return (int)n;
	job->kept_done += (size_t)n;
	return n > 0;
}

/* The next bytes of the blob, into the sum and the pipe. -EAGAIN while the pipe is full. */
static int take(struct job *job, const char *bytes, size_t size)
{
	if (pipe_is_full(job))
		return -EAGAIN;
	int r = sha256_add(job->sum, bytes, size);
	if (r < 0)
		return r;
	ssize_t n = feed(job, bytes, size);
	if (n < 0)
		return (int)n;
	job->taken += size;
	return (size_t)n < size ? keep_rest(job, bytes + n, size - (size_t)n) : 0;
}

/* The registry's bytes: http_sink. */
static int on_bytes(void *userdata, const char *bytes, size_t size)
{
	struct job *job = userdata;

	if (pipe_is_full(job))
		return -EAGAIN;
	for (size_t done = 0; done < size;) {
		ssize_t n = pwrite(job->part, bytes + done, size - done,
				   (off_t)(job->taken + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return take(job, bytes, size);
}

static int start_unpack(struct job *job, const struct job_context *c, struct err *err)
{
	_cleanup_strv_ char **below = NULL;
	char diff[DIGEST_TEXT_MAX];

	for (const struct job *j = job - job->number; j < job; j++)
		if (strv_push(&below, j->chain.hex) < 0)
			return err_sys(err, ENOMEM, "unpack the layer");
	const struct unpack_layer layer = {.diff_id = digest_text(&job->diff, diff),
					   .chain_hex = job->chain.hex,
					   .compression = LAYER_AUTO,
					   .size = job->blob->size,
					   .below = below};
	int r = order_unpack(c->orders, &layer, &job->unpack, err);

	if (r < 0)
		return r;
	r = fd_set_nonblock(order_fd(job->unpack), true);
	if (r < 0)
		return err_sys(err, r, "unpack the layer");
	/* A short pipe serves as well: the size saves changes between the processes. */
	(void)fcntl(order_fd(job->unpack), F_SETPIPE_SZ, PIPE_SIZE);
	return 0;
}

/* Copies a local blob to where a partial one would be; it is verified like one. */
static int import_blob(struct job *job, const struct job_context *c, struct err *err)
{
	const struct layout *from = c->source->layout;
	_cleanup_close_ int fd = layout_open_blob(from, &job->blob->digest, job->blob->size);

	if (fd < 0)
		return err_set(err, ERR_INVALID, EBADMSG, "layer sha256:%s is %s in '%s'",
			       job->blob->digest.hex,
			       fd == -ENOENT ? "missing" : "not of the size that the manifest says",
			       from->path);
	if (c->source->disposable) {
		char from_path[BLOB_NAME_MAX], name[BLOB_NAME_MAX];

		/* Two layers may be one file, and another pull may need it: a link, not a move. */
		ingest_drop_part(c->ingest, &job->blob->digest);
		if (linkat(from->fd, blob_path(&job->blob->digest, from_path), c->ingest->dir,
			   part_name(&job->blob->digest, name), 0) < 0)
			return err_sys(err, errno, "take the layer from '%s'", from->path);
		fd_close(&job->part);
		job->part = TAKE_FD(fd);
		return 0;
	}
	if (ftruncate(job->part, 0) < 0)
		return err_sys(err, errno, "copy the layer");
	for (uint64_t left = job->blob->size; left > 0;) {
		ssize_t n = copy_file_range(fd, NULL, job->part, NULL, left, 0);

		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP)) {
			char buffer[65536];

			n = read(fd, buffer, MIN(left, sizeof(buffer)));
			if (n > 0 && fd_write_full(job->part, buffer, (size_t)n) < 0)
				n = -1;
		}
		if (n <= 0)
			return err_sys(err, n < 0 ? errno : EBADMSG, "copy layer sha256:%s",
				       job->blob->digest.hex);
		left -= (uint64_t)n;
	}
	return 0;
}

/* Has the lock: finds out what is missing and prepares for it. */
static int prepare(struct job *job, const struct job_context *c, struct err *err)
{
	bool unpacked = layers_exist(c->paths, job->chain.hex);
	struct stat st;

	job->stored = layout_open_blob(c->ingest->layout, &job->blob->digest, job->blob->size);
	if (job->stored >= 0 && unpacked) {
		progress_set(c->progress, job->number, IMAGE_EXISTS, job->blob->size);
		ingest_unlock(c->ingest, &job->blob->digest, &job->lock);
		job->state = JOB_DONE;
		return 0;
	}
	job->there = job->blob->size;
	if (job->stored < 0) {
		job->part = ingest_open_part(c->ingest, &job->blob->digest, job->blob->size);
		if (job->part < 0)
			return err_sys(err, job->part, "open the partial layer sha256:%s",
				       job->blob->digest.hex);
		int r = c->source->layout ? import_blob(job, c, err) : 0;
		if (r < 0)
			return r;
		if (fstat(job->part, &st) < 0)
			return err_sys(err, errno, "open the partial layer");
		job->there = (uint64_t)st.st_size;
	}
	job->sum = sha256_new();
	if (!job->sum)
		return err_sys(err, ENOMEM, "verify the layer");
	progress_set(c->progress, job->number, IMAGE_DOWNLOADING, 0);
	job->state = JOB_FEEDING;
	return unpacked ? 0 : start_unpack(job, c, err);
}

/* The layer that it stands on has come so far; a layer at the bottom stands on none. */
static bool is_below_at(const struct job *job, enum job_state state)
{
	return job->number == 0 || job[-1].state >= state;
}

static int step_waiting(struct job *job, const struct job_context *c, struct err *err)
{
	if (!is_below_at(job, JOB_FEEDING))
		return 0;
	job->lock = ingest_lock(c->ingest, &job->blob->digest);
	if (job->lock == -EWOULDBLOCK)
		return 0;
	if (job->lock < 0)
		return err_sys(err, job->lock, "lock layer sha256:%s", job->blob->digest.hex);
	int r = prepare(job, c, err);
	return r < 0 ? r : 1;
}

static int begin_transfer(struct job *job, const struct job_context *c, struct err *err)
{
	char path[sizeof("blobs/") + DIGEST_TEXT_MAX];

	if (!c->source->registry)
		return err_set(err, ERR_INVALID, EBADMSG, "layer sha256:%s is missing",
			       job->blob->digest.hex);
	if (!job->what &&
	    asprintf(&job->what, "layer " DIGEST_PREFIX "%s", job->blob->digest.hex) < 0) {
		job->what = NULL;
		return err_sys(err, ENOMEM, "get a layer");
	}
	(void)snprintf(path, sizeof(path), "blobs/" DIGEST_PREFIX "%s", job->blob->digest.hex);
	job->transfer = (struct transfer){.registry = c->source->registry,
					  .what = job->what,
					  .limit = job->blob->size,
					  .exact = job->blob->size,
					  .offset = job->taken,
					  .sink = on_bytes,
					  .userdata = job};
	job->state = JOB_LOADING;
	return transfer_begin(&job->transfer, path, err);
}

/* The bytes are not those of the digest. None of them stays, so that the next pull can do better. */
static int refuse(const struct job *job, const struct job_context *c, const struct digest *found,
		  struct err *err)
{
	const struct digest *wanted = &job->blob->digest;

	ingest_drop_part(c->ingest, wanted);
	if (job->stored < 0)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "digest mismatch: layer sha256:%s came as sha256:%s", wanted->hex,
			       found->hex);
	int r = ingest_drop_blob(c->ingest, wanted, err);
	if (r < 0)
		return r;
	(void)err_set(err, ERR_INVALID, EBADMSG,
		      "digest mismatch: the stored layer sha256:%s was damaged, and is removed",
		      wanted->hex);
	return err_hint(err, "pull the image again to get it anew");
}

/* All bytes were taken, and the pipe has them: is it the blob that was asked for? */
static int end_input(struct job *job, const struct job_context *c, struct err *err)
{
	struct digest found;
	int r = sha256_finish(job->sum, &found);

	if (r < 0)
		return err_sys(err, r, "verify layer sha256:%s", job->blob->digest.hex);
	if (!digest_equal(&found, &job->blob->digest))
		return refuse(job, c, &found, err);
	progress_set(c->progress, job->number, IMAGE_UNPACKING, job->taken);
	job->state = JOB_UNPACKING;
	if (job->unpack)
		order_end(job->unpack);
	return 1;
}

static int step_feeding(struct job *job, const struct job_context *c, char *buffer, struct err *err)
{
	int fd = job->stored >= 0 ? job->stored : job->part;

	if (job->taken == job->there)
		return job->taken == job->blob->size ? end_input(job, c, err)
						     : begin_transfer(job, c, err);
	ssize_t n = pread(fd, buffer, MIN((uint64_t)CHUNK, job->there - job->taken),
			  (off_t)job->taken);
	if (n <= 0)
		return err_sys(err, n < 0 ? errno : EBADMSG, "read layer sha256:%s",
			       job->blob->digest.hex);
	int r = take(job, buffer, (size_t)n);
	if (r < 0)
		return err_sys(err, r, "unpack layer sha256:%s", job->blob->digest.hex);
	progress_set(c->progress, job->number, IMAGE_DOWNLOADING, job->taken);
	return 1;
}

static int step_loading(struct job *job, const struct job_context *c, struct err *err)
{
	int r = transfer_step(&job->transfer, err);

	progress_set(c->progress, job->number, IMAGE_DOWNLOADING, job->taken);
	if (r <= 0)
		return r;
	if (job->taken != job->blob->size)
		return err_set(
			err, ERR_INVALID, EBADMSG,
			"size mismatch: layer sha256:%s has %ju bytes, the manifest says %ju",
			job->blob->digest.hex, (uintmax_t)job->taken, (uintmax_t)job->blob->size);
	transfer_end(&job->transfer);
	return end_input(job, c, err);
}

static int step_unpacking(struct job *job, const struct job_context *c, struct err *err)
{
	int r = 0;

	if (job->unpack) {
		struct pollfd ended = {.fd = order_wait_fd(job->unpack), .events = POLLIN};

		if (!is_below_at(job, JOB_DONE) || poll(&ended, 1, 0) == 0)
			return 0;
		r = order_finish(job->unpack, err);
		order_free(job->unpack);
		job->unpack = NULL;
	}
	if (r < 0)
		return err_prefix(err, "layer sha256:%s", job->blob->digest.hex);
	if (job->part >= 0) {
		r = ingest_publish(c->ingest, &job->blob->digest, job->part);
		if (r < 0)
			return err_sys(err, r, "store layer sha256:%s", job->blob->digest.hex);
	}
	fd_close(&job->part);
	fd_close(&job->stored);
	ingest_unlock(c->ingest, &job->blob->digest, &job->lock);
	progress_set(c->progress, job->number, IMAGE_DONE, job->taken);
	job->state = JOB_DONE;
	return 1;
}

int job_step(struct job *job, const struct job_context *c, struct err *err)
{
	char buffer[CHUNK];
	int r = 1;

	if (pipe_is_full(job)) {
		r = feed_kept(job);
		if (r < 0)
			return err_sys(err, r, "unpack layer sha256:%s", job->blob->digest.hex);
		if (pipe_is_full(job))
			return r;
		if (job->state == JOB_LOADING)
			http_resume(&job->transfer.request);
	}
	switch (job->state) {
	case JOB_WAITING:
		return step_waiting(job, c, err);
	case JOB_FEEDING:
		return step_feeding(job, c, buffer, err);
	case JOB_LOADING:
		return step_loading(job, c, err);
	case JOB_UNPACKING:
		return step_unpacking(job, c, err);
	default:
		return 0;
	}
}

size_t job_poll(const struct job *job, struct curl_waitfd *wait)
{
	if (pipe_is_full(job) && job->unpack) {
		*wait = (struct curl_waitfd){.fd = order_fd(job->unpack),
					     .events = CURL_WAIT_POLLOUT};
		return 1;
	}
	if (job->state == JOB_UNPACKING && job->unpack && is_below_at(job, JOB_DONE)) {
		*wait = (struct curl_waitfd){.fd = order_wait_fd(job->unpack),
					     .events = CURL_WAIT_POLLIN};
		return 1;
	}
	return 0;
}
