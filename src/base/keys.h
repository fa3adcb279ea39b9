/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Keys that detach a user from a container's terminal, as --detach-keys names them: a list of single
 * characters and "ctrl-X", where X is a letter or one of @ [ \ ] ^ _. The keys are typed one after the
 * other; the list is separated by commas.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define KEYS_MAX     16
#define KEYS_DEFAULT "ctrl-p,ctrl-q"

struct keys {
	char bytes[KEYS_MAX];
	size_t n;	/* 0: nothing detaches */
	size_t matched; /* of the sequence, at the end of the typed bytes; held back */
};

/* An empty text stands for no keys. ERR_INVALID. */
int keys_parse(const char *text, struct keys *ret, struct masu_error *err);

/*
 * Passes `size` typed bytes on to `to`, which has room for KEYS_MAX more: without the sequence, and
 * without a beginning of it at the end, which the next call passes on if it was none. Returns how many
 * were passed on. With *ret_detached set the sequence was typed; what follows it is dropped.
 */
size_t keys_pass(struct keys *k, const char *from, size_t size, char *to, bool *ret_detached);
