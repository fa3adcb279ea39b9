/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The layers of an image, pulled side by side in one thread: rounds of steps (pull-layer.h), and a wait for any of them. */

#include "transfer/pull-layer.h"

/* Pulls all layers, the lowest first. The first failure ends it. */
int layer_pulls_run(struct layer_pull *layers, size_t n, const struct layer_pull_context *c,
		    struct masu_error *err);
