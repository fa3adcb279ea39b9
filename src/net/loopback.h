/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/* Brings up `lo` of the caller's network namespace, which must be one of its own. */
int loopback_up(struct err *err);
