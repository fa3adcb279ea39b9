/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "masu.h"

/* The value of --restart: no, on-failure[:MAX], always or unless-stopped. */
int restart_args_parse(const char *text, enum masu_restart *ret_policy, int *ret_max,
		       struct masu_error *err);
