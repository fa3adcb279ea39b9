/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/progress.h"

#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"

#define INTERVAL_MS 100

struct layer {
	struct image_progress progress;
	size_t left;	 /* of the image's layers with this digest, those that are not done */
	int64_t sent_ms; /* the time of the last report */
};

struct progress {
	int channel;
	size_t n;
	size_t *layer_of; /* for each layer of the image, its index in `layers` */
	struct layer layers[];
};

struct progress *progress_new(size_t n, int channel)
{
	struct progress *p = calloc(1, sizeof(*p) + n * sizeof(struct layer));

	if (!p)
		return NULL;
	p->channel = channel;
	p->layer_of = calloc(n ? n : 1, sizeof(*p->layer_of));
	if (p->layer_of)
		return p;
	free(p);
	return NULL;
}

void progress_free(struct progress *p)
{
	if (p)
		free(p->layer_of);
	free(p);
}

void progress_announce(struct progress *p, size_t i, const struct digest *digest, uint64_t size)
{
	size_t at = 0;

	while (at < p->n && !streq(p->layers[at].progress.digest, digest->hex))
		at++;
	p->layer_of[i] = at;
	struct layer *l = &p->layers[at];

	l->left++;
	if (at < p->n)
		return;
	p->n++;
	l->progress = (struct image_progress){.phase = IMAGE_WAITING, .total = size};
	memcpy(l->progress.digest, digest->hex, sizeof(l->progress.digest));
	report_progress(p->channel, &l->progress);
}

void progress_set(struct progress *p, size_t i, enum image_phase phase, uint64_t done)
{
	struct layer *l = &p->layers[p->layer_of[i]];
	struct image_progress *now = &l->progress;

	/* Layers with one digest advance together, and are done with the last of them. */
	if (phase >= IMAGE_DONE && --l->left > 0)
		return;
	if (phase == IMAGE_EXISTS && now->phase != IMAGE_WAITING)
		phase = IMAGE_DONE;
	bool advanced = phase > now->phase;

	if (advanced)
		now->phase = phase;
	now->done = MIN(done, now->total);
	int64_t time_ms = time_monotonic_ms();
	if (!advanced && time_ms - l->sent_ms < INTERVAL_MS)
		return;
	l->sent_ms = time_ms;
	report_progress(p->channel, now);
}
