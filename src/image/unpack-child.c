/* SPDX-License-Identifier: Apache-2.0 */
#include "image/unpack-child.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "image/inflate.h"
#include "image/sandbox.h"
#include "image/unpack-ring.h"

/* What lives in the child until it exits, with its second thread still running after a failure. */
struct pipeline {
	struct inflate *inflate;
	struct ring *ring;
	struct layer_reader *reader;
	struct layer_writer writer;
};

static void *decompress(void *arg)
{
	struct pipeline *p = arg;
	struct err err = ERR_INIT;
	ssize_t n = 1;

	while (n > 0) {
		void *room = ring_reserve(p->ring);

		n = inflate_read(p->inflate, room, RING_SLOT_SIZE, &err);
		if (n >= 0)
			ring_commit(p->ring, (size_t)n);
	}
	if (n < 0)
		ring_fail(p->ring, &err);
	return NULL;
}

static int from_ring(void *arg, const void **ret, size_t *ret_size, struct err *err)
{
	struct pipeline *p = arg;

	return ring_take(p->ring, ret, ret_size, err);
}

static int pipeline_init(struct pipeline *p, const struct unpack_job *job, struct err *err)
{
	int r = ring_new(&p->ring, err);

	if (r == 0)
		r = inflate_new(job->compression, job->input, &p->inflate, err);
	if (r == 0)
		r = layer_reader_new(from_ring, p, job->bytes_max, &p->reader, err);
	if (r == 0 && layer_writer_init(&p->writer, job->staging, job->notes, &job->policy) < 0)
		r = err_sys(err, ENOMEM, "unpack a layer");
	return r;
}

static int start_decompression(struct pipeline *p, struct err *err)
{
	pthread_t thread;
	sigset_t all, saved;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &saved);
	int r = pthread_create(&thread, NULL, decompress, p);
	(void)pthread_sigmask(SIG_SETMASK, &saved, NULL);
	if (r != 0)
		return err_sys(err, r, "start a thread");
	(void)pthread_detach(thread); /* it ends with the stream, or with the process */
	return 0;
}

static int unpack_entries(struct pipeline *p, struct err *err)
{
	struct layer_entry entry;
	int r;

	while ((r = layer_reader_next(p->reader, &entry, err)) > 0) {
		r = layer_write(&p->writer, &entry, p->reader, err);
		if (r < 0)
			return r;
	}
	return r;
}

/* A layer without an entry for its root gets what folders get that no entry describes. */
static int prepare_root(int staging, struct err *err)
{
	static const struct timespec zero[2];

	int r = fchown(staging, 0, 0) < 0 ? -errno : file_set_plain_mode(staging, 0755);

	if (r == 0 && futimens(staging, zero) < 0)
		r = -errno;
	return r < 0 ? err_sys(err, r, "prepare the staging folder") : 0;
}

int unpack_child(void *arg, struct err *err)
{
	struct unpack_job *job = arg;
	const int keep[] = {job->input, job->staging, job->notes, job->child->channel};
	const struct sandbox sandbox = {job->staging, keep, sizeof(keep) / sizeof(keep[0])};
	/* Never freed: the other thread uses it to the end of the process. */
	struct pipeline *p = calloc(1, sizeof(*p));
	int r = p ? pipeline_init(p, job, err) : err_sys(err, ENOMEM, "unpack a layer");

	if (r == 0)
		r = prepare_root(job->staging, err);
	if (r == 0)
		r = sandbox_enter(&sandbox, err);
	if (r == 0)
		r = start_decompression(p, err);
	if (r == 0)
		r = sandbox_seal(err);
	if (r < 0)
		return r;
	ring_open(p->ring);
	r = unpack_entries(p, err);
	if (r == 0)
		r = layer_reader_finish(p->reader, job->report->diff_hex, &job->report->bytes, err);
	if (r < 0)
		return r; /* no need of times in a folder that is thrown away */
	r = layer_writer_done(&p->writer, err);
	job->report->counts = p->writer.counts;
	if (r == 0 && syncfs(job->staging) < 0)
		r = err_sys(err, errno, "write the layer to disk");
	return r;
}
