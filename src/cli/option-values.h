/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Values of options that several commands have. */

#include "base/err.h"

/* For OPTION_ROW_PARSE: a TIME, as time_parse() takes it; *field is an int64_t. */
int option_time(const char *text, void *field, struct masu_error *err);

/* For OPTION_ROW_PARSE: a number of descriptors to pass on, into an int. */
int option_descriptors(const char *text, void *field, struct masu_error *err);
