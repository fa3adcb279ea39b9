/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Words of a line, by the rules of "Quoting" in systemd.syntax(7). Specifiers ("%n") and variables ("$HOME") stay. */

#include "base/err.h"

/*
 * Splits at spaces outside of quotes, and resolves quotes and C-style escapes. A backslash before another character stays,
 * so that Windows paths and regular expressions survive. ERR_INVALID for a quote without an end.
 */
int unit_words_split(const char *line, char ***ret, struct masu_error *err);

/* Adds a word to a vector in such quotes that systemd reads the same word. 0 or -ENOMEM. */
int unit_words_push(char ***line, const char *word);

/* The text with '%' and '$' doubled, so that systemd does not expand them. To be freed; NULL when out of memory. */
char *unit_literal(const char *text);

/*
 * A value without the pair of quotes around the whole of it, which people write in a place that needs none. To be freed;
 * NULL when out of memory.
 */
char *unit_unquote(const char *value);
