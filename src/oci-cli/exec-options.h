/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci-cli/oci-cli.h"
#include "runtime/exec.h"

/*
 * The options of exec for runtime/: all is borrowed but `ret_groups`, to which ret->groups points and
 * which the caller frees. -EINVAL.
 */
int exec_options_read(const struct oci_options *o, char *const *args, struct exec_options *ret,
		      gid_t **ret_groups, struct masu_error *err);

/* "UID[:GID]", in digits alone. -EINVAL; nothing is written then. */
int exec_parse_user(const char *text, struct exec_options *ret, struct masu_error *err);
