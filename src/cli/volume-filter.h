/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --filter KEY=VALUE of the commands about volumes. */

#include "base/err.h"
#include "masu.h"

struct volume_filter {
	char **labels, **not_labels, **names;
	int64_t created_before;
	enum masu_choice unused, anonymous;
};
void volume_filter_done(struct volume_filter *f);

/*
 * Adds the `texts`: anonymous=, dangling=, driver=, label=, label!=, name=, until=. With `prune` label=, label!= and
 * until= alone. ERR_INVALID.
 */
int volume_filter_parse(struct volume_filter *f, char *const *texts, bool prune,
			struct masu_error *err);

/* Borrows from `f`. */
struct masu_volume_filter volume_filter_get(const struct volume_filter *f);
