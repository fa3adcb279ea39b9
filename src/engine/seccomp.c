/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/seccomp.h"

#include <errno.h>
#include <fcntl.h>

#include "base/json.h"
#include "base/str.h"
#include "oci/seccomp-profile.h"

#define PROFILE_SIZE_MAX (1u << 20)

int seccomp_choose(const char *word, struct oci_spec *spec, struct masu_error *err)
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
