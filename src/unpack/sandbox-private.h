/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the sandboxes of unpackers and of fetchers share. */

#include "unpack/sandbox.h"

/* Drops all capabilities but these, as far as it has them. */
int sandbox_keep_capabilities(const unsigned int *kept, size_t n, struct err *err);

/*
 * For this process and all that it makes: no Unix socket but pairs that stay connected, none of other families
 * that aren't the internet's, and no call that would make sockets or read processes past this filter. 0 also
 * where the kernel has no filters.
 */
int sandbox_deny_local_services(struct err *err);
