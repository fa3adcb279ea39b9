/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Seccomp profiles as Docker, Podman and masu's own policy/seccomp.json write them: the OCI
 * document with conditions on each rule ("includes", "excludes": capabilities, architectures, the
 * kernel's version), which are decided here.
 */

#include <json-c/json.h>

#include "seccomp/filter.h"

/*
 * The policy for a container with these capabilities (of its bounding set), on this machine.
 * ERR_INVALID names the place in the profile.
 */
int seccomp_profile_policy(struct json_object *profile, uint64_t caps, struct seccomp_policy **ret,
			   struct masu_error *err);

/*
 * The filter of the default profile for a container with these capabilities: /etc/masu/seccomp.json
 * where it exists, else the profile built into masu, which `make install` also places beside the
 * other data as the text to start from. For the default capabilities it is compiled at build time;
 * for others it is compiled and kept in `cache_dir` (see seccomp_policy_compile_cached()).
 */
int seccomp_default_filter(uint64_t caps, const char *cache_dir, struct seccomp_filter *ret,
			   struct masu_error *err);

/* The file that replaces the built-in profile, and whether it exists: for `masu info`. */
const char *seccomp_default_path(bool *ret_exists);
