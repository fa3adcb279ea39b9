/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/name.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"

static const char *const adjectives[] = {
	"amber",  "bold",   "brisk", "calm",   "clear", "clever", "cosy",   "crisp",
	"deft",	  "early",  "even",  "fair",   "fond",	"gentle", "glad",   "golden",
	"hardy",  "honest", "jolly", "keen",   "kind",	"light",  "lively", "lucid",
	"mellow", "merry",  "mild",  "modest", "neat",	"nimble", "noble",  "patient",
	"placid", "plain",  "proud", "quick",  "quiet", "ready",  "round",  "silent",
	"silver", "sober",  "sound", "steady", "sunny", "tidy",	  "true",   "vivid",
};
static const char *const nouns[] = {
	"acorn",   "alder",   "badger", "basin", "beech",  "birch",   "brook",	"cedar",
	"cliff",   "clover",  "comet",	"coral", "crane",  "curlew",  "dune",	"elder",
	"falcon",  "fern",    "finch",	"fjord", "garnet", "hazel",   "heron",	"island",
	"juniper", "lark",    "linden", "maple", "marten", "meadow",  "otter",	"owl",
	"pebble",  "pine",    "plover", "quail", "quartz", "raven",   "reed",	"robin",
	"rowan",   "sparrow", "spruce", "stork", "tern",   "thistle", "willow", "wren",
};

int id_new(char ret[ID_LENGTH + 1])
{
	unsigned char bytes[ID_LENGTH / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return errno ? -errno : -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

bool id_is_valid(const char *s)
{
	return strspn(s, "0123456789abcdef") == ID_LENGTH && !s[ID_LENGTH];
}

bool name_is_valid(const char *s)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t n = strspn(s, letters);

	return n > 0 && !s[n] && n <= NAME_LENGTH_MAX && !strchr("_.-", s[0]);
}

int name_check(const char *name, const char *what, struct masu_error *err)
{
	if (name_is_valid(name))
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "bad name '%s' for a %s", name, what);
	return err_hint(err,
			"a letter or digit, then letters, digits, '_', '.' and '-'; at most %d",
			NAME_LENGTH_MAX);
}

int name_random(unsigned int attempt, char **ret)
{
	uint16_t pick[2];
	int n;

	if (getrandom(pick, sizeof(pick), 0) != sizeof(pick))
		return errno ? -errno : -EIO;
	const char *adjective = adjectives[pick[0] % ARRAY_SIZE(adjectives)];
	const char *noun = nouns[pick[1] % ARRAY_SIZE(nouns)];
	if (attempt == 0)
		n = asprintf(ret, "%s_%s", adjective, noun);
	else
		n = asprintf(ret, "%s_%s%u", adjective, noun, attempt);
	return n < 0 ? -ENOMEM : 0;
}
