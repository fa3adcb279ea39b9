/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/str.h"
#include "base/time.h"

#define REDRAW_MS  100
#define BAR_WIDTH  30
#define LINE_WIDTH 79 /* a longer line would wrap, and the lines above it could not be redrawn */

void progress_view_done(struct progress_view *view)
{
	free(view->layers);
	*view = (struct progress_view){.verb = view->verb, .exists = view->exists};
}

/* More lines than the screen has cannot be redrawn. */
static bool can_redraw(size_t lines)
{
	struct winsize size;

	return isatty(STDERR_FILENO) && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 &&
	       size.ws_row > lines && size.ws_col > LINE_WIDTH;
}

static const char *exists(const struct progress_view *view)
{
	return view->exists ? view->exists : "already here";
}

/* A line for which memory is lacking is left out. */
static void add_line(const struct progress_view *view, struct strbuf *out,
		     const struct progress_layer *p)
{
	static const char *const texts[] = {
		[MASU_PHASE_WAITING] = "waiting",
		[MASU_PHASE_UNPACKING] = "unpacking",
		[MASU_PHASE_DONE] = "done",
	};
	const char *text = p->phase == MASU_PHASE_EXISTS ? exists(view) : texts[p->phase];
	char size[STR_SIZE_MAX], bar[BAR_WIDTH + 1];
	int filled = p->total ? (int)(p->done * BAR_WIDTH / p->total) : BAR_WIDTH;
	int percent = p->total ? (int)(p->done * 100 / p->total) : 100;

	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR_WIDTH] = 0;
	if (p->phase == MASU_PHASE_DOWNLOADING)
		(void)strbuf_addf(out, "\r%.12s [%s] %3d%% of %s\033[K\n", p->digest, bar, percent,
				  str_size(p->total, size));
	else
		(void)strbuf_addf(out, "\r%.12s %s (%s)\033[K\n", p->digest, text,
				  str_size(p->total, size));
}

static void draw(struct progress_view *view)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;

	if (view->drawn)
		(void)strbuf_addf(&out, "\033[%zuA", view->drawn);
	for (size_t i = 0; i < view->n; i++)
		add_line(view, &out, &view->layers[i]);
	view->drawn = view->n;
	view->drawn_ms = time_monotonic_ms();
	if (out.length)
		(void)fwrite(out.text, 1, out.length, stderr); /* a progress that nobody sees */
	(void)fflush(stderr);
}

static void print_line(const struct progress_view *view, const struct progress_layer *p)
{
	char size[STR_SIZE_MAX];

	if (p->phase == MASU_PHASE_DOWNLOADING)
		(void)fprintf(stderr, "%s %.12s (%s)\n", view->verb ? view->verb : "pulling",
			      p->digest, str_size(p->total, size));
	else if (p->phase >= MASU_PHASE_DONE)
		(void)fprintf(stderr, "%s %.12s\n",
			      p->phase == MASU_PHASE_DONE ? "done" : exists(view), p->digest);
}

static void set_layer(struct progress_layer *layer, const struct masu_progress *progress)
{
	(void)snprintf(layer->digest, sizeof(layer->digest), "%s", progress->digest);
	layer->phase = progress->phase;
	layer->done = progress->done;
	layer->total = progress->total;
}

static void add_layer(struct progress_view *view, const struct masu_progress *progress)
{
	struct progress_layer *layer = array_add(&view->layers, &view->n, sizeof(*layer));

	if (!layer)
		return; /* the layer is pulled without a line */
	set_layer(layer, progress);
	view->redraws = can_redraw(view->n);
}

void progress_show(void *userdata, const struct masu_progress *progress)
{
	struct progress_view *view = userdata;
	size_t i = 0;

	if (progress->phase == MASU_PHASE_RESOLVING)
		return progress_view_done(view); /* the next image's lines come below */
	if (progress->phase == MASU_PHASE_WAITING)
		return add_layer(view, progress);
	while (i < view->n && !streq(view->layers[i].digest, progress->digest))
		i++;
	if (i == view->n)
		return;
	bool advanced = view->layers[i].phase != progress->phase;

	set_layer(&view->layers[i], progress);
	if (!view->redraws && advanced)
		print_line(view, &view->layers[i]);
	if (view->redraws && (advanced || time_monotonic_ms() - view->drawn_ms >= REDRAW_MS))
		draw(view);
}
