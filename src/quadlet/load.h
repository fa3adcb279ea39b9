/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads quadlet files and their drop-ins from directories. */

#include "quadlet/unit.h"

/*
 * Adds the files of the directories, which are in order of precedence: the first file of a name counts. A link to /dev/null
 * hides later files of its name. A file that cannot be read becomes a unit with a message. `notices` names files that were left out.
 * 0 or -ENOMEM.
 */
int quadlet_load(struct quadlet_set *s, char *const *dirs, char ***notices);

/* Adds one file, without drop-ins. -ENOMEM, -EINVAL for a name without an extension of quadlet files. */
int quadlet_load_file(struct quadlet_set *s, const char *path);
