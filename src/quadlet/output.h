/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writes units and their links below the directory that systemd gives to a generator. */

#include "quadlet/translate.h"

/*
 * Writes the unit and its links below the open directory. Nothing that exists is replaced: another generator, or another file,
 * came first. 0, or -errno with the error.
 */
int quadlet_write(int dirfd, const struct quadlet_unit *u, const struct quadlet_result *r,
		  struct masu_error *err);
