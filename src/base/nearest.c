/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <string.h>

#include "base/cleanup.h"

#define WORD_MAX  40
#define EDITS_MAX 3

static size_t least(size_t a, size_t b, size_t c)
{
	return MIN(MIN(a, b), c);
}

/* row[i][j]: the edits between the first i characters of `a` and the first j of `b`. */
size_t nearest_edits(const char *a, const char *b, size_t max)
{
	size_t row[WORD_MAX + 1][WORD_MAX + 1], m = strlen(a), n = strlen(b);

	if (m > WORD_MAX || n > WORD_MAX)
		return max + 1;
	for (size_t i = 0; i <= m; i++)
		for (size_t j = 0; j <= n; j++) {
			if (i == 0 || j == 0) {
				row[i][j] = MAX(i, j);
				continue;
			}
			row[i][j] = least(row[i - 1][j] + 1, row[i][j - 1] + 1,
					  row[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[i][j] = MIN(row[i][j], row[i - 2][j - 2] + 1);
		}
	return row[m][n];
}

void nearest_try(struct nearest *n, const char *word)
{
	size_t max = MIN(strlen(word) / 3, EDITS_MAX);

	if (n->word && n->edits == 0)
		return;
	if (n->word)
		max = MIN(max, n->edits - 1);
	size_t edits = nearest_edits(n->typed, word, max);
	if (edits > max)
		return;
	n->word = word;
	n->edits = edits;
}
