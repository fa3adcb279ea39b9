/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>

#include "base/json.h"
#include "linux/caps.h"
#include "oci/seccomp-default.h"
#include "oci/seccomp-profile.h"

#define PROFILE_SIZE_MAX (1u << 20)

/* The built-in filter as the caller's own copy. */
static int take_builtin(struct seccomp_filter *ret, struct masu_error *err)
{
	size_t bytes = seccomp_builtin_length * sizeof(struct sock_filter);
	struct sock_filter *copy = malloc(bytes);

	if (!copy)
		return err_oom(err);
	memcpy(copy, seccomp_builtin_filter, bytes);
	*ret = (struct seccomp_filter){.instructions = copy,
				       .length = (unsigned short)seccomp_builtin_length};
	return 0;
}

int seccomp_default_filter(uint64_t caps, const char *cache_dir, struct seccomp_filter *ret,
			   struct masu_error *err)
{
	_cleanup_seccomp_policy_ struct seccomp_policy *policy = NULL;
	_cleanup_json_ struct json_object *profile = NULL;
	bool replaced;
	const char *path = seccomp_default_path(&replaced);
	int r;

	if (!replaced && caps == caps_default && seccomp_builtin_length > 0)
		return take_builtin(ret, err);
	if (replaced)
		r = json_read_file(AT_FDCWD, path, PROFILE_SIZE_MAX, &profile, err);
	else
		r = json_parse(seccomp_builtin_profile, strlen(seccomp_builtin_profile),
			       "the built-in seccomp profile", &profile, err);
	if (r >= 0)
		r = seccomp_profile_policy(profile, caps, &policy, err);
	if (r < 0) {
		(void)err_prefix(err, "seccomp profile%s%s", replaced ? " " : "",
				 replaced ? path : "");
		return r;
	}
	return seccomp_policy_compile_cached(policy, cache_dir, ret, err);
}
