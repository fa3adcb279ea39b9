/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

struct json_object;

/*
 * The features of this build, in the form of the specification's features.md: the implemented ones, even if the
 * host's kernel lacks them. Only the seccomp flags are listed twice, as known and as supported by the kernel.
 */
int features_to_json(struct json_object **ret, struct masu_error *err);
