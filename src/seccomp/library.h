/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * libseccomp, opened when a filter has to be compiled. Each member has the name and the type of the
 * function that it points to.
 */

#include <seccomp.h>
#include <stdbool.h>

#include "base/err.h"

#define SECCOMP_LIBRARY_SYMBOLS(X)           \
	X(seccomp_api_set)                   \
	X(seccomp_arch_add)                  \
	X(seccomp_arch_native)               \
	X(seccomp_attr_set)                  \
	X(seccomp_export_bpf)                \
	X(seccomp_init)                      \
	X(seccomp_release)                   \
	X(seccomp_rule_add_array)            \
	X(seccomp_syscall_resolve_name_arch) \
	X(seccomp_version)

struct seccomp_library {
	void *handle;
#define MEMBER(name) __typeof__(name) *name;
	SECCOMP_LIBRARY_SYMBOLS(MEMBER)
#undef MEMBER
};

/* ERR_UNSUPPORTED names the library and its packages. */
int seccomp_library_open(struct seccomp_library *ret, struct masu_error *err);
void seccomp_library_done(struct seccomp_library *l);

/*
 * Text that changes when another libseccomp is installed: the path of the one that was opened and
 * what stat(2) says of it. seccomp_library_is_same() compares without opening the library.
 */
char *seccomp_library_identity(const struct seccomp_library *l); /* NULL: no memory, or no file */
bool seccomp_library_is_same(const char *identity);
