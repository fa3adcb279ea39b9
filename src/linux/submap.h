/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The id map of one container, in the ids of its owner's default map: 0 is the owner, and 1 on are the sub-ids in their
 * order (sub-ids.h). Podman calls them intermediate ids. For root they are the ids of the host. A submap stays right if
 * /etc/subuid changes, as the default map does: it is resolved at each start.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "linux/idmap.h"

/*
 * Adds ranges of the form "CONTAINER:OWN[:COUNT],...", COUNT 1 by default. OWN may be "@HOST", an id of the host:
 * `own` has the owner's default map, NULL for root. ERR_INVALID for a malformed or overlapping range, or an id that the
 * map lacks.
 */
int submap_parse(const char *text, const struct id_range *own, size_t n_own,
		 struct id_range **ranges, size_t *n, struct masu_error *err);

/*
 * The map of a container with these submaps, as texts, whose owner has the map `own`: a copy of that if they are NULL.
 * ERR_DENIED names an id that the owner does not have, and the command that gives it.
 */
int submap_apply(const char *uids, const char *gids, const struct idmap *own, struct idmap *ret,
		 struct masu_error *err);

/*
 * The submap of ranges whose right sides are ids of the host. -ENOENT if they are not all in `own`, the owner's default
 * map, NULL for root.
 */
int submap_of_host(const struct id_range *host, size_t n_host, const struct id_range *own,
		   size_t n_own, struct id_range **ranges, size_t *n);

/* Do both submaps, as texts, have the owner, the id 0 of their right sides? NULL, the default map, has it. */
bool submap_has_owner(const char *uids, const char *gids);

/* The map of all sub-ids, from 0 on, without the owner. -ERANGE if the owner has no sub-ids. */
int submap_without_owner(const struct id_range *own, size_t n_own, struct id_range **ranges,
			 size_t *n);

/* The text of ranges, to be freed. NULL when out of memory. */
char *submap_text(const struct id_range *ranges, size_t n);

/*
 * The map by which the owner is `id` inside, and the sub-ids take the other ids from 0 on. `size`: the number of ids that
 * it maps; 0: all that `own` has. -ERANGE if `own` has fewer ids, or `id` is not below `size`.
 */
int submap_keep_id(const struct id_range *own, size_t n_own, uint32_t id, uint32_t size,
		   struct id_range **ranges, size_t *n);
