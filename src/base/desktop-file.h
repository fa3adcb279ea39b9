/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Desktop files of the Desktop Entry Specification 1.5 that a box has, which may be hostile, rewritten for the host. Only keys of
 * the specification that describe and find an application are kept. TryExec and DBusActivatable are dropped, which are
 * about programs and services of the host, and so are all keys of desktops (X-KDE-SubstituteUID would start a program as root).
 */

#include <stddef.h>

#include "base/err.h"

#define DESKTOP_FILE_MAX (256U << 10)

struct desktop_rewrite {
	char *const *command; /* words in front of each Exec */
	const char *suffix;   /* of each Name: " (on box)" */
	const char *icon;     /* in place of Icon; NULL: as it is */
	const char *mark;     /* the first line of the first group, "X-KEY=value" */
};

/*
 * Rewrites a file of `size` bytes. *ret is allocated. ERR_INVALID for a file that is not one of an application, or whose Exec is
 * malformed; -ENOMEM.
 */
int desktop_file_rewrite(const char *text, size_t size, const struct desktop_rewrite *rewrite,
			 char **ret, struct masu_error *err);

/* The value of a key of the group [Desktop Entry], allocated; NULL if it is missing, or out of memory. */
char *desktop_file_value(const char *text, const char *key);

/*
 * Splits a value of Exec into words, whose escapes and quotes are resolved. A field code is a word, or a part of one, with its
 * '%'. -EINVAL if it is malformed, -ENOMEM.
 */
int desktop_exec_split(const char *value, char ***ret);

/* Appends words as a value of Exec has them, in quotes. A '%' of a word is a field code if `codes`, else itself. -ENOMEM. */
struct strbuf;
int desktop_exec_add(struct strbuf *b, char *const *words, bool codes);
