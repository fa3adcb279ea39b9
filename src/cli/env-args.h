/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --env, --env-file, --label and --label-file: lists of NAME=value. */

#include "base/err.h"

/*
 * Sets one -e argument in `env`: "NAME=value", or "NAME" for the caller's own value, passed over if the caller has
 * none. ERR_INVALID for an empty name, and one with spaces or control characters.
 */
int env_args_add(char ***env, const char *arg, struct masu_error *err);

/*
 * The same for each line of a file: leading white space, empty lines and lines that begin with "#" are passed over,
 * values are taken as they are, quotes included. Errors name file and line.
 */
int env_args_add_file(char ***env, const char *path, struct masu_error *err);

/* The text of such a file; `name` is for errors. */
int env_args_add_lines(char ***env, const char *text, const char *name, struct masu_error *err);

/* Appends a label: "key=value", or "key" for an empty value. ERR_INVALID for an empty key. */
int label_args_add(char ***labels, const char *arg, struct masu_error *err);

/* The same for each line of a file. */
int label_args_add_file(char ***labels, const char *path, struct masu_error *err);
