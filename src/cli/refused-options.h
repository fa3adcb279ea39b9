/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options of docker and podman that `run` and `create` refuse, and parsers of those of which only some words work. */

#include "base/err.h"
#include "cli/options.h"

extern const struct refused_option refused_container_options[];

/* For OPTION_ROW_PARSE: they accept the values that change nothing. ERR_UNSUPPORTED for the others. */
int refused_systemd(const char *text, void *field, struct masu_error *err);
