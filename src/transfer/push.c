/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/push.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "registry/http-answer.h"
#include "transfer/blob-store.h"
#include "transfer/push-blob.h"
#include "transfer/remote.h"
#include "transfer/sandbox-fetcher.h"
#include "unpack/sha256.h"

#define AT_ONCE	      4
#define LOOK_AGAIN_MS 50 /* for a pause that ends */
#define IDLE_MS	      1000
#define ANSWER_MAX    (64 * 1024)
#define DEADLINE_S    120
#define MOUNTABLE_MAX 8 /* repositories: each is a scope of the token */

struct push {
	const struct image_options *options;
	const struct layout *store;
	struct masu_image image;
	char *text; /* of the manifest */
	struct image_manifest manifest;
	struct blob_push *blobs; /* each blob once */
	size_t n;
	char **mountable; /* repositories of the same registry with some of the blobs */
};
#define _cleanup_push_ _cleanup_(push_done)

static void push_done(struct push *p)
{
	for (size_t i = 0; i < p->n; i++)
		blob_push_done(&p->blobs[i]);
	free(p->blobs);
	strv_free(p->mountable);
	image_manifest_done(&p->manifest);
	free(p->text);
	layout_image_done(&p->image);
}

static int read_image(struct push *p, struct masu_error *err)
{
	_cleanup_image_document_ struct image_document doc = {0};
	struct digest found;
	int r = layout_find(p->store, p->options->argument, &p->image, err);

	if (r < 0)
		return r;
	const size_t size = (size_t)p->image.manifest_size;
	r = layout_read_blob(p->store, &p->image.manifest, size, IMAGE_MANIFEST_MAX, &p->text, err);
	if (r == 0)
		r = sha256_of(p->text, size, &found);
	if (r < 0)
		return r;
	if (!digest_equal(&found, &p->image.manifest)) {
		(void)err_set(err, ERR_INVALID, EBADMSG, "the stored manifest of '%s' is damaged",
			      p->options->argument);
		return err_hint(err, "masu system check --repair");
	}
	r = image_document_parse(p->text, size, p->image.media_type, &doc, err);
	if (r < 0)
		return r;
	p->manifest = doc.manifest;
	doc.manifest = (struct image_manifest){0};
	return 0;
}

static void add_blob(struct push *p, const struct image_descriptor *blob, bool silent)
{
	for (size_t i = 0; i < p->n; i++)
		if (digest_equal(&p->blobs[i].blob->digest, &blob->digest))
			return;
	p->blobs[p->n] = BLOB_PUSH_INIT;
	p->blobs[p->n].blob = blob;
	p->blobs[p->n].number = p->n;
	p->blobs[p->n].silent = silent;
	p->n++;
}

static int list_blobs(struct push *p, struct masu_error *err)
{
	p->blobs = calloc(p->manifest.n_layers + 1, sizeof(*p->blobs));
	if (!p->blobs)
		return err_oom(err);
	p->n = 0;
	for (size_t i = 0; i < p->manifest.n_layers; i++)
		add_blob(p, &p->manifest.layers[i], false);
	add_blob(p, &p->manifest.config, true);
	return 0;
}

/* Blobs of the image of a repository can be mounted from that repository. Returns whether it has any. */
static bool mark_mountable(struct push *p, const struct image_manifest *m, const char *path)
{
	bool any = false;

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < m->n_layers && !p->blobs[i].from; k++)
			if (digest_equal(&p->blobs[i].blob->digest, &m->layers[k].digest)) {
				p->blobs[i].from = path;
				any = true;
			}
	return any;
}

/* Looks for blobs in other repositories of the registry, by their images in the store. A mount is only a shortcut. */
static int find_mountable(struct push *p, const struct reference *to, struct masu_error *err)
{
	_cleanup_image_index_ struct image_index index = {0};
	size_t n = 0;
	int r = layout_read_index(p->store, &index, err);

	if (r < 0)
		return r;
	/* Their order is that of the index, so `from` points into a vector that no longer grows. */
	p->mountable = calloc(MOUNTABLE_MAX + 1, sizeof(*p->mountable));
	if (!p->mountable)
		return err_oom(err);
	for (size_t i = 0; i < index.n_manifests && n < MOUNTABLE_MAX; i++) {
		const struct image_descriptor *d = &index.manifests[i];
		_cleanup_image_manifest_ struct image_manifest m = {0};
		_cleanup_reference_ struct reference ref = {0};

		if (!d->ref_name || reference_parse(d->ref_name, &ref, NULL) < 0 ||
		    !streq(ref.domain, to->domain) || streq(ref.path, to->path) ||
		    layout_read_manifest(p->store, &d->digest, d->size, &m, NULL) < 0 ||
		    !mark_mountable(p, &m, ref.path))
			continue;
		p->mountable[n++] = TAKE_PTR(ref.path);
	}
	return 0;
}

/*
 * One round over all blobs. Returns the milliseconds that the next round may wait, or -1 when all are done. After an error,
 * sets it and returns less than -1.
 */
static int round_over(struct push *p, const struct blob_push_context *c, struct masu_error *err)
{
	bool moved = false, look_again = false, left = false;
	size_t busy = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct blob_push *b = &p->blobs[i];

		if (b->state == BLOB_DONE)
			continue;
		left = true;
		if (++busy > AT_ONCE)
			break;
		int r = blob_push_step(b, c, err);
		if (r < 0)
			return -2;
		moved |= r > 0;
		look_again |= b->wait_until_ms || b->exchange.wait_until_ms;
	}
	return !left ? -1 : moved ? 0 : look_again ? LOOK_AGAIN_MS : IDLE_MS;
}

static int push_blobs(struct push *p, const struct remote *remote, struct masu_error *err)
{
	_cleanup_progress_ struct progress *progress = progress_new(
		p->n, p->options->quiet ? -1 : p->options->report);
	const struct blob_push_context c = {
		.registry = remote->registry, .store = p->store, .progress = progress};

	if (!progress)
		return err_oom(err);
	for (size_t i = 0; i < p->n; i++)
		if (!p->blobs[i].silent)
			progress_announce(progress, i, &p->blobs[i].blob->digest,
					  p->blobs[i].blob->size);
	for (;;) {
		int wait_ms = round_over(p, &c, err);

		if (wait_ms == -1)
			return 0;
		if (wait_ms < 0)
			return err->code ? -err->code : -EIO;
		int r = http_step(remote->http, wait_ms, err);
		if (r < 0)
			return r;
	}
}

/* The bytes of the manifest on their way. */
struct manifest_source {
	const char *text;
	size_t size, sent;
};

static int rewind_manifest(void *userdata)
{
	((struct manifest_source *)userdata)->sent = 0;
	return 0;
}

/* An http_source. */
static ssize_t read_manifest(void *userdata, char *bytes, size_t size)
{
	struct manifest_source *m = userdata;
	size_t n = MIN(size, m->size - m->sent);

	memcpy(bytes, m->text + m->sent, n);
	m->sent += n;
	return (ssize_t)n;
}

/* A registry that changes the manifest would give others another image. */
static int check_digest(const struct push *p, const struct exchange *e, struct masu_error *err)
{
	_cleanup_free_ char *header = http_header(&e->request, "docker-content-digest", 0);
	struct digest stored;

	if (!header ||
	    (digest_parse(header, &stored) == 0 && digest_equal(&stored, &p->image.manifest)))
		return 0;
	return err_set(err, ERR_INVALID, EBADMSG,
		       "digest mismatch: the registry has stored the manifest as '%.100s', not as "
		       "'sha256:%s'",
		       header, p->image.manifest.hex);
}

static int push_manifest(const struct push *p, const struct remote *remote, struct masu_error *err)
{
	struct manifest_source source = {.text = p->text, .size = (size_t)p->image.manifest_size};
	const struct reference *ref = &remote->ref;
	const struct upload upload = {.type = p->image.media_type,
				      .size = source.size,
				      .source = read_manifest,
				      .rewind = rewind_manifest,
				      .userdata = &source};
	char digest[DIGEST_TEXT_MAX];
	_cleanup_exchange_ struct exchange e = {.registry = remote->registry,
						.what = "manifest",
						.method = "PUT",
						.upload = &upload,
						.limit = ANSWER_MAX,
						.deadline_s = DEADLINE_S};
	_cleanup_free_ char *path = str_printf(
		"manifests/%s", *ref->digest.hex ? digest_text(&ref->digest, digest) : ref->tag);

	if (!path)
		return err_oom(err);
	int r = exchange_begin(&e, path, err);
	if (r == 0)
		r = exchange_wait(&e, err);
	return r < 0 ? r : check_digest(p, &e, err);
}

static int push_all(struct push *p, struct remote *remote, struct masu_error *err)
{
	int r = read_image(p, err);

	if (r < 0)
		return r;
	if (*remote->ref.digest.hex && !digest_equal(&remote->ref.digest, &p->image.manifest))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the destination has another digest than the image, 'sha256:%s'",
			       p->image.manifest.hex);
	r = list_blobs(p, err);
	if (r == 0)
		r = find_mountable(p, &remote->ref, err);
	if (r == 0)
		r = remote_connect_for_push(remote, p->mountable, err);
	if (r == 0)
		r = push_blobs(p, remote, err);
	return r < 0 ? r : push_manifest(p, remote, err);
}

/* A fetcher_fn. */
static int fetch_push(void *arg, int broker, struct masu_error *err)
{
	const struct fetch *f = arg;
	const struct image_options *o = f->options;
	_cleanup_remote_ struct remote remote = REMOTE_INIT;
	/* Its exchanges end before the remote does. */
	_cleanup_push_ struct push p = {.options = o, .store = &f->store->layout};
	_cleanup_reference_ struct reference ref = {0};
	const struct sandbox_places places = {.source = f->store->layout.path};
	int r = reference_parse(o->place, &ref, err);

	if (r == 0)
		r = remote_init(&remote, o, broker, &ref, err);
	if (r == 0)
		r = sandbox_fetcher(&places, err);
	if (r == 0)
		r = push_all(&p, &remote, err);
	if (r < 0)
		return r;
	fetch_report(f, &p.image.manifest);
	return 0;
}

int command_push(struct image_options *o, struct masu_error *err)
{
	_cleanup_blob_store_ struct blob_store hold = BLOB_STORE_INIT;
	_cleanup_store_ struct store s = STORE_INIT;
	_cleanup_registry_places_ struct registry_places places = REGISTRY_PLACES_INIT;
	_cleanup_reference_ struct reference name = {0}, place = {0};
	struct fetch f = {.options = o, .store = &s};
	int r = store_open(o, &s, err);

	if (r == 0)
		r = blob_store_open(&s.layout, &hold, err);
	if (r == 0)
		r = registry_settings_load(&o->settings, err);
	if (r == 0)
		r = reference_parse(o->destination, &name, err);
	if (r == 0)
		r = registry_rules_places(&o->settings.rules, &name, false, &places, err);
	if (r == 0)
		r = image_options_use_place(o, &places.list[0], &place, err);
	if (r < 0)
		return r;
	const struct broker_options options = {
		.paths = &s.paths, .image = o->place, .authfile = o->authfile};
	r = broker_run(&options, fetch_push, &f, err);
	o->place = o->settings.insecure_place = NULL;
	return r;
}
