/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the headers of older distributions lack. */

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

#ifndef PIDFD_SELF
#define PIDFD_SELF -10000
#endif

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
