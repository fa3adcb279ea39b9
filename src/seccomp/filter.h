/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * System call filters: a policy (OCI's linux.seccomp as a struct), its compilation into BPF by
 * libseccomp, a cache of compiled filters, and their installation.
 *
 * libseccomp is opened only when something has to be compiled; an ordinary start finds its filter
 * in the cache, or built into masu (oci/seccomp-default.h).
 */

/* Not "seccomp.h", nor seccomp_load() and the like: those names are the kernel's and libseccomp's. */
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/word.h"

struct seccomp_arg {
	unsigned int index; /* 0 to 5 */
	unsigned int op;    /* SCMP_CMP_* */
	uint64_t value;
	uint64_t value_two; /* with SCMP_CMP_MASKED_EQ: value is the mask, this what remains */
};

struct seccomp_rule {
	char **names;	 /* of system calls */
	uint32_t action; /* SCMP_ACT_*; for ERRNO and TRACE without its data */
	bool has_errno;
	uint32_t errno_ret;
	struct seccomp_arg *args; /* all must hold */
	size_t n_args;
};

struct seccomp_policy {
	uint32_t default_action;
	bool has_default_errno;
	uint32_t default_errno;
	uint32_t *arches; /* SCMP_ARCH_*; the native one is always filtered too */
	size_t n_arches;
	uint32_t flags;	   /* SECCOMP_FILTER_FLAG_* */
	bool fail_unknown; /* an unknown system call is an error */
	char *listener_path;
	char *listener_metadata;
	struct seccomp_rule *rules;
	size_t n_rules;
};

void seccomp_policy_free(struct seccomp_policy *p);
DEFINE_FREEP(seccomp_policy)
#define _cleanup_seccomp_policy_ _cleanup_(seccomp_policy_freep)

/* The names of the OCI document. */
extern const struct word seccomp_actions[], seccomp_arches[], seccomp_operators[], seccomp_flags[];

/* Does the action return an errno? The others may not be given one. */
bool seccomp_action_has_errno(uint32_t action);

/* Does this kernel know the SECCOMP_FILTER_FLAG_*? */
bool seccomp_flag_is_supported(uint32_t flag);

/* A compiled filter. */
struct seccomp_filter {
	struct sock_filter *instructions;
	unsigned short length;
	uint32_t flags;
};
void seccomp_filter_done(struct seccomp_filter *f);
#define _cleanup_seccomp_filter_ _cleanup_(seccomp_filter_done)

/*
 * Compiles a policy. Names of system calls that neither libseccomp nor masu knows are passed over,
 * since the kernel that has them came later than the policy's reader: they get the default action.
 * With `fail_unknown` they are an error. ERR_UNSUPPORTED without libseccomp.
 */
int seccomp_policy_compile(const struct seccomp_policy *p, struct seccomp_filter *ret,
			   struct masu_error *err);

/*
 * The same by way of the cache in the directory `cache_dir` (made with mode 0700). A cached filter is
 * used only when it is the caller's own and its header repeats the whole policy, libseccomp's
 * version and the architecture; a defect of any kind means compiling again, never an error.
 */
int seccomp_policy_compile_cached(const struct seccomp_policy *p, const char *cache_dir,
				  struct seccomp_filter *ret, struct masu_error *err);

/* Does it ask a listener (SCMP_ACT_NOTIFY)? */
bool seccomp_filter_notifies(const struct seccomp_filter *f);

/*
 * Installs a filter in the calling process, for good. Needs no_new_privs or CAP_SYS_ADMIN. 0, the
 * descriptor of its listener when it notifies, or -errno: the caller is a container's init, which
 * has its own way to report.
 */
int seccomp_filter_install(const struct seccomp_filter *f);
