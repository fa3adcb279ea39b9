/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/archive-names.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/reference.h"

/* More names than any image has. */
#define NAMES_MAX 64

int archive_state_name(char ***names, const char *stated)
{
	_cleanup_reference_ struct reference ref = {0};

	if (!strpbrk(stated, ":/") || strv_length(*names) == NAMES_MAX)
		return 0;
	if (reference_parse(stated, &ref, NULL) < 0 || *ref.digest.hex)
		return 0;
	_cleanup_free_ char *name = reference_to_string(&ref);
	if (!name)
		return -ENOMEM;
	if (streq(name, REFERENCE_HELLO) || strv_contains(*names, name))
		return 0;
	return strv_push(names, name);
}
