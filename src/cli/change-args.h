/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --change: an instruction of a Dockerfile, as docker and podman commit take it. */

#include "base/err.h"
#include "masu.h"

struct change_args {
	char **command, **entrypoint; /* NULL: not given */
	char *user, *workdir, *stop_signal;
	char **env, **labels, **ports, **volumes;
	char **health_test; /* NULL: not given */
	struct masu_health_options health;
};

void change_args_done(struct change_args *a);
#define _cleanup_change_args_ _cleanup_(change_args_done)

/*
 * Adds "INSTRUCTION ARGUMENTS" or "INSTRUCTION=ARGUMENTS"; the case of the instruction does not count. ERR_UNSUPPORTED
 * for an instruction that only a build can follow.
 */
int change_args_add(struct change_args *a, const char *text, struct masu_error *err);

/* The same with all of a list, which may be NULL. */
int change_args_add_all(struct change_args *a, char *const *texts, struct masu_error *err);

/* Sets the options of an image. They borrow the texts. */
void change_args_apply(struct change_args *a, struct masu_commit_options *options);
