/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The names of containers: DATA/containers/names/NAME is a link to an ID, and its creator owns the name. A process
 * creates its directory before it links a name to it, so a link to no directory is the leftover of a dead process, and
 * the next user of the name replaces it.
 *
 * A rename moves the link, and then replaces the record. After a kill in between the record has the old name: the link
 * counts.
 *
 * The scope of a running container keeps its name, masu-NAME.scope, when the container is renamed. The link
 * names/.masu-NAME.scope to its ID then keeps another container with that name from requesting the same scope.
 */

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"
#include "engine/name.h"

/* The id of the container with this name, also of one that is being created. -ENOENT. */
int names_find(int containers, const char *name, char ret_id[ID_LENGTH + 1]);

/*
 * Links a name, `wanted` or a random one when it is NULL, to the directory of an id. EEXIST (ERR_CONFLICT) names the
 * container that has it.
 */
int names_reserve(int containers, const char *wanted, const char *id, char **ret,
		  struct masu_error *err);

/* ERR_CONFLICT for a name that is in use. */
int names_in_use(const char *name, const char *holder, struct masu_error *err);

/* Gives the container the name `to` instead of `from`, in one step. EEXIST (ERR_CONFLICT) as above. */
int names_move(int containers, const char *from, const char *to, const char *id,
	       struct masu_error *err);

/* Replaces *name, as the record has it, by the name that links to the id, if that is another one. 0 or -ENOMEM. */
int names_correct(const struct masu_engine *e, const char *id, char **name);

/* Opens DATA/containers/names. The descriptor or -errno. */
int names_open(int containers);

/* Does a name in it link to the id? */
bool names_lead_to(int names, const char *name, const char *id);

/* Counts the links that lead to no container, and with `remove` removes them. The number or -errno. */
int names_sweep(int containers, bool remove);

/* Removes the name of a container. A leftover would dangle, and be replaced. */
void names_release(int containers, const char *name, const char *id);

/*
 * Keeps the name of a scope for a running container, until it is released; its directory has a link with the name. 1, 0 if
 * it was kept already, or -errno.
 */
struct home;
int names_keep_scope(const struct masu_engine *e, const struct home *home, const char *scope);
void names_release_scope(const struct masu_engine *e, const struct home *home);

/* The id of the container that keeps the name of a scope. -ENOENT. */
int names_find_scope(const struct masu_engine *e, const char *scope, char ret_id[ID_LENGTH + 1]);
