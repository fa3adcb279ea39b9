/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Assertions of a program that uses libmasu. Calls report to `error`. */

#include <masu.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static masu_error *error;

static inline void check(bool holds, const char *text)
{
	if (holds)
		return;
	fprintf(stderr, "not so: %s (%s)\n", text, masu_error_get_message(error));
	exit(1);
}
#define CHECK(condition) check(condition, #condition)

static inline void check_refusal(int r, enum masu_error_kind kind, const char *text)
{
	check(r < 0 && masu_error_get_kind(error) == kind && masu_error_get_errno(error) > 0, text);
}
#define REFUSES(call, kind) check_refusal(call, kind, #call)
