/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/*
 * Finds one of masu's own programs ("masu-image"): in $MASU_LIBEXEC_DIR, in the directory of the running
 * program (a build tree), or in the libexec directory. Returns its path, to be freed, or NULL:
 * ERR_UNAVAILABLE (ENOENT), ERR_NO_SPACE (ENOMEM).
 */
char *program_find(const char *name, struct masu_error *err);
