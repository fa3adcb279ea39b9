/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Enters the namespaces of a process, by its pidfd (or its directory of /proc, base/pidfd.h). `flags` are CLONE_NEW*. A
 * caller in the user namespace of the process remains there: it cannot enter it again. 0 or -errno; -ESRCH after the
 * end of the process. The caller needs the right to trace it.
 */
int namespaces_enter(int pidfd, int flags);
