/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ids from which containers get ranges of their own: the outsides of these ranges, ids of the owner (submap.h). */

#include <stddef.h>
#include <stdint.h>

#include "linux/idmap.h"

struct id_pool {
	const struct id_range *all, *used;
	size_t n_all, n_used;
};

/*
 * Completes a map that may have ranges already: the other ids inside, from 0 to size - 1, get the lowest ids of the pool
 * that follow each other and that neither the map nor another container uses. -ENOSPC if there are not so many, -ENOMEM.
 */
int id_pool_map(const struct id_pool *pool, uint32_t size, struct id_range **ranges, size_t *n);
