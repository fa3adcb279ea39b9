/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Platforms such as "linux/arm/v7", in Go's names, and the choice of an image of an index by them. */

#include "base/err.h"
#include "oci/image.h"

/* Parses "OS/ARCH[/VARIANT]"; NULL stands for this machine. EINVAL. platform_done() releases it. */
int platform_parse(const char *s, struct image_platform *ret, struct masu_error *err);
void platform_done(struct image_platform *p);
#define _cleanup_platform_ _cleanup_(platform_done)

/*
 * Finds the entry that fits best: with the same variant, without one, or (for arm) with a lower one. An index with a single
 * entry without a platform fits, too. ENOENT lists the platforms of the index.
 */
int platform_choose(const struct image_index *index, const struct image_platform *wanted,
		    const struct image_descriptor **ret, struct masu_error *err);

/* Returns whether system and architecture agree. A missing one agrees. */
bool platform_fits(const struct image_platform *has, const struct image_platform *wanted);
