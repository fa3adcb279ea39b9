/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/parser.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/time.h"

void log_parser_init(struct log_parser *p, const struct log_driver *driver, log_emit emit,
		     void *arg)
{
	p->driver = driver;
	p->emit = emit;
	p->arg = arg;
	p->timestamps = false;
	p->since_ns = INT64_MIN;
	p->until_ns = INT64_MAX;
	p->in_line[LOG_STDOUT] = p->in_line[LOG_STDERR] = false;
	p->in_rest = false;
	p->size = 0;
}

static bool is_wanted(const struct log_parser *p, const struct log_entry *e)
{
	char text[TIME_STAMP_MAX];
	int64_t ns;

	if (p->since_ns == INT64_MIN && p->until_ns == INT64_MAX)
		return true;
	if (e->stamp_size >= sizeof(text))
		return false;
	memcpy(text, e->stamp, e->stamp_size);
	text[e->stamp_size] = '\0';
	return time_parse_stamp(text, &ns) == 0 && ns >= p->since_ns && ns <= p->until_ns;
}

static int emit_stamp(struct log_parser *p, const struct log_entry *e)
{
	char text[TIME_STAMP_MAX + 1];

	if (!p->timestamps || p->in_line[e->stream] || e->stamp_size >= sizeof(text))
		return 0;
	memcpy(text, e->stamp, e->stamp_size);
	text[e->stamp_size] = ' ';
	return p->emit(p->arg, e->stream, text, e->stamp_size + 1);
}

/* A line that is not an entry has neither time nor stream. */
static void make_plain(struct log_parser *p, struct log_entry *e)
{
	*e = (struct log_entry){
		.stream = LOG_STDOUT, .whole = true, .text = p->line, .size = p->size};
	p->in_line[LOG_STDOUT] = false;
}

/* Passes the line on. `ended`: by a newline; else more of it may follow. */
static int pass_line(struct log_parser *p, bool ended)
{
	struct log_entry e;
	bool wanted;
	int r = 0;

	if (p->driver->parse(p->line, p->size, &e)) {
		wanted = is_wanted(p, &e);
		if (wanted)
			r = emit_stamp(p, &e);
		if (wanted)
			p->in_line[e.stream] = !e.whole;
	} else {
		make_plain(p, &e);
		wanted = p->since_ns == INT64_MIN && p->until_ns == INT64_MAX;
	}
	p->in_rest = !ended;
	p->rest_skipped = !wanted;
	p->rest_whole = e.whole;
	p->rest_stream = e.stream;
	p->size = 0;
	if (r < 0 || !wanted)
		return r;
	if (ended && e.whole)
		e.text[e.size++] = '\n'; /* has room: at worst in place of the line's newline */
	return e.size ? p->emit(p->arg, e.stream, e.text, e.size) : 0;
}

static int pass_rest(struct log_parser *p, const char *bytes, size_t size, bool ended)
{
	int r = p->rest_skipped || !size ? 0 : p->emit(p->arg, p->rest_stream, bytes, size);

	p->in_rest = !ended;
	if (r < 0 || !ended || !p->rest_whole || p->rest_skipped)
		return r;
	return p->emit(p->arg, p->rest_stream, "\n", 1);
}

int log_parser_feed(struct log_parser *p, const char *bytes, size_t size)
{
	int r = 0;

	while (size && r == 0) {
		const char *newline = memchr(bytes, '\n', size);
		size_t n = newline ? (size_t)(newline - bytes) : size;

		if (p->in_rest) {
			r = pass_rest(p, bytes, n, newline);
		} else {
			bool fits = n <= LOG_LINE_MAX - p->size;

			newline = fits ? newline : NULL;
			n = fits ? n : LOG_LINE_MAX - p->size;
			memcpy(p->line + p->size, bytes, n);
			p->size += n;
			if (newline || !fits)
				r = pass_line(p, newline);
		}
		bytes += n + (newline != NULL);
		size -= n + (newline != NULL);
	}
	return r;
}

int log_parser_end(struct log_parser *p)
{
	int r = p->size && !p->in_rest ? pass_line(p, false) : 0;

	p->in_rest = false;
	return r;
}
