/* SPDX-License-Identifier: Apache-2.0 */
#include "base/keys.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"

/* The byte that a terminal sends for the key, or -1. */
static int parse_key(const char *name, size_t length)
{
	const char *letter = length == strlen("ctrl-X") ? str_after(name, "ctrl-") : NULL;

	if (length == 1 && *name >= ' ' && *name != 0x7f)
		return *name;
	if (!letter)
		return -1;
	int upper = toupper((unsigned char)*letter);
	return upper >= '@' && upper <= '_' ? upper - '@' : -1;
}

int keys_parse(const char *text, struct keys *ret, struct masu_error *err)
{
	struct keys keys = {.n = 0};

	for (const char *at = text; *text && at;) {
		size_t length = strcspn(at, ",");
		int byte = parse_key(at, length);

		if (byte < 0) {
			(void)err_set(err, ERR_INVALID, EINVAL, "invalid key in '%s': '%.*s'", text,
				      (int)length, at);
			return err_hint(err, "a key is one character, or ctrl- and a letter or one "
					     "of @ [ \\ ] ^ _; keys are separated by commas");
		}
		if (keys.n == KEYS_MAX)
			return err_set(err, ERR_INVALID, EINVAL, "'%s' has more than %d keys", text,
				       KEYS_MAX);
		keys.bytes[keys.n++] = (char)byte;
		at = at[length] ? at + length + 1 : NULL;
	}
	*ret = keys;
	return 0;
}

/* `next` does not continue the sequence. Returns how many of the last bytes begin it again. */
static size_t restart(const struct keys *k, char next)
{
	char held[KEYS_MAX + 1];

	memcpy(held, k->bytes, k->matched);
	held[k->matched] = next;
	for (size_t length = k->matched; length > 0; length--)
		if (memcmp(held + k->matched + 1 - length, k->bytes, length) == 0)
			return length;
	return 0;
}

size_t keys_pass(struct keys *k, const char *from, size_t size, char *to, bool *ret_detached)
{
	size_t n = 0;

	*ret_detached = false;
	for (size_t i = 0; i < size; i++) {
		if (k->n && from[i] == k->bytes[k->matched]) {
			if (++k->matched < k->n)
				continue;
			k->matched = 0;
			*ret_detached = true;
			return n;
		}
		size_t kept = k->n ? restart(k, from[i]) : 0;
		/* These held bytes do not begin the sequence. */
		size_t released = k->matched + 1 - kept;
		memcpy(to + n, k->bytes, MIN(released, k->matched));
		n += MIN(released, k->matched);
		if (released > k->matched)
			to[n++] = from[i];
		k->matched = kept;
	}
	return n;
}
