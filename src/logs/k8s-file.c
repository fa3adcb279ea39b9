/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files in the format of Kubernetes' container runtime interface (podman's k8s-file):
 *
 *	2026-11-22T10:00:00.123456789Z stdout F a whole line, or the end of one
 *	2026-11-22T10:00:00.123456789Z stderr P a part of a line, which goes on in stderr's next entry
 *
 * The bytes of each stream can be restored exactly: an F entry stands for its text and a newline, a P
 * entry for its text alone. Text is kept as it is, NUL and invalid UTF-8 included; it cannot hold a
 * newline, so each entry is one line of the file.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "logs/files.h"

#define HEAD_SIZE (TEXT_STAMP_LENGTH + sizeof(" stdout F "))
#define HEAD_MAX  80 /* of an entry that another program wrote */

static size_t make_head(char head[HEAD_SIZE], const struct log_output *output, const char *tag)
{
	struct text t = text_into(head, HEAD_SIZE);

	text_add_stamp(&t, output->now_ns);
	text_add(&t, output->stream == LOG_STDOUT ? " stdout " : " stderr ");
	text_add(&t, tag);
	text_add(&t, " ");
	return t.length;
}

/* An entry has at most three pieces: head, text, and a newline where the text has none. */
static size_t fill(struct log_batch *b, const struct log_output *output, uint64_t room, bool force)
{
	char *whole = b->scratch, *part = b->scratch + HEAD_SIZE;
	const size_t head_size = make_head(whole, output, "F");
	size_t done = 0;

	(void)make_head(part, output, "P"); /* of the same size */
	while (done < output->size && b->n_pieces + 3 <= LOG_BATCH_PIECES) {
		const char *line = output->text + done;
		size_t n = output->size - done < LOG_TEXT_MAX ? output->size - done : LOG_TEXT_MAX;
		const char *newline = memchr(line, '\n', n);

		if (newline)
			n = (size_t)(newline - line) + 1;
		if (b->size + head_size + n + !newline > room && !(force && !done))
			break;
		log_batch_add(b, newline ? whole : part, head_size);
		log_batch_add(b, line, n);
		if (!newline)
			log_batch_add(b, "\n", 1);
		done += n;
	}
	return done;
}

/* Reads "STAMP STREAM TAG[:TAG...] ". */
static bool parse(char *line, size_t size, struct log_entry *ret)
{
	static const char *const streams[] = {[LOG_STDOUT] = "stdout", [LOG_STDERR] = "stderr"};
	char *word[3], *at = line;

	for (size_t i = 0; i < ARRAY_SIZE(word); i++) {
		size_t left = size - (size_t)(at - line);
		size_t head_left = HEAD_MAX - (size_t)(at - line);

		word[i] = at;
		at = memchr(at, ' ', left < head_left ? left : head_left);
		if (!at)
			return false;
		at++;
	}
	size_t length = (size_t)(word[2] - word[1]) - 1;
	if (word[1] == line + 1 || (*word[2] != 'F' && *word[2] != 'P') ||
	    (word[2][1] != ' ' && word[2][1] != ':'))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		if (strlen(streams[i]) != length || memcmp(word[1], streams[i], length) != 0)
			continue;
		*ret = (struct log_entry){
			.stamp = line,
			.stamp_size = (size_t)(word[1] - line) - 1,
			.stream = (enum log_stream)i,
			.whole = *word[2] == 'F',
			.text = at,
			.size = size - (size_t)(at - line),
		};
		return true;
	}
	return false;
}

const struct log_driver log_k8s_file = {
	.name = "k8s-file",
	.open = log_files_open,
	.write = log_files_write,
	.close = log_files_close,
	.fill = fill,
	.parse = parse,
};
