/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writes units and their links below the directory that systemd gives to a generator. */

#include "quadlet/translate.h"

/*
 * Each writes below the open directory. Nothing that exists is replaced: another generator, or another file, came first. 0, or
 * -errno with the error; of several links that fail, the first one's.
 */
int quadlet_write(int dirfd, const struct quadlet_unit *u, const char *name, const char *text,
		  struct masu_error *err);
int quadlet_write_links(int dirfd, const struct quadlet_unit *u, char *const *links,
			struct masu_error *err);
