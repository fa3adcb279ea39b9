/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "transfer/pull-layer.h"

/* Pulls all layers of an image, the lowest first, several at once in one thread. The first failure ends it. */
int layer_pulls_run(struct layer_pull *layers, size_t n, const struct layer_pull_context *c,
		    struct masu_error *err);
