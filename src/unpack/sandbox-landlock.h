/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Landlock, as far as the kernel has it; sandbox.h says what for. */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum landlock_use {
	LANDLOCK_LIST,	/* directories may be opened */
	LANDLOCK_READ,	/* and files read */
	LANDLOCK_FILL,	/* anything made but sockets; no file read */
	LANDLOCK_STORE, /* files and directories made, read, changed and removed */
	LANDLOCK_USE_MAX
};

struct landlock_place {
	int fd; /* a directory, or a file that is read; -1 for what isn't there */
	enum landlock_use use;
};

/*
 * From now on this process, and what it makes, can open nothing but what is in these places, execute
 * nothing, and signal nobody outside. Without `network` it can connect to nothing by TCP; it can
 * accept nothing in any case. 0 also where the kernel has no Landlock, or one that can't allow
 * renaming between directories.
 */
int landlock_confine(const struct landlock_place *places, size_t n, bool network,
		     struct masu_error *err);
