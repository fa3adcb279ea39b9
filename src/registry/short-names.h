/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Short names of images, such as "fedora": containers-registries.conf(5) of podman. A name is short if no registry begins
 * it. An alias stands for one image. Other short names are searched in the registries that the files list, and on
 * docker.io only if no file has a list.
 */

#include <stdbool.h>

#include "base/err.h"
#include "base/toml.h"

enum short_name_mode { SHORT_NAME_UNSET, SHORT_NAME_PERMISSIVE, SHORT_NAME_ENFORCING };

struct short_names {
	char **aliases; /* a short name, its image or "", the next short name, ...; later ones win */
	char **search;	/* hosts, in the order of the search */
	bool has_search; /* is there a list, perhaps an empty one? */
	enum short_name_mode mode;
};

void short_names_done(struct short_names *s);

/* Takes an item of registries.conf: of [aliases], or a key before the first table. ERR_INVALID. */
int short_names_take(struct short_names *s, const struct toml_item *item, struct masu_error *err);

/* Adds those of a later file, which win. */
int short_names_merge(struct short_names *s, const struct short_names *later,
		      struct masu_error *err);

/*
 * The names that a name stands for, at least one, in the order of the search; a name that is not short stands for itself.
 * ERR_INVALID if the list of registries is empty.
 */
int short_names_resolve(const struct short_names *s, const char *name, char ***ret,
			struct masu_error *err);
