/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci-cli/oci-cli.h"
#include "oci/spec.h"

/*
 * Makes spec->process what exec is to run: that of --process, completed from the container's own in
 * what it doesn't say; else the container's own with `args` in place of its command and the options
 * on top.
 */
int exec_process_set(struct oci_spec *spec, const struct oci_options *options, char *const *args,
		     struct err *err);

/* "UID[:GID]", in digits alone: *gid stays as it is when there is none. -EINVAL. */
int exec_parse_user(const char *text, uid_t *uid, gid_t *gid, struct err *err);
