/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Generated from policy/seccomp.json by the build (seccomp-generate.c): its text, and its filter for the default
 * capabilities. The length is 0 in a cross build, which cannot run the generator.
 */

#include <linux/filter.h>
#include <stddef.h>

extern const char seccomp_builtin_profile[];
extern const struct sock_filter seccomp_builtin_filter[];
extern const size_t seccomp_builtin_length;
