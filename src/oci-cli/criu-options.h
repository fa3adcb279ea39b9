/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options that checkpoint and restore share. */

#include "oci-cli/oci-cli.h"
#include "runtime/checkpoint.h"

/* With init: no --status-fd. */
extern const struct option_row criu_option_rows[];
void criu_options_init(void *values);

/* The directories, made absolute. */
struct criu_dirs {
	char *images, *work;
};
void criu_dirs_done(struct criu_dirs *f);
#define _cleanup_criu_dirs_ _cleanup_(criu_dirs_done)

/* Reads them; `ret` points into `dirs`. ERR_INVALID. */
int criu_options_read(const struct oci_options *o, struct criu_dirs *dirs, struct checkpoint *ret,
		      struct masu_error *err);
