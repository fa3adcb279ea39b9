/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files in docker's format, one JSON object a line:
 *
 *	{"log":"a line\n","stream":"stdout","time":"2026-11-22T10:00:00.123456789Z"}
 *
 * Text without a newline at its end is a part of a line, which goes on in the stream's next entry.
 *
 * JSON has no bytes but UTF-8's. A byte 0xNN that is none is written as the escape \udcNN, half of a
 * surrogate pair: masu restores it exactly, and other readers show U+FFFD, as docker writes for it. A
 * character whose bytes come in two pieces of output is held back until it is whole.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "logs/files.h"

#define BEGIN	   "{\"log\":\""
#define TAIL_MAX   (sizeof("\\n\",\"stream\":\"stdout\",\"time\":\"\"}\n") + TEXT_STAMP_LENGTH)
#define ESCAPE_MAX 6 /* \u0000 */

/* The letters of the short escapes, and the characters that they stand for. */
static const char escapes[] = "\"\\bfnrt", escaped[] = "\"\\\b\f\n\r\t";

static char *add_hex(char *to, unsigned int code)
{
	static const char digits[] = "0123456789abcdef";

	*to++ = '\\';
	*to++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*to++ = digits[code >> shift & 15];
	return to;
}

/* Writes the next character at `text` as JSON and returns how many bytes it has. */
static size_t add_character(char **to, const char *text, size_t size)
{
	const unsigned char c = (unsigned char)*text;
	const char *found = c ? strchr(escaped, c) : NULL;
	size_t n = utf8_length(text, size);

	if (found) {
		*(*to)++ = '\\';
		*(*to)++ = escapes[found - escaped];
	} else if (c < ' ') {
		*to = add_hex(*to, c);
	} else if (n == 0) {
		*to = add_hex(*to, 0xdc00u + c);
	} else {
		memcpy(*to, text, n);
		*to += n;
	}
	return n ? n : 1;
}

/* One entry into `scratch`, of at most `room` bytes. Returns the number of bytes of text taken. */
static size_t fill(struct log_batch *b, const struct log_output *output, uint64_t room, bool force)
{
	char *const end = b->scratch + sizeof(b->scratch) - TAIL_MAX - ESCAPE_MAX;
	char *to = b->scratch + sizeof(BEGIN) - 1;
	bool newline = false;
	size_t done = 0;

	memcpy(b->scratch, BEGIN, sizeof(BEGIN) - 1);
	while (done < output->size && to < end && !newline) {
		newline = output->text[done] == '\n';
		done += add_character(&to, output->text + done, output->size - done);
	}
	struct text t = text_into(to, TAIL_MAX + ESCAPE_MAX);
	text_add(&t, output->stream == LOG_STDOUT ? "\",\"stream\":\"stdout\",\"time\":\""
						  : "\",\"stream\":\"stderr\",\"time\":\"");
	text_add_stamp(&t, output->now_ns);
	text_add(&t, "\"}\n");
	size_t size = (size_t)(to - b->scratch) + t.length;
	if (size > room && !force)
		return 0;
	log_batch_add(b, b->scratch, size);
	return done;
}

/* The bytes at the end of `text` that begin a character and do not end it. */
static size_t unfinished(const char *text, size_t size)
{
	for (size_t n = 1; n <= 3 && n <= size; n++) {
		const unsigned char c = (unsigned char)text[size - n];

		if (c >= 0xc0)
			return n < (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) ? n : 0;
		if (c < 0x80)
			break;
	}
	return 0;
}

static void write_bytes(struct log_writer *w, struct log_output output, const char *text,
			size_t size)
{
	output.text = text;
	output.size = size;
	log_files_write(w, &output);
}

static void write_output(struct log_writer *w, const struct log_output *output)
{
	struct log_carry *carry = &w->carry[output->stream];
	const char *text = output->text;
	size_t size = output->size;

	while (carry->size && size) {
		carry->bytes[carry->size++] = *text++;
		size--;
		if (unfinished(carry->bytes, carry->size) == carry->size)
			continue;
		write_bytes(w, *output, carry->bytes, carry->size);
		carry->size = 0;
	}
	size_t later = unfinished(text, size);
	write_bytes(w, *output, text, size - later);
	if (later) {
		memcpy(carry->bytes, text + size - later, later);
		carry->size = later;
	}
}

static void close_files(struct log_writer *w, int64_t now_ns)
{
	for (int s = 0; s < LOG_STREAM_MAX; s++) {
		const struct log_output output = {.stream = (enum log_stream)s, .now_ns = now_ns};

		write_bytes(w, output, w->carry[s].bytes, w->carry[s].size);
	}
	log_files_close(w, now_ns);
}

struct reader {
	char *at, *end;
};

static bool take(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static void skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r'))
		r->at++;
}

/* Four hexadecimal digits, or -1. */
static int take_hex(struct reader *r)
{
	int code = 0;

	if (r->end - r->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		const char c = *r->at++;

		if (c >= '0' && c <= '9')
			code = code << 4 | (c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			code = code << 4 | ((c | 32) - 'a' + 10);
		else
			return -1;
	}
	return code;
}

static char *add_utf8(char *to, unsigned int code)
{
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 63));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 63));
		*to++ = (char)(0x80 | (code >> 6 & 63));
	}
	*to++ = (char)(0x80 | (code & 63));
	return to;
}

/* Checks a string and takes it as it is, without its quotes. */
static bool take_string(struct reader *r, char **ret, size_t *ret_size)
{
	if (!take(r, '"'))
		return false;
	*ret = r->at;
	while (r->at < r->end && *r->at != '"') {
		if ((unsigned char)*r->at < ' ')
			return false;
		if (*r->at++ != '\\')
			continue;
		const char c = r->at < r->end ? *r->at++ : 0;
		if (!c || (c == 'u' ? take_hex(r) < 0 : (c != '/' && !strchr(escapes, c))))
			return false;
	}
	*ret_size = (size_t)(r->at - *ret);
	return take(r, '"');
}

/* The code after "\u": a character, half of a pair with its other half, or a byte (see above). */
static char *restore_code(struct reader *r, char *to)
{
	unsigned int code = (unsigned int)take_hex(r);

	if (code >= 0xd800 && code < 0xdc00 && r->end - r->at >= 6 && r->at[0] == '\\' &&
	    r->at[1] == 'u') {
		struct reader ahead = {r->at + 2, r->end};
		unsigned int low = (unsigned int)take_hex(&ahead);

		if (low >= 0xdc00 && low < 0xe000) {
			r->at = ahead.at;
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	if (code < 0xdc80 || code > 0xdcff)
		return add_utf8(to, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
	*to++ = (char)(code - 0xdc00);
	return to;
}

/* Takes the escapes out of a checked string, in place, as it only gets shorter. Its new size. */
static size_t restore_text(char *text, size_t size)
{
	struct reader r = {text, text + size};
	char *to = text;

	while (r.at < r.end) {
		const char c = *r.at++;

		if (c != '\\') {
			*to++ = c;
			continue;
		}
		const char escape = *r.at++, *found = strchr(escapes, escape);
		if (escape == 'u')
			to = restore_code(&r, to);
		else
			*to++ = found ? escaped[found - escapes] : escape;
	}
	return (size_t)(to - text);
}

static bool is_name(const char *text, size_t size, const char *name)
{
	return size == strlen(name) && memcmp(text, name, size) == 0;
}

/* "KEY": "VALUE", one of the three that an entry has, and no other. */
static bool take_member(struct reader *r, struct log_entry *e, bool *ret_has_stream)
{
	char *key, *value;
	size_t key_size, size;

	skip_space(r);
	if (!take_string(r, &key, &key_size))
		return false;
	skip_space(r);
	if (!take(r, ':'))
		return false;
	skip_space(r);
	if (!take_string(r, &value, &size))
		return false;
	skip_space(r);
	if (is_name(key, key_size, "log") && !e->text) {
		e->text = value;
		e->size = size;
	} else if (is_name(key, key_size, "time") && !e->stamp) {
		e->stamp = value;
		e->stamp_size = size;
	} else if (is_name(key, key_size, "stream") && !*ret_has_stream) {
		*ret_has_stream = true;
		e->stream = is_name(value, size, "stderr") ? LOG_STDERR : LOG_STDOUT;
	} else {
		return false;
	}
	return true;
}

static bool parse(char *line, size_t size, struct log_entry *ret)
{
	struct reader r = {line, line + size};
	struct log_entry e = {0};
	bool has_stream = false;

	skip_space(&r);
	if (!take(&r, '{'))
		return false;
	do
		if (!take_member(&r, &e, &has_stream))
			return false;
	while (take(&r, ','));
	if (!take(&r, '}'))
		return false;
	skip_space(&r);
	if (r.at != r.end || !e.text || !e.stamp || !has_stream)
		return false;
	e.size = restore_text(e.text, e.size);
	e.whole = e.size > 0 && e.text[e.size - 1] == '\n';
	e.size -= e.whole;
	*ret = e;
	return true;
}

const struct log_driver log_json_file = {
	.name = "json-file",
	.open = log_files_open,
	.write = write_output,
	.close = close_files,
	.fill = fill,
	.parse = parse,
};
