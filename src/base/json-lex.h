/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The words of a JSON text, checked to the letter of RFC 8259. json-c's strict mode still takes
 * 'single quotes', NaN, leading zeros, control characters and broken UTF-8 in strings, and it
 * turns whole numbers that don't fit 64 bits into the nearest that does: each a way in which two
 * readers of one document can see two documents. In json-c 0.18 that mode also refuses all that
 * isn't ASCII, so it isn't used: a comma after the last value is refused here as well. How the
 * words fit together otherwise is left to json-c.
 */

#include <stddef.h>

struct json_lex {
	size_t members; /* how many members of objects the text has: one for each colon */
	size_t lists;	/* objects and arrays */
	size_t words;	/* strings, numbers and literals */
	size_t at;	/* where the checking ended */
};

/* NULL, or what is wrong at `ret->at`. */
const char *json_lex(const char *text, size_t size, struct json_lex *ret);
