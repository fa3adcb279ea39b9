/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The quadlet file of a command line of `masu run` or `masu create`: masu-quadlet(5). */

#include "base/err.h"
#include "cli/options.h"

/*
 * `words` begin behind the name of `command`, which has the options of `masu run`. An option without a key of its own
 * becomes PodmanArgs=. `name` is that of the container if no option names it, or NULL. Relative paths are those of the
 * working directory. The text is to be freed.
 * ERR_INVALID for a command line without an image.
 */
int quadlet_text(const struct command *command, char *const *words, const char *name, char **ret,
		 struct masu_error *err);
