/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/seccomp.h"

#include <errno.h>
#include <fcntl.h>

#include "base/json.h"
#include "base/str.h"
#include "engine/engine.h"
#include "oci/seccomp-profile.h"

#define PROFILE_SIZE_MAX (1u << 20)

int seccomp_choose(const char *word, struct oci_spec *spec, struct err *err)
{
	_cleanup_json_ struct json_object *profile = NULL;
	int r;

	if (streq(word, SECCOMP_DEFAULT) || streq(word, SECCOMP_UNCONFINED))
		return 0;
	r = json_read_file(AT_FDCWD, word, PROFILE_SIZE_MAX, &profile, err);
	if (r == 0)
		r = seccomp_profile_policy(profile, spec->process->capabilities.bounding,
					   &spec->seccomp, err);
	return r < 0 ? err_prefix(err, "seccomp profile '%s'", word) : 0;
}

int seccomp_filter_for(const struct engine *e, const char *word, const struct oci_spec *spec,
		       struct seccomp_filter *ret, bool *ret_any, struct err *err)
{
	_cleanup_free_ char *cache = paths_run(&e->paths, "seccomp");

	*ret_any = !word || !streq(word, SECCOMP_UNCONFINED);
	if (!cache)
		return err_sys(err, ENOMEM, "load the system call filter");
	if (!*ret_any)
		return 0;
	if (spec->seccomp)
		return seccomp_policy_compile_cached(spec->seccomp, cache, ret, err);
	return seccomp_default_filter(spec->process->capabilities.bounding, cache, ret, err);
}
