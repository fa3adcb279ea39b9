/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log file that anyone may have written, by each driver of files: it is parsed the same in one piece
 * as in many.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "logs/parser.h"

struct output {
	char bytes[1 << 16];
	size_t size;
};

static int keep(void *arg, enum log_stream stream, const char *bytes, size_t size)
{
	struct output *o = arg;

	if (o->size + size > sizeof(o->bytes))
		return -1;
	memcpy(o->bytes + o->size, bytes, size);
	o->size += size;
	return stream == LOG_STDOUT || stream == LOG_STDERR ? 0 : -1;
}

static void parse(const struct log_driver *driver, const char *bytes, size_t size, size_t step,
		  bool limits, struct output *o)
{
	static struct log_parser p;

	o->size = 0;
	log_parser_init(&p, driver, keep, o);
	p.timestamps = limits;
	if (limits)
		p.since_ns = 0;
	for (size_t at = 0; at < size; at += step) {
		if (log_parser_feed(&p, bytes + at, size - at < step ? size - at : step) < 0)
			return;
	}
	(void)log_parser_end(&p); /* as above: the output is full */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct output *whole = malloc(sizeof(*whole)), *split = malloc(sizeof(*split));

	if (!whole || !split || size > sizeof(whole->bytes) / 2)
		goto out;
	for (int i = 0; i < 4; i++) {
		const struct log_driver *driver = i & 1 ? &log_json_file : &log_k8s_file;

		parse(driver, bytes, size, SIZE_MAX / 2, i & 2, whole);
		parse(driver, bytes, size, 1 + size % 7, i & 2, split);
		if (whole->size != split->size ||
		    memcmp(whole->bytes, split->bytes, whole->size) != 0)
			abort();
	}
out:
	free(whole);
	free(split);
	return 0;
}
