/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Devices of the host that helper programs open. */

#include "base/err.h"

/*
 * Opens a device of the kernel module and closes it. If that fails, the error says why, and its hint
 * what root has to do; `otherwise` (or NULL) ends the hint.
 */
int device_check(const char *path, const char *module, const char *otherwise,
		 struct masu_error *err);
