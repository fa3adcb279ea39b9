/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/*
 * In the second run the clone is still open, as to close it has the kernel wait for all processors.
 * self_keep(), for the beginning of main(), makes it close-on-exec; self_release() closes it, while the
 * caller waits anyway. Both do nothing without such a descriptor.
 */
void self_keep(void);
void self_release(void);

/*
 * Makes sure that no container can write to the program that enters it by way of
 * /proc/PID/exe (CVE-2019-5736): to be called first thing by a command that starts or enters a
 * container, while nothing is open yet.
 *
 * Where the program's file is root's and the caller is not, nothing need be done: to the container
 * it belongs to nobody. Otherwise the program is executed again, with the same arguments, from a
 * read-only clone of its mount (privileged callers) or a sealed copy in memory (others), and this
 * returns 0 in that run.
 *
 * Root's program, and what it clones, is closed to tracing, too. ERR_UNSUPPORTED or what the system
 * calls said.
 */
int self_protect(char *const *argv, struct masu_error *err);
