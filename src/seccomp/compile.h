/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of compiling a policy, for compile.c, prefix.c and the cache. */

#include "seccomp/filter.h"
#include "seccomp/library.h"

/* A system call that libseccomp does not know, and its action. */
struct seccomp_newer {
	uint32_t number;
	uint32_t action;
	bool native_only; /* its number means something else on the other architectures */
};

/* The decisions before libseccomp's program: see prefix.c. */
struct seccomp_prefix {
	const uint32_t *arches;
	size_t n_arches;
	struct seccomp_newer *newer;
	size_t n_newer;
	uint32_t highest; /* number of a system call that the policy names; 0: no end is known */
};

/*
 * The number of a system call that is too new for libseccomp. 0, or -ENOENT. *ret_native_only as in
 * struct seccomp_newer.
 */
int seccomp_newer_number(const char *name, uint32_t native, uint32_t *ret, bool *ret_native_only);

/* Writes the prefix's instructions; returns their count, at most `room`, or -E2BIG. */
int seccomp_prefix_emit(const struct seccomp_prefix *p, struct sock_filter *to, size_t room);

/* Compiles with a library that is open. */
int seccomp_policy_compile_with(const struct seccomp_library *l, const struct seccomp_policy *p,
				struct seccomp_filter *ret, struct masu_error *err);
