/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The config of an image that is committed, without the diff id of the new layer. */

#include "engine/container/container.h"

/*
 * Changes the text of the base image's config. The container's spec was read; without a container (NULL) only the
 * options count. ERR_INVALID for a variable, label, port, path or health check that no image can have.
 */
int commit_config(const masu_container *c, const struct masu_commit_options *o, const char *base,
		  char **ret, struct masu_error *err);
