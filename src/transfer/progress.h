/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reports the progress of a pull's layers (image/report.h), at most ten times a second for each. */

#include <stddef.h>
#include <stdint.h>

#include "image/report.h"

struct progress;

/* For `n` layers. With -1 as channel, it reports nothing. NULL when out of memory. */
struct progress *progress_new(size_t n, int channel);
void progress_free(struct progress *p);
DEFINE_FREEP(progress)
#define _cleanup_progress_ _cleanup_(progress_freep)

/* Announces layer `i`. Layers with the same digest are reported as one. */
void progress_announce(struct progress *p, size_t i, const struct digest *digest, uint64_t size);

void progress_set(struct progress *p, size_t i, enum image_phase phase, uint64_t done);
