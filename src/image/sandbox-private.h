/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the sandboxes of unpackers and of fetchers share. */

#include "image/sandbox.h"

/* Drops all capabilities but these, as far as it has them. */
int sandbox_keep_capabilities(const unsigned int *kept, size_t n, struct err *err);
