/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --device-read-bps and kin: DEVICE:RATE, a limit of block I/O a second. */

#include "base/err.h"
#include "masu.h"

struct throttle_args {
	struct masu_throttle **item; /* a list that ends with NULL, or NULL */
	size_t n;
};
void throttle_args_done(struct throttle_args *args);

/* Parsers of options: `args` is a struct throttle_args. */
int throttle_args_read_bytes(const char *text, void *args, struct masu_error *err);
int throttle_args_write_bytes(const char *text, void *args, struct masu_error *err);
int throttle_args_read_operations(const char *text, void *args, struct masu_error *err);
int throttle_args_write_operations(const char *text, void *args, struct masu_error *err);
