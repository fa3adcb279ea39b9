/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options -v, --mount and --tmpfs. The engine checks paths, names and mount options. */

#include "base/err.h"
#include "masu.h"

struct mount_args {
	struct masu_mount **item; /* ends with NULL; NULL for none */
	size_t n;
};
void mount_args_done(struct mount_args *args);
#define _cleanup_mount_args_ _cleanup_(mount_args_done)

/*
 * Parsers of options (cli/options.h): each appends one to a struct mount_args. ERR_INVALID, or ERR_UNSUPPORTED for an
 * option that other engines have and masu does not.
 *
 *	[SOURCE:]TARGET[:OPTION,...]	SOURCE beginning with "/", "./" or "../" is a path
 *	type=TYPE,src=...,dst=...,...	fields as strv_split_csv() reads them
 *	TARGET[:OPTION,...]		tmpfs
 */
int mount_args_add_volume(const char *text, void *args, struct masu_error *err);
int mount_args_add_mount(const char *text, void *args, struct masu_error *err);
int mount_args_add_tmpfs(const char *text, void *args, struct masu_error *err);
