/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quadlet files: the text of a container, then a byte 0xff, then that of a volume. A unit is complete, and has neither a line
 * of its own from a value nor a link out of its directory.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"
#include "quadlet/translate.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* A word is the same after it was quoted and read again. */
static void check_words(const char *text)
{
	_cleanup_strv_ char **words = NULL;

	if (unit_words_split(text, &words, NULL) < 0)
		return;
	STRV_FOREACH(word, words) {
		_cleanup_strv_ char **quoted = NULL, **again = NULL;

		require(unit_words_push(&quoted, *word) == 0);
		require(unit_words_split(quoted[0], &again, NULL) == 0);
		require(strv_length(again) == 1 && streq(again[0], *word));
	}
}

static void check_links(char *const *links)
{
	for (; *links; links += 2) {
		require(links[1] != NULL && *links[0] != '/' && *links[0] != '.');
		require(!strstr(links[0], "/../"));
	}
}

static void check(struct quadlet_set *s, struct quadlet_unit *u)
{
	_cleanup_quadlet_result_ struct quadlet_result r = {0};
	size_t starts = 0;

	require(quadlet_translate(s, u, &r) == 0);
	for (const char *line = r.text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		require((unsigned char)*line >= ' ' || !*line || *line == '\n');
		starts += str_after(line, "ExecStart=") != NULL;
	}
	require(starts >= 1);
	require(!u->messages || starts == 1);
	check_links(r.links);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_quadlet_set_ struct quadlet_set s = {.masu = "masu", .helper = "helper"};
	const uint8_t *end = size ? memchr(bytes, 0xff, size) : NULL;
	size_t n = end ? (size_t)(end - bytes) : size;
	_cleanup_free_ char *text = strndup((const char *)bytes, size);
	struct quadlet_unit *u;

	require(text != NULL);
	check_words(text);
	require(quadlet_set_add(&s, "/d/a@.container", &u) == 0);
	quadlet_unit_add_text(&s, u, (const char *)bytes, n, "/d/a@.container");
	require(quadlet_set_add(&s, "/d/b.volume", &u) == 0);
	quadlet_unit_add_text(&s, u, (const char *)bytes + n + (end != NULL),
			      size - n - (end != NULL), "/d/b.volume");
	require(quadlet_set_add(&s, "/d/c.image", &u) == 0);
	quadlet_set_name(&s);
	for (size_t i = 0; i < s.n; i++)
		check(&s, &s.units[i]);
	return 0;
}
