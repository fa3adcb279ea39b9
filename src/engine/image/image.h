/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images of the store, as the functions of libmasu need them: the open store, their names and their events. */

#include "engine/container/container.h"
#include "engine/engine.h"
#include "image/layout.h"
#include "masu.h"

/* Writes an event of an image (engine/container/event.h). */
void image_event(const struct masu_engine *e, const char *action, const struct masu_image *image,
		 const char *name);

/* Is `what` the name `own` of an image, and not its id? `own` may be NULL. */
bool image_is_named(const char *what, const char *own);

/* The canonical form of a name that an image is to get; NULL for NULL. ERR_INVALID, also for one with a digest. */
int image_new_name(const char *text, char **ret, struct masu_error *err);

/* The first container that was created from the image, or mounts it; NULL: none. The list may be NULL. */
const struct record *image_user(const masu_container_list *containers,
				const struct masu_image *image);

/*
 * Finds an image as layout_find() does; a short name also as localhost/NAME, and in the registries of registries.conf
 * (registry/short-names.h). *ret_name is the whole name in these two cases, otherwise NULL; ret_name may be NULL.
 */
int image_find(const struct layout *store, const char *what, char **ret_name,
	       struct masu_image *ret, struct masu_error *err);

/* Opens the image store. */
int image_store_open(const struct masu_engine *e, struct layout *ret, struct masu_error *err);
