/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/* --time of the commands that stop containers, into the timeout_s of a struct masu_stop_options. */
int stop_parse_time(const char *text, void *field, struct masu_error *err);
