/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Capabilities as bit masks: their names, the engine's choice of them, and how the container's init
 * takes on the five sets.
 *
 * Order in the init, which caps_apply_bounding() and caps_apply_user() keep to:
 *   1. caps_apply_bounding(): needs CAP_SETPCAP, so before the user changes;
 *   2. caps_apply_user(): groups, gid, uid, with the permitted set kept over the change, but not in
 *      effect: files are opened as the user from here on;
 *   3. without no_new_privs, caps_raise() and then the seccomp filter, which needs CAP_SYS_ADMIN;
 *   4. caps_apply(): permitted, effective and inheritable in one capset(2), then ambient.
 * execve(2) then computes what the program gets: uid 0 gets the bounding set, another uid only the
 * ambient set. So a user other than root keeps nothing that the ambient set doesn't say.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct caps_sets {
	uint64_t bounding;
	uint64_t effective;
	uint64_t inheritable;
	uint64_t permitted;
	uint64_t ambient;
};

#define CAPS_BIT(number) (UINT64_C(1) << (number))

/* The default of a container: Podman's eleven. */
extern const uint64_t caps_default;

/* Those of this kernel: cap_get_bound(3) knows them. */
uint64_t caps_of_kernel(void);

/* Writes the name of a number, as "CAP_CHOWN". 0; -ENOENT if it has none, -ENOMEM. */
#define CAPS_NAME_MAX 64
int caps_name(unsigned int number, char ret[CAPS_NAME_MAX]);

/* The number of "CAP_CHOWN", "chown" or the like: any case, prefix optional. -EINVAL. */
int caps_number(const char *name);

/*
 * The engine's --cap-add and --cap-drop on top of `base`, as Docker and Podman read them: "ALL" in
 * a list stands for every capability of this kernel and is taken first, then the names. So "add
 * ALL, drop NET_RAW" leaves all but that one. A name in both lists is an error, as is an unknown
 * one (EINVAL).
 */
int caps_resolve(uint64_t base, char *const *add, char *const *drop, uint64_t *ret,
		 struct masu_error *err);

/*
 * Takes everything that isn't in `sets->bounding` out of the bounding set, also what only a kernel
 * newer than masu knows. Capabilities unknown to the kernel are passed over.
 */
int caps_apply_bounding(const struct caps_sets *sets, struct masu_error *err);

/*
 * Sets the supplementary groups, which include `gid` itself, then gid and uid, keeping the
 * permitted set for caps_apply(). `set_groups` is false where setgroups(2) is denied (a user
 * namespace with one mapped id); groups that were asked for are then an error.
 */
int caps_apply_user(uid_t uid, gid_t gid, const gid_t *groups, size_t n_groups, bool set_groups,
		    struct masu_error *err);

/* Has this process it in effect? */
bool caps_has_effective(unsigned int number);

/* Puts all that is permitted into effect again. */
int caps_raise(struct masu_error *err);

/*
 * Puts the other four sets in force. A capability that the process does not have is left out, as the OCI specification
 * demands; the result never exceeds the given sets.
 */
int caps_apply(const struct caps_sets *sets, struct masu_error *err);
