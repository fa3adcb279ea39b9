/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "engine/engine.h"

/*
 * The sizes of trees by their paths in DATA, as tree_size() has them, also of files that belong to sub-ids. `sizes` has a
 * zero for each; that of a missing tree stays.
 */
int size_measure(struct masu_engine *e, char *const *paths, uint64_t *sizes,
		 struct masu_error *err);
