/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a process that parses untrusted archives gives up, for good and for all its threads.
 *
 * | stage           | before            | must                                     | must not          |
 * |-----------------|-------------------|------------------------------------------|-------------------|
 * | sandbox_enter() | one thread        | only `root` is left of the file system,  | read any input    |
 * |                 |                   | only `keep` of the descriptors, only the |                   |
 * |                 |                   | capabilities that making files needs     |                   |
 * | sandbox_seal()  | all threads exist | allow the listed system calls alone      | start threads     |
 *
 * Landlock and seccomp are left out on kernels that don't have them; anything else that fails is
 * an error. The network is taken away by the namespace that the process was made in.
 */

#include <stddef.h>

#include "base/err.h"

struct sandbox {
	int root;	 /* a folder; becomes "/" and the working folder */
	const int *keep; /* descriptors above stderr that stay open, `root` included */
	size_t n_keep;
};

/* For memory beyond what is in use now: the largest zstd window, and room for long headers. */
#define SANDBOX_DATA_MAX (512UL << 20)

int sandbox_enter(const struct sandbox *s, struct err *err);
int sandbox_seal(struct err *err);
