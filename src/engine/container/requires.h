/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Containers that another one requires (--requires): each start of that one starts them first, and they cannot be removed
 * before it. A file required-by-ID in the directory of the required container names the other one, so that a removal
 * need not read all records. It is written before the other container is published. A creation that was killed, and a
 * removal, leave such files behind: the id exists no more, and they count for nothing.
 */

#include "engine/container/container.h"

/* Writes the files for a container that is about to be published. ERR_NOT_FOUND if a required one was removed meanwhile. */
int requires_mark(const masu_container *c, const struct record *record, struct masu_error *err);

/* ERR_CONFLICT with -EBUSY if another container requires this one, whose directory is open. */
int requires_check(const masu_container *c, struct masu_error *err);
