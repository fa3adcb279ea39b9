/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "image/layout.h"

/* At most so many damaged blobs are named: a store with more of them is lost. */
#define VERIFY_MAX 512

/* Reads all blobs and lists those whose bytes do not have their digest: HEX, a line each. The caller frees the text. */
int verify_blobs(const struct layout *store, char **ret, struct masu_error *err);
