/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/draft.h"

/* Checks what the request wants to have in them, as long as nothing is made yet. */
int files_check(struct draft *d, const struct masu_create_options *o, struct masu_error *err);

/*
 * Writes resolv.conf, hosts and hostname into the container's directory. They are the container's from
 * then on: what it writes to them stays.
 */
int files_write(int dirfd, const struct draft *d, const struct masu_create_options *o,
		struct masu_error *err);
