/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/err.h"

/*
 * For a child that is in the namespaces of a container and serves the host: closes all descriptors but `keep`, gives up all
 * capabilities, and can neither gain others nor be traced. It is killed when `parent` ends.
 */
int confine(pid_t parent, const int *keep, size_t n, struct masu_error *err);
