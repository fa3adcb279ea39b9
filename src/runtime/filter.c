/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/filter.h"

#include "oci/seccomp-profile.h"
#include "storage/paths.h"

/* The cache is optional: without a run-time directory the filter is compiled each time. */
static char *find_cache(void)
{
	_cleanup_paths_ struct paths paths = {0};
	_cleanup_free_ char *notice = NULL;

	return paths_init_run(&paths, &notice, NULL) < 0 ? NULL : paths_run(&paths, "seccomp");
}

int config_filter(const struct oci_spec *spec, bool use_default, const char *cache,
		  struct seccomp_filter *ret, struct masu_error *err)
{
	_cleanup_free_ char *found = NULL;
	int r;

	if (!spec->seccomp && !use_default)
		return 0;
	if (!cache)
		cache = found = find_cache();
	if (!spec->seccomp)
		r = seccomp_default_filter(spec->process->capabilities.bounding, cache, ret, err);
	else if (cache)
		r = seccomp_policy_compile_cached(spec->seccomp, cache, ret, err);
	else
		r = seccomp_policy_compile(spec->seccomp, ret, err);
	return r < 0 ? r : 1;
}
