/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/push-blob.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/time.h"
#include "registry/answer.h"
#include "registry/http-answer.h"
#include "transfer/blob-store.h"
#include "unpack/sha256.h"

#define ANSWER_MAX (64 * 1024)
#define PART_SIZE \
	(16 << 20) /* of a PATCH: registries and proxies with a limit take at least as much */
#define PART_MAX (1 << 30) /* a larger minimum is not served */
#define OCTETS	 "application/octet-stream"

void blob_push_done(struct blob_push *p)
{
	exchange_end(&p->exchange);
	sha256_free(p->file.sum);
	fd_close(&p->file.fd);
	free(p->what);
	free(p->session);
	p->what = p->session = NULL;
}

/* Starts the sum anew, if it is not the one of the bytes before `first`. */
static int sum_up_to(struct blob_file *f, uint64_t first)
{
	char buffer[65536];

	if (f->sum && f->summed == first)
		return 0;
	sha256_free(f->sum);
	f->summed = 0;
	f->sum = sha256_new();
	if (!f->sum)
		return -ENOMEM;
	while (f->summed < first) {
		ssize_t n = pread(f->fd, buffer, MIN(sizeof(buffer), first - f->summed),
				  (off_t)f->summed);

		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		int r = sha256_add(f->sum, buffer, (size_t)n);
		if (r < 0)
			return r;
		f->summed += (uint64_t)n;
	}
	return 0;
}

/* For struct upload. */
static int rewind_file(void *userdata)
{
	struct blob_file *f = userdata;

	f->position = f->first;
	return sum_up_to(f, f->first);
}

/* An http_source. */
static ssize_t read_part(void *userdata, char *bytes, size_t size)
{
	struct blob_file *f = userdata;
	struct digest found;
	ssize_t n = pread(f->fd, bytes, size, (off_t)f->position);

	if (n <= 0)
		return n < 0 ? -errno : -EBADMSG;
	int r = sha256_add(f->sum, bytes, (size_t)n);
	if (r < 0)
		return r;
	f->position += (uint64_t)n;
	f->summed = f->position;
	if (f->position < f->blob->size)
		return n;
	r = sha256_finish(f->sum, &found);
	sha256_free(TAKE_PTR(f->sum));
	f->damaged = r == 0 && !digest_equal(&found, &f->blob->digest);
	return r < 0 ? r : f->damaged ? -EBADMSG : n;
}

static void report_blob(const struct blob_push *p, const struct blob_push_context *c,
			enum image_phase phase, uint64_t done)
{
	if (!p->silent)
		progress_set(c->progress, p->number, phase, done);
}

static void begin(struct blob_push *p, const struct blob_push_context *c, const char *method)
{
	exchange_end(&p->exchange);
	p->exchange = (struct exchange){
		.registry = c->registry, .what = p->what, .method = method, .limit = ANSWER_MAX};
}

static int open_file(struct blob_push *p, const struct blob_push_context *c, struct masu_error *err)
{
	p->what = str_printf("blob " DIGEST_PREFIX "%s", p->blob->digest.hex);
	if (!p->what)
		return err_oom(err);
	p->file.blob = p->blob;
	p->file.fd = layout_open_blob(c->store, &p->blob->digest, p->blob->size);
	return p->file.fd < 0 ? err_sys(err, p->file.fd, "open the %s of the store", p->what) : 0;
}

static int ask(struct blob_push *p, const struct blob_push_context *c, struct masu_error *err)
{
	char path[sizeof("blobs/") + DIGEST_TEXT_MAX];

	begin(p, c, "HEAD");
	p->exchange.limit = UINT64_MAX; /* the size of the blob, of which no byte arrives */
	p->state = BLOB_ASKING;
	(void)snprintf(path, sizeof(path), "blobs/" DIGEST_PREFIX "%s", p->blob->digest.hex);
	return exchange_begin(&p->exchange, path, err);
}

static int finish(struct blob_push *p, const struct blob_push_context *c, enum image_phase phase)
{
	exchange_end(&p->exchange);
	report_blob(p, c, phase, p->blob->size);
	p->state = BLOB_DONE;
	fd_close(&p->file.fd);
	return 1;
}

/* Opens an upload. The answer to a mount that is not possible is one, too. */
static int open_upload(struct blob_push *p, const struct blob_push_context *c,
		       struct masu_error *err)
{
	_cleanup_free_ char *from = p->from ? url_escape(p->from) : NULL, *path = NULL;

	if (p->from && !from)
		return err_oom(err);
	path = from ? str_printf("blobs/uploads/?mount=" DIGEST_PREFIX "%s&from=%s",
				 p->blob->digest.hex, from)
		    : strdup("blobs/uploads/");
	if (!path)
		return err_oom(err);
	begin(p, c, "POST");
	p->upload = (struct upload){.type = OCTETS};
	p->exchange.upload = &p->upload;
	p->state = BLOB_OPENING;
	p->has = 0;
	return exchange_begin(&p->exchange, path, err);
}

/* Keeps the URL of the upload. A later answer need not repeat it. */
static int take_session(struct blob_push *p, struct masu_error *err)
{
	_cleanup_free_ char *location = http_header(&p->exchange.request, "location", 0),
			    *session = NULL;

	if (!location && p->session)
		return 0;
	int r = exchange_location(&p->exchange, NULL, &session, err);
	if (r < 0)
		return r;
	free(p->session);
	p->session = TAKE_PTR(session);
	return 0;
}

/* The URL of the PUT that ends the upload. */
static int final_url(const struct blob_push *p, char **ret, struct masu_error *err)
{
	_cleanup_free_ char *query = str_printf("digest=" DIGEST_PREFIX "%s", p->blob->digest.hex);

	return query ? url_join(p->session, NULL, query, ret, err) : err_oom(err);
}

static int close_upload(struct blob_push *p, const struct blob_push_context *c,
			struct masu_error *err)
{
	_cleanup_free_ char *url = NULL;
	int r = final_url(p, &url, err);

	if (r < 0)
		return r;
	begin(p, c, "PUT");
	p->upload = (struct upload){.type = OCTETS};
	p->exchange.upload = &p->upload;
	p->exchange.once = true;
	p->state = BLOB_CLOSING;
	return exchange_begin_at(&p->exchange, url, err);
}

/* Sends the bytes that the registry does not have, or a part of them. */
static int send_bytes(struct blob_push *p, const struct blob_push_context *c,
		      struct masu_error *err)
{
	const bool whole = p->has == 0 && !p->part;
	_cleanup_free_ char *url = NULL;

	if (p->has == p->blob->size && p->has > 0)
		return close_upload(p, c, err);
	int r = whole ? final_url(p, &url, err) : 0;
	if (r < 0)
		return r;
	begin(p, c, whole ? "PUT" : "PATCH");
	p->end = p->part ? p->has + MIN(p->part, p->blob->size - p->has) : p->blob->size;
	p->file.first = p->has;
	p->upload = (struct upload){.type = OCTETS,
				    .range = whole ? NULL : p->range,
				    .size = p->end - p->has,
				    .source = read_part,
				    .rewind = rewind_file,
				    .userdata = &p->file};
	(void)snprintf(p->range, sizeof(p->range), "%" PRIu64 "-%" PRIu64, p->has, p->end - 1);
	p->exchange.upload = &p->upload;
	p->exchange.once = true;
	p->state = BLOB_SENDING;
	report_blob(p, c, IMAGE_DOWNLOADING, p->has);
	return exchange_begin_at(&p->exchange, whole ? url : p->session, err);
}

static int resume(struct blob_push *p, const struct blob_push_context *c, struct masu_error *err)
{
	begin(p, c, "GET");
	p->state = BLOB_RESUMING;
	return exchange_begin_at(&p->exchange, p->session, err);
}

/* The registry refuses so many bytes at once: smaller parts, in a new upload. */
static int divide(struct blob_push *p, const struct blob_push_context *c, struct masu_error *err)
{
	p->part = MAX((uint64_t)PART_SIZE, p->part_min);
	err_done(err);
	return open_upload(p, c, err);
}

static int damaged(const struct blob_push *p, struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EBADMSG, "%s of the store is damaged", p->what);
	return err_hint(err, "masu system check --repair fetches it from the image's registry");
}

/* Without a new byte in between. One more than the repetitions: the registry is asked about the upload first. */
static unsigned int failures_max(const struct blob_push_context *c)
{
	const unsigned int retries = registry_settings_of(c->registry)->retries;

	return retries ? retries + 2 : 1;
}

/* A request of the upload has failed. */
static int handle_failure(struct blob_push *p, const struct blob_push_context *c, int r,
			  struct masu_error *err)
{
	const struct registry_settings *settings = registry_settings_of(c->registry);
	const int status = p->exchange.request.status;

	if (p->file.damaged)
		return damaged(p, err);
	if (p->state == BLOB_SENDING && status == 413 && !p->part && p->blob->size > PART_SIZE)
		return divide(p, c, err);
	/* registry.c has repeated these requests, and no upload exists yet. */
	if (p->state <= BLOB_OPENING)
		return r;
	/* The upload is lost or out of step. The blob may be complete, or another one begins. */
	bool lost = status == 404 || status == 416;
	if ((!lost && !p->exchange.may_retry) || ++p->failures >= failures_max(c))
		return r;
	p->state = lost || p->state == BLOB_RESUMING ? BLOB_ASKING : BLOB_RESUMING;
	p->wait_until_ms = time_monotonic_ms() + registry_settings_delay_ms(settings, p->failures);
	exchange_end(&p->exchange);
	err_done(err);
	return 0;
}

/* An answer that is not as the specification demands. */
static int odd_answer(const struct blob_push *p, const struct blob_push_context *c, int r,
		      struct masu_error *err)
{
	(void)err_prefix(err, "push the %s to '%s'", p->what,
			 registry_reference(c->registry)->domain);
	return r;
}

/* 202: the upload is open. 201: the blob is mounted. */
static int judge_opening(struct blob_push *p, const struct blob_push_context *c,
			 struct masu_error *err)
{
	_cleanup_free_ char *least = http_header(&p->exchange.request, "oci-chunk-min-length", 0);

	if (p->exchange.request.status == 201 && p->from)
		return finish(p, c, IMAGE_EXISTS);
	if (least && str_to_uint64(least, PART_MAX, &p->part_min) < 0) {
		(void)err_set(err, ERR_INVALID, EBADMSG,
			      "malformed or too large OCI-Chunk-Min-Length: '%.100s'", least);
		return odd_answer(p, c, -EBADMSG, err);
	}
	free(p->session);
	p->session = NULL;
	int r = take_session(p, err);
	return r < 0 ? odd_answer(p, c, r, err) : send_bytes(p, c, err);
}

/* The answer to a PATCH, or to the question after a failure, tells how much the registry has. */
static int judge_part(struct blob_push *p, const struct blob_push_context *c,
		      struct masu_error *err)
{
	_cleanup_free_ char *range = http_header(&p->exchange.request, "range", 0);
	bool sent = p->state == BLOB_SENDING;
	uint64_t has = sent ? p->end : 0, stated;

	if (answer_range(range, &stated) == 0)
		has = stated;
	int r = 0;
	if (has > p->blob->size)
		r = err_set(err, ERR_INVALID, EBADMSG,
			    "the registry has more bytes than were sent: '%.100s'", range);
	else if (sent && has <= p->has && ++p->failures >= failures_max(c))
		r = err_set(err, ERR_UNAVAILABLE, EIO, "the registry does not keep the bytes");
	else if (has == 0) /* "0-0" may be one byte */
		return open_upload(p, c, err);
	else
		r = take_session(p, err);
	if (r < 0)
		return odd_answer(p, c, r, err);
	if (has > p->most)
		p->failures = 0;
	p->most = MAX(p->most, has);
	p->has = has;
	return send_bytes(p, c, err);
}

static int judge(struct blob_push *p, const struct blob_push_context *c, struct masu_error *err)
{
	switch (p->state) {
	case BLOB_ASKING:
		return finish(p, c, IMAGE_EXISTS);
	case BLOB_OPENING:
		return judge_opening(p, c, err);
	case BLOB_SENDING:
		/* A PUT with all bytes ends the upload. */
		if (!p->upload.range)
			return finish(p, c, IMAGE_DONE);
		return judge_part(p, c, err);
	case BLOB_RESUMING:
		return judge_part(p, c, err);
	default:
		return finish(p, c, IMAGE_DONE);
	}
}

/* After the pause that follows a failure. */
static int go_on(struct blob_push *p, const struct blob_push_context *c, struct masu_error *err)
{
	if (time_monotonic_ms() < p->wait_until_ms)
		return 0;
	p->wait_until_ms = 0;
	int r = p->state == BLOB_RESUMING ? resume(p, c, err) : ask(p, c, err);
	return r < 0 ? r : 1;
}

int blob_push_step(struct blob_push *p, const struct blob_push_context *c, struct masu_error *err)
{
	int r;

	if (p->state == BLOB_WAITING) {
		r = open_file(p, c, err);
		if (r == 0)
			r = ask(p, c, err);
		return r < 0 ? r : 1;
	}
	if (p->wait_until_ms)
		return go_on(p, c, err);
	r = exchange_step(&p->exchange, err);
	if (p->state == BLOB_SENDING)
		report_blob(p, c, IMAGE_DOWNLOADING, p->file.position);
	if (r == 0)
		return 0;
	if (r < 0 && p->state == BLOB_ASKING && p->exchange.request.status == 404) {
		err_done(err);
		r = open_upload(p, c, err);
	} else if (r < 0) {
		r = handle_failure(p, c, r, err);
	} else {
		r = judge(p, c, err);
	}
	return r < 0 ? r : 1;
}
