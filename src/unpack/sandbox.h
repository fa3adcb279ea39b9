/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a process that reads what strangers send gives up, for good and for all its threads.
 *
 * | stage             | before            | must                                     | must not        |
 * |-------------------|-------------------|------------------------------------------|-----------------|
 * | sandbox_enter()   | one thread        | only `root` is left of the file system,  | read any input  |
 * |                   |                   | only `keep` of the descriptors, only the |                 |
 * |                   |                   | capabilities that making files needs,    |                 |
 * |                   |                   | nothing of the environment               |                 |
 * | sandbox_seal()    | entered           | allow the listed system calls alone      | start processes |
 * | sandbox_fetcher() | nothing was       | no way to more privileges, to another's  | need a mapped   |
 * |                   | received yet      | files, to services of this machine, or   | user namespace  |
 * |                   |                   | for others into this process             |                 |
 * | sandbox_resolver()| the same          | the same but for services, and only      | the same        |
 * |                   |                   | `keep` of the descriptors                |                 |
 *
 * The first two are of unpackers, whose network was taken away by the namespace that they were made
 * in; the others are of the process that talks to a registry and of the one that looks names up for it
 * (transfer/broker.h). The services of this machine are those behind Unix sockets: systemd and D-Bus would start any
 * program outside. TCP and UDP stay open, also to loopback, where a registry may be.
 *
 * Landlock and seccomp are left out on kernels that don't have them; anything else that fails is
 * an error.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct sandbox {
	int root;	 /* a directory; becomes "/" and the working directory */
	const int *keep; /* descriptors above stderr that stay open, `root` included */
	size_t n_keep;
	bool fills_root; /* makes files of all owners there; else it touches no file at all */
};

/* For memory beyond what is in use now: the largest zstd window, and room for long headers. */
#define SANDBOX_DATA_MAX (512UL << 20)

/* Closes all descriptors above stderr but these. 0 or -errno. */
int sandbox_keep_descriptors(const int *kept, size_t n);

int sandbox_enter(const struct sandbox *s, struct masu_error *err);
int sandbox_seal(struct masu_error *err);

/* Wipes all variables but those named in `keep`, which ends in NULL, out of memory. */
void sandbox_forget_environment(const char *const *keep);

/* Drops all capabilities but these, as far as it has them. */
int sandbox_keep_capabilities(const unsigned int *kept, size_t n, struct masu_error *err);

/*
 * For this process and all that it makes: no Unix socket but pairs that stay connected, none of other families
 * that aren't the internet's, and no call that would make sockets or read processes past this filter. 0 also
 * where the kernel has no filters.
 */
int sandbox_deny_local_services(struct masu_error *err);
