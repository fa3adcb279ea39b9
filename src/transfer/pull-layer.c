/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/pull-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "storage/layers.h"
#include "transfer/blob-store.h"
#include "transfer/broker-client.h"
#include "unpack/sha256.h"

#define CHUNK	  (256 * 1024)
#define PIPE_SIZE (1 << 20)

void layer_pull_done(struct layer_pull *layer, const struct layer_pull_context *c)
{
	exchange_end(&layer->download);
	remote_unpack_free(layer->unpack);
	sha256_free(layer->sum);
	fd_close(&layer->part);
	fd_close(&layer->stored);
	/* The partial copy of a local blob saves no download later. */
	if (layer->lock >= 0 && c->source->layout)
		blob_store_drop_part(c->blobs, &layer->blob->digest);
	blob_store_unlock(c->blobs, &layer->blob->digest, &layer->lock);
	free(layer->kept);
	free(layer->what);
	*layer = LAYER_PULL_INIT;
}

static bool pipe_is_full(const struct layer_pull *layer)
{
	return layer->kept_done < layer->kept_size;
}

static int keep_rest(struct layer_pull *layer, const char *bytes, size_t size)
{
	if (size > layer->kept_room) {
		char *bigger = realloc(layer->kept, size);

		if (!bigger)
			return -ENOMEM;
		layer->kept = bigger;
		layer->kept_room = size;
	}
	memcpy(layer->kept, bytes, size);
	layer->kept_size = size;
	layer->kept_done = 0;
	return 0;
}

/* Writes until the pipe is full. Returns the number of bytes; all of them if the unpacker has exited early. */
static ssize_t feed(const struct layer_pull *layer, const char *bytes, size_t size)
{
	int fd = layer->unpack ? layer->unpack->pipe : -1;
	size_t done = 0;

	while (fd >= 0 && done < size) {
		ssize_t n = write(fd, bytes + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return (ssize_t)done;
		if (n < 0)
			/* EPIPE: the download continues, and its digest tells later if the unpacker
			 * was right to exit. */
			return errno == EPIPE ? (ssize_t)size : -errno;
		done += (size_t)n;
	}
	return (ssize_t)size;
}

static int feed_kept(struct layer_pull *layer)
{
	ssize_t n = feed(layer, layer->kept + layer->kept_done,
			 layer->kept_size - layer->kept_done);

	if (n < 0)
		return (int)n;
	layer->kept_done += (size_t)n;
	return n > 0;
}

/* Adds the next bytes of the blob to the sum and the pipe. -EAGAIN while the pipe is full. */
static int take(struct layer_pull *layer, const char *bytes, size_t size)
{
	if (pipe_is_full(layer))
		return -EAGAIN;
	int r = sha256_add(layer->sum, bytes, size);
	if (r < 0)
		return r;
	ssize_t n = feed(layer, bytes, size);
	if (n < 0)
		return (int)n;
	layer->taken += size;
	return (size_t)n < size ? keep_rest(layer, bytes + n, size - (size_t)n) : 0;
}

/* An http_sink, for the bytes of the registry. */
static int on_bytes(void *userdata, const char *bytes, size_t size)
{
	struct layer_pull *layer = userdata;

	if (pipe_is_full(layer))
		return -EAGAIN;
	for (size_t done = 0; done < size;) {
		ssize_t n = pwrite(layer->part, bytes + done, size - done,
				   (off_t)(layer->taken + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return take(layer, bytes, size);
}

static int start_unpack(struct layer_pull *layer, const struct layer_pull_context *c,
			struct masu_error *err)
{
	int r = remote_unpack_begin(c->broker, c->diff_ids, layer->number + 1, layer->blob->size,
				    &layer->unpack, err);

	if (r < 0)
		return r;
	r = fd_set_nonblock(layer->unpack->pipe, true);
	if (r < 0)
		return err_sys(err, r, "unpack the layer");
	/* A shorter pipe works, too, with more switches between the processes. */
	(void)fcntl(layer->unpack->pipe, F_SETPIPE_SZ, PIPE_SIZE);
	return 0;
}

/* Copies a local blob to the partial blob. It is verified like a downloaded one. */
static int import_blob(struct layer_pull *layer, const struct layer_pull_context *c,
		       struct masu_error *err)
{
	const struct layout *from = c->source->layout;
	_cleanup_close_ int fd = layout_open_blob(from, &layer->blob->digest, layer->blob->size);

	if (err_is_shortage(fd))
		return err_sys(err, fd, "open layer sha256:%s", layer->blob->digest.hex);
	if (fd < 0)
		return err_set(err, ERR_INVALID, EBADMSG, "layer sha256:%s is %s in '%s'",
			       layer->blob->digest.hex,
			       fd == -ENOENT ? "missing" : "not of the size that the manifest says",
			       from->path);
	if (c->source->disposable) {
		char from_path[BLOB_NAME_MAX], name[BLOB_NAME_MAX];

		/* Two layers may be one file, and another pull may need it: a link, not a move. */
		blob_store_drop_part(c->blobs, &layer->blob->digest);
		if (linkat(from->fd, blob_path(&layer->blob->digest, from_path), c->blobs->dir,
			   part_name(&layer->blob->digest, name), 0) < 0)
			return err_sys(err, errno, "take the layer from '%s'", from->path);
		fd_close(&layer->part);
		layer->part = TAKE_FD(fd);
		return 0;
	}
	if (ftruncate(layer->part, 0) < 0)
		return err_sys(err, errno, "copy the layer");
	for (uint64_t left = layer->blob->size; left > 0;) {
		ssize_t n = copy_file_range(fd, NULL, layer->part, NULL, left, 0);

		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP)) {
			char buffer[65536];

			n = read(fd, buffer, MIN(left, sizeof(buffer)));
			if (n > 0 && fd_write_full(layer->part, buffer, (size_t)n) < 0)
				n = -1;
		}
		if (n <= 0)
			return err_sys(err, n < 0 ? errno : EBADMSG, "copy layer sha256:%s",
				       layer->blob->digest.hex);
		left -= (uint64_t)n;
	}
	return 0;
}

/* Opens the stored, the partial or the local blob, and starts the unpacker if needed. The lock is held. */
static int prepare(struct layer_pull *layer, const struct layer_pull_context *c,
		   struct masu_error *err)
{
	bool unpacked = layers_exist(c->paths, layer->chain.hex);
	struct stat st;

	layer->stored = layout_open_blob(c->blobs->layout, &layer->blob->digest, layer->blob->size);
	if (err_is_shortage(layer->stored))
		return err_sys(err, layer->stored, "open layer sha256:%s", layer->blob->digest.hex);
	if (layer->stored >= 0 && unpacked) {
		progress_set(c->progress, layer->number, IMAGE_EXISTS, layer->blob->size);
		blob_store_unlock(c->blobs, &layer->blob->digest, &layer->lock);
		layer->state = LAYER_DONE;
		return 0;
	}
	layer->there = layer->blob->size;
	if (layer->stored < 0) {
		layer->part = blob_store_open_part(c->blobs, &layer->blob->digest,
						   layer->blob->size);
		if (layer->part < 0)
			return err_sys(err, layer->part, "open the partial layer sha256:%s",
				       layer->blob->digest.hex);
		int r = c->source->layout ? import_blob(layer, c, err) : 0;
		if (r < 0)
			return r;
		if (fstat(layer->part, &st) < 0)
			return err_sys(err, errno, "open the partial layer");
		layer->there = (uint64_t)st.st_size;
	}
	layer->sum = sha256_new();
	if (!layer->sum)
		return err_oom(err);
	progress_set(c->progress, layer->number, IMAGE_DOWNLOADING, 0);
	layer->state = LAYER_READING;
	return unpacked ? 0 : start_unpack(layer, c, err);
}

/* Returns whether the layer below has reached this state. The lowest layer does not wait. */
static bool is_below_at(const struct layer_pull *layer, enum layer_state state)
{
	return layer->number == 0 || layer[-1].state >= state;
}

static int step_waiting(struct layer_pull *layer, const struct layer_pull_context *c,
			struct masu_error *err)
{
	if (!is_below_at(layer, LAYER_READING))
		return 0;
	layer->lock = blob_store_lock(c->blobs, &layer->blob->digest);
	if (layer->lock == -EWOULDBLOCK)
		return 0;
	if (layer->lock < 0)
		return err_sys(err, layer->lock, "lock layer sha256:%s", layer->blob->digest.hex);
	int r = prepare(layer, c, err);
	return r < 0 ? r : 1;
}

static int begin_download(struct layer_pull *layer, const struct layer_pull_context *c,
			  struct masu_error *err)
{
	char path[sizeof("blobs/") + DIGEST_TEXT_MAX];

	if (!c->source->registry)
		return err_set(err, ERR_INVALID, EBADMSG, "layer sha256:%s is missing",
			       layer->blob->digest.hex);
	if (!layer->what)
		layer->what = str_printf("layer " DIGEST_PREFIX "%s", layer->blob->digest.hex);
	if (!layer->what)
		return err_oom(err);
	(void)snprintf(path, sizeof(path), "blobs/" DIGEST_PREFIX "%s", layer->blob->digest.hex);
	layer->download = (struct exchange){.registry = c->source->registry,
					    .what = layer->what,
					    .limit = layer->blob->size,
					    .exact = layer->blob->size,
					    .offset = layer->taken,
					    .sink = on_bytes,
					    .userdata = layer};
	layer->state = LAYER_DOWNLOADING;
	return exchange_begin(&layer->download, path, err);
}

/* The digest is wrong. The bytes are removed, so that the next pull downloads them again. */
static int refuse(const struct layer_pull *layer, const struct layer_pull_context *c,
		  const struct digest *found, struct masu_error *err)
{
	const struct digest *wanted = &layer->blob->digest;

	blob_store_drop_part(c->blobs, wanted);
	if (layer->stored < 0)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "digest mismatch: layer sha256:%s came as sha256:%s", wanted->hex,
			       found->hex);
	int r = blob_store_drop_blob(c->blobs, wanted, err);
	if (r == -EWOULDBLOCK) {
		(void)err_set(err, ERR_INVALID, EBADMSG, "the stored layer sha256:%s is damaged",
			      wanted->hex);
		return err_hint(err,
				"masu system check --repair fetches it from the image's registry");
	}
	if (r < 0)
		return r;
	(void)err_set(err, ERR_INVALID, EBADMSG,
		      "digest mismatch: the stored layer sha256:%s was damaged, and is removed",
		      wanted->hex);
	return err_hint(err, "pull the image again to download it");
}

/* All bytes are in the pipe: verifies the digest. */
static int end_input(struct layer_pull *layer, const struct layer_pull_context *c,
		     struct masu_error *err)
{
	struct digest found;
	int r = sha256_finish(layer->sum, &found);

	if (r < 0)
		return err_sys(err, r, "verify layer sha256:%s", layer->blob->digest.hex);
	if (!digest_equal(&found, &layer->blob->digest))
		return refuse(layer, c, &found, err);
	progress_set(c->progress, layer->number, IMAGE_UNPACKING, layer->taken);
	layer->state = LAYER_UNPACKING;
	if (layer->unpack)
		fd_close(&layer->unpack->pipe);
	return 1;
}

static int step_feeding(struct layer_pull *layer, const struct layer_pull_context *c, char *buffer,
			struct masu_error *err)
{
	int fd = layer->stored >= 0 ? layer->stored : layer->part;

	if (layer->taken == layer->there)
		return layer->taken == layer->blob->size ? end_input(layer, c, err)
							 : begin_download(layer, c, err);
	ssize_t n = pread(fd, buffer, MIN((uint64_t)CHUNK, layer->there - layer->taken),
			  (off_t)layer->taken);
	if (n <= 0)
		return err_sys(err, n < 0 ? errno : EBADMSG, "read layer sha256:%s",
			       layer->blob->digest.hex);
	int r = take(layer, buffer, (size_t)n);
	if (r < 0)
		return err_sys(err, r, "unpack layer sha256:%s", layer->blob->digest.hex);
	progress_set(c->progress, layer->number, IMAGE_DOWNLOADING, layer->taken);
	return 1;
}

static int step_loading(struct layer_pull *layer, const struct layer_pull_context *c,
			struct masu_error *err)
{
	int r = exchange_step(&layer->download, err);

	progress_set(c->progress, layer->number, IMAGE_DOWNLOADING, layer->taken);
	if (r <= 0)
		return r;
	if (layer->taken != layer->blob->size)
		return err_set(
			err, ERR_INVALID, EBADMSG,
			"size mismatch: layer sha256:%s has %ju bytes, the manifest says %ju",
			layer->blob->digest.hex, (uintmax_t)layer->taken,
			(uintmax_t)layer->blob->size);
	exchange_end(&layer->download);
	return end_input(layer, c, err);
}

static int step_unpacking(struct layer_pull *layer, const struct layer_pull_context *c,
			  struct masu_error *err)
{
	if (layer->unpack) {
		struct pollfd ended = {.fd = layer->unpack->channel, .events = POLLIN};

		if (!is_below_at(layer, LAYER_DONE) || poll(&ended, 1, 0) == 0)
			return 0;
		int r = remote_unpack_finish(layer->unpack, err);
		remote_unpack_free(TAKE_PTR(layer->unpack));
		if (r < 0)
			return err_prefix(err, "layer sha256:%s", layer->blob->digest.hex);
	}
	if (layer->part >= 0) {
		int r = blob_store_publish(c->blobs, &layer->blob->digest, layer->part);
		if (r < 0)
			return err_sys(err, r, "store layer sha256:%s", layer->blob->digest.hex);
	}
	fd_close(&layer->part);
	fd_close(&layer->stored);
	blob_store_unlock(c->blobs, &layer->blob->digest, &layer->lock);
	progress_set(c->progress, layer->number, IMAGE_DONE, layer->taken);
	layer->state = LAYER_DONE;
	return 1;
}

int layer_pull_step(struct layer_pull *layer, const struct layer_pull_context *c,
		    struct masu_error *err)
{
	char buffer[CHUNK];

	if (pipe_is_full(layer)) {
		int r = feed_kept(layer);
		if (r < 0)
			return err_sys(err, r, "unpack layer sha256:%s", layer->blob->digest.hex);
		if (pipe_is_full(layer))
			return r;
		if (layer->state == LAYER_DOWNLOADING)
			http_resume(&layer->download.request);
	}
	switch (layer->state) {
	case LAYER_WAITING:
		return step_waiting(layer, c, err);
	case LAYER_READING:
		return step_feeding(layer, c, buffer, err);
	case LAYER_DOWNLOADING:
		return step_loading(layer, c, err);
	case LAYER_UNPACKING:
		return step_unpacking(layer, c, err);
	default:
		return 0;
	}
}

size_t layer_pull_poll(const struct layer_pull *layer, struct curl_waitfd *wait)
{
	if (pipe_is_full(layer) && layer->unpack) {
		*wait = (struct curl_waitfd){.fd = layer->unpack->pipe,
					     .events = CURL_WAIT_POLLOUT};
		return 1;
	}
	if (layer->state == LAYER_UNPACKING && layer->unpack && is_below_at(layer, LAYER_DONE)) {
		*wait = (struct curl_waitfd){.fd = layer->unpack->channel,
					     .events = CURL_WAIT_POLLIN};
		return 1;
	}
	return 0;
}
