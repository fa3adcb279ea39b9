/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The words of a document and the numbers that they stand for. A row without a name ends a table. */

#include <stdint.h>

struct word {
	const char *name;
	uint32_t number;
};

/* 0 or -EINVAL. */
int word_number(const struct word *table, const char *name, uint32_t *ret);

/* Or NULL. */
const char *word_name(const struct word *table, uint32_t number);
