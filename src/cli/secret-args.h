/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The option --secret. The engine checks names and targets. */

#include "base/err.h"
#include "masu.h"

struct secret_args {
	struct masu_secret_use **item; /* ends with NULL; NULL for none */
	size_t n;
};
void secret_args_done(struct secret_args *args);

/*
 * A parser of options (cli/options.h): adds "NAME[,type=mount|env][,target=TARGET][,uid=N][,gid=N][,mode=OCTAL]" to a
 * struct secret_args. The name may also stand behind source= or id=, as docker has it. ERR_INVALID.
 */
int secret_args_add(const char *text, void *args, struct masu_error *err);
