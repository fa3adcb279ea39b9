/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options before the command. */

#include "oci-cli/oci-cli.h"

extern const struct option_row oci_global_rows[];

/* Checks them, and sets up the log. */
int globals_apply(struct oci_globals *g, struct masu_error *err);
