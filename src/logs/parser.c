/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/parser.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/time.h"

struct head {
	size_t stamp_size; /* it begins the line */
	enum log_stream stream;
	char tag;
};

/* Reads "STAMP STREAM TAG[:TAG...] ". False for anything else. */
static bool parse_head(const char *line, size_t size, struct head *ret)
{
	static const char *const streams[] = {[LOG_STDOUT] = "stdout ", [LOG_STDERR] = "stderr "};
	const char *space = memchr(line, ' ', size);

	if (!space || space == line)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		size_t n = strlen(streams[i]), left = size - (size_t)(space + 1 - line);
		const char *tag;

		if (left < n + 2 || memcmp(space + 1, streams[i], n) != 0)
			continue;
		tag = space + 1 + n;
		if ((*tag != 'F' && *tag != 'P') || (tag[1] != ' ' && tag[1] != ':'))
			return false;
		*ret = (struct head){(size_t)(space - line), (enum log_stream)i, *tag};
		return true;
	}
	return false;
}

char log_parser_tag(const char *line, size_t size)
{
	struct head head;

	return parse_head(line, size, &head) ? head.tag : 'F';
}

void log_parser_init(struct log_parser *p, log_emit emit, void *arg)
{
	*p = (struct log_parser){
		.emit = emit, .arg = arg, .since_ns = INT64_MIN, .until_ns = INT64_MAX};
}

static bool is_wanted(const struct log_parser *p, const char *stamp, size_t size)
{
	char text[TIME_STAMP_MAX];
	int64_t ns;

	if (p->since_ns == INT64_MIN && p->until_ns == INT64_MAX)
		return true;
	if (size >= sizeof(text))
		return false;
	memcpy(text, stamp, size);
	text[size] = '\0';
	return time_parse_stamp(text, &ns) == 0 && ns >= p->since_ns && ns <= p->until_ns;
}

/* The head is complete: an entry begins. */
static int begin_entry(struct log_parser *p, const struct head *head)
{
	bool stamp = p->timestamps && !p->in_line[head->stream];

	p->in_text = true;
	p->stream = head->stream;
	p->whole = head->tag == 'F';
	p->skip = !is_wanted(p, p->head, head->stamp_size);
	if (p->skip)
		return 0;
	p->in_line[p->stream] = !p->whole;
	if (!stamp)
		return 0;
	p->head[head->stamp_size] = ' ';
	return p->emit(p->arg, p->stream, p->head, head->stamp_size + 1);
}

/* What was taken for a head is none: it is the beginning of a line of text. */
static int begin_text(struct log_parser *p)
{
	p->in_text = true;
	p->stream = LOG_STDOUT;
	p->whole = true;
	p->skip = p->since_ns != INT64_MIN || p->until_ns != INT64_MAX;
	p->in_line[LOG_STDOUT] = false;
	return p->skip ? 0 : p->emit(p->arg, LOG_STDOUT, p->head, p->head_size);
}

static int end_entry(struct log_parser *p)
{
	p->in_text = false;
	p->head_size = 0;
	return p->whole && !p->skip ? p->emit(p->arg, p->stream, "\n", 1) : 0;
}

/* The third space, or the newline if it comes first, ends the head. */
static int add_to_head(struct log_parser *p, char c)
{
	struct head head;
	size_t spaces = 0;
	int r;

	if (c != '\n')
		p->head[p->head_size++] = c;
	if (c != '\n' && c != ' ' && p->head_size < sizeof(p->head))
		return 0;
	for (size_t i = 0; i < p->head_size; i++)
		spaces += p->head[i] == ' ';
	if (spaces < 3 && c != '\n' && p->head_size < sizeof(p->head))
		return 0;
	if (spaces == 3 && p->head[p->head_size - 1] == ' ' &&
	    parse_head(p->head, p->head_size, &head))
		r = begin_entry(p, &head);
	else
		r = begin_text(p);
	return r == 0 && c == '\n' ? end_entry(p) : r;
}

/* Passes text on up to the newline that ends the entry. The number of bytes taken, or an error. */
static int pass_text(struct log_parser *p, const char *bytes, size_t size, size_t *ret_taken)
{
	const char *newline = memchr(bytes, '\n', size);
	size_t n = newline ? (size_t)(newline - bytes) : size;
	int r = 0;

	*ret_taken = n + (newline != NULL);
	if (p->skip || (newline && p->whole)) { /* with the newline, in one piece */
		r = p->skip ? 0 : p->emit(p->arg, p->stream, bytes, n + 1);
	} else if (n) {
		r = p->emit(p->arg, p->stream, bytes, n);
	}
	if (newline) {
		p->in_text = false;
		p->head_size = 0;
	}
	return r;
}

int log_parser_feed(struct log_parser *p, const char *bytes, size_t size)
{
	while (size) {
		size_t taken = 1;
		int r;

		if (p->in_text)
			r = pass_text(p, bytes, size, &taken);
		else
			r = add_to_head(p, *bytes);
		if (r < 0)
			return r;
		bytes += taken;
		size -= taken;
	}
	return 0;
}

int log_parser_end(struct log_parser *p)
{
	int r = 0;

	if (!p->in_text && p->head_size)
		r = begin_text(p);
	p->in_text = false;
	p->head_size = 0;
	return r;
}
