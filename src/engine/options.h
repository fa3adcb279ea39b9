/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The option structs of masu.h, whose size differs between versions of the library. */

#include <stddef.h>

#include "base/err.h"
#include "masu.h"

/*
 * Copies an options struct of the caller into `own`, zeroing the members that an older caller does not have.
 * NULL stands for all defaults. ERR_UNSUPPORTED for a member that this version does not have, unless it is zero.
 */
int options_take(void *own, size_t own_size, const void *given, struct masu_error *err);

/* The reverse, for a struct that is returned: `given` has its size set, and gets as much as it has room for. */
void options_give(void *given, const void *own, size_t own_size);

/* Does a filter that asks for the fact, for its contrary or for neither let an object pass? */
bool choice_holds(enum masu_choice choice, bool fact);
