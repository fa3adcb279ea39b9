/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Podman's settings for registries: containers-registries.conf(5), of which masu-registries.conf(5) has the part that masu
 * follows. A rule applies to the names of images that begin with its prefix, and the longest prefix wins. It blocks them,
 * or names other places to pull them from: mirrors, tried in order, and last its location, in place of the prefix. An image
 * keeps its name, wherever it comes from.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "image/reference.h"
#include "registry/short-names.h"

/* Which references a mirror serves. */
enum mirror_use { MIRROR_ALL, MIRROR_DIGEST_ONLY, MIRROR_TAG_ONLY };

struct registry_mirror {
	char *location;
	bool insecure;
	enum mirror_use use;
};

struct registry_rule {
	char *prefix;	/* "registry.lan:5000/project", "*.example.com" */
	char *location; /* NULL: the prefix */
	bool insecure, blocked, mirrors_by_digest;
	struct registry_mirror *mirrors;
	size_t n_mirrors;
};

struct registry_rules {
	struct registry_rule *list;
	size_t n;
	struct short_names short_names;
	char **skipped; /* notices of files that root does not trust */
};
#define REGISTRY_RULES_INIT ((struct registry_rules){0})

void registry_rules_done(struct registry_rules *rules);
#define _cleanup_registry_rules_ _cleanup_(registry_rules_done)

/*
 * Reads the file in CONTAINERS_REGISTRIES_CONF alone; or the one in HOME and the drop-ins beside it; or without it the one
 * in /etc, and the drop-ins of both directories. After them, unless it is alone, the aliases that podman has recorded.
 * ERR_INVALID names the file and the line.
 */
int registry_rules_load(struct registry_rules *rules, struct masu_error *err);

/* Adds the rules of a text, which replace those of the same prefix. `name` is for messages. */
int registry_rules_parse(struct registry_rules *rules, const char *text, const char *name,
			 struct masu_error *err);

/* A place of an image. */
struct registry_place {
	char *name; /* a reference */
	bool insecure;
};

struct registry_places {
	struct registry_place *list;
	size_t n;
};
#define REGISTRY_PLACES_INIT ((struct registry_places){0})

void registry_places_done(struct registry_places *places);
#define _cleanup_registry_places_ _cleanup_(registry_places_done)

/*
 * The places of an image, at least one, in the order in which they are tried; without `mirrors`, only the last one.
 * ERR_DENIED if it is blocked, ERR_INVALID for a place with an invalid name.
 */
int registry_rules_places(const struct registry_rules *rules, const struct reference *ref,
			  bool mirrors, struct registry_places *ret, struct masu_error *err);

/* Is this registry, HOST[:PORT], insecure as a whole? Not one whose images come from another place. */
bool registry_rules_is_insecure(const struct registry_rules *rules, const char *registry);
