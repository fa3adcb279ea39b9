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
	size_t n;	/* 0: no keys detach */
	size_t matched; /* bytes of the sequence that were typed last and are held back */
};

/* An empty text stands for no keys. ERR_INVALID. */
int keys_parse(const char *text, struct keys *ret, struct masu_error *err);

/*
 * Copies `size` typed bytes to `to`, which has room for KEYS_MAX more, without the sequence. If the bytes end with the
 * beginning of the sequence, that is held back until the next call. Returns the number of copied bytes. *ret_detached
 * tells that the sequence was typed; the bytes after it are dropped.
 */
size_t keys_pass(struct keys *k, const char *from, size_t size, char *to, bool *ret_detached);
