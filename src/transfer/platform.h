/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which of an index's images to take: "linux/arm/v7" and the like, in Go's names. */

#include "base/err.h"
#include "oci/image.h"

/* "OS/ARCH[/VARIANT]"; NULL for this machine's. EINVAL. Released by platform_done(). */
int platform_parse(const char *s, struct image_platform *ret, struct masu_error *err);
void platform_done(struct image_platform *p);
#define _cleanup_platform_ _cleanup_(platform_done)

/*
 * The entry that fits best: the variant asked for, or none said, or (of arm) a lower one. The only
 * entry of an index serves also when it doesn't say what it is for. ENOENT lists what there is.
 */
int platform_choose(const struct image_index *index, const struct image_platform *wanted,
		    const struct image_descriptor **ret, struct masu_error *err);

/* Do system and architecture agree? What isn't said agrees. */
bool platform_fits(const struct image_platform *has, const struct image_platform *wanted);
