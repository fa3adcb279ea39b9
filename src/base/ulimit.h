/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The text of a resource limit: NAME=SOFT[:HARD], where a limit is a number, "unlimited" or -1. */

#include <stdint.h>

#include "base/err.h"

/* "unlimited" is UINT64_MAX. The caller frees the name, which is not checked. ERR_INVALID, with a hint. */
int ulimit_parse(const char *text, char **ret_name, uint64_t *ret_soft, uint64_t *ret_hard,
		 struct masu_error *err);
