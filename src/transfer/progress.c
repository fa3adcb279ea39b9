/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"

#define REDRAW_MS  100
#define BAR_WIDTH  30
#define LINE_WIDTH 79 /* a longer line would wrap, and the redrawing with it */

struct line {
	const char *name;
	uint64_t size, done;
	enum progress_phase phase;
	size_t left; /* layers that are not ready: an image may use one several times */
};

struct progress {
	bool quiet, terminal;
	size_t n, drawn; /* lines on the screen */
	int64_t drawn_ms;
	size_t *line_of; /* of each layer */
	struct line lines[];
};

struct progress *progress_new(size_t n, bool quiet)
{
	struct progress *p = calloc(1, sizeof(*p) + n * sizeof(struct line));
	struct winsize size;

	if (!p)
		return NULL;
	p->line_of = calloc(n ? n : 1, sizeof(*p->line_of));
	if (!p->line_of) {
		free(p);
		return NULL;
	}
	p->quiet = quiet;
	/* More lines than the screen has can't be redrawn. */
	p->terminal = isatty(STDERR_FILENO) && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 &&
		      size.ws_row > n && size.ws_col > LINE_WIDTH;
	return p;
}

void progress_free(struct progress *p)
{
	if (p)
		free(p->line_of);
	free(p);
}

const char *progress_size(uint64_t bytes, char buffer[PROGRESS_SIZE_MAX])
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 1000 && i + 1 < ARRAY_SIZE(units); i++)
		n /= 1000;
	(void)snprintf(buffer, PROGRESS_SIZE_MAX, i ? "%.1f %s" : "%.0f %s", n, units[i]);
	return buffer;
}

static void add_line(struct strbuf *out, const struct line *l)
{
	static const char *const texts[] = {
		[PROGRESS_WAITING] = "waiting",	    [PROGRESS_LOADING] = "",
		[PROGRESS_UNPACKING] = "unpacking", [PROGRESS_DONE] = "done",
		[PROGRESS_EXISTS] = "already here",
	};
	char size[PROGRESS_SIZE_MAX], bar[BAR_WIDTH + 1];
	int filled = l->size ? (int)(l->done * BAR_WIDTH / l->size) : BAR_WIDTH;

	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR_WIDTH] = 0;
	/* A line that can't be added for want of memory is left out. */
	if (l->phase == PROGRESS_LOADING)
		(void)strbuf_addf(out, "\r%.12s [%s] %3d%% of %s\033[K\n", l->name, bar,
				  l->size ? (int)(l->done * 100 / l->size) : 100,
				  progress_size(l->size, size));
	else
		(void)strbuf_addf(out, "\r%.12s %s (%s)\033[K\n", l->name, texts[l->phase],
				  progress_size(l->size, size));
}

static void draw(struct progress *p)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;

	if (p->drawn)
		(void)strbuf_addf(&out, "\033[%zuA", p->drawn);
	for (size_t i = 0; i < p->n; i++)
		add_line(&out, &p->lines[i]);
	p->drawn = p->n;
	p->drawn_ms = time_monotonic_ms();
	if (out.length)
		(void)fwrite(out.text, 1, out.length, stderr); /* nobody to tell */
	(void)fflush(stderr);
}

void progress_name(struct progress *p, size_t i, const char *name, uint64_t size)
{
	size_t at = 0;

	while (at < p->n && !streq(p->lines[at].name, name))
		at++;
	if (at == p->n)
		p->lines[p->n++] = (struct line){.name = name, .size = size};
	p->lines[at].left++;
	p->line_of[i] = at;
}

static void print_line(const struct line *l)
{
	char size[PROGRESS_SIZE_MAX];

	if (l->phase == PROGRESS_LOADING)
		(void)fprintf(stderr, "pulling %.12s (%s)\n", l->name,
			      progress_size(l->size, size));
	else if (l->phase >= PROGRESS_DONE)
		(void)fprintf(stderr, "%s %.12s\n",
			      l->phase == PROGRESS_DONE ? "done" : "already here", l->name);
}

void progress_set(struct progress *p, size_t i, enum progress_phase phase, uint64_t done)
{
	struct line *l = &p->lines[p->line_of[i]];

	/* The line of several goes only forward, and ends with the last of them. */
	if (phase >= PROGRESS_DONE && --l->left > 0)
		return;
	if (phase == PROGRESS_EXISTS && l->phase != PROGRESS_WAITING)
		phase = PROGRESS_DONE;
	phase = MAX(phase, l->phase);
	bool changed = phase != l->phase;

	l->phase = phase;
	l->done = MIN(done, l->size);
	if (p->quiet)
		return;
	if (!p->terminal && changed)
		print_line(l);
	if (p->terminal && (changed || time_monotonic_ms() - p->drawn_ms >= REDRAW_MS))
		draw(p);
}

void progress_finish(struct progress *p)
{
	if (p->terminal && !p->quiet && p->drawn)
		draw(p);
	p->quiet = true;
}
