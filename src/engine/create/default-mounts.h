/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/create/draft.h"

/* Adapts them to the options, before the mounts of the user are added. */
int draft_default_mounts(const struct masu_engine *e, struct draft *d,
			 const struct masu_create_options *o, struct masu_error *err);

/*
 * A mount of the user at a default target replaces the default at its place in the order: /dev/pts comes after a
 * directory at /dev. Returns the index of that place, or the end of the list.
 */
size_t draft_drop_default(struct oci_spec *spec, const char *destination);

/* Tells the user if the kernel cannot make the mounts below a bind mount of `source` read-only. */
int draft_notice_flags(const struct masu_engine *e, const char *source, struct masu_error *err);
