/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options of docker and podman that `run` and `create` refuse. */

#include "base/err.h"
#include "cli/options.h"

extern const struct refused_option refused_container_options[];
