/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The findings of masu doctor, as masu.h returns them. */

#include "base/err.h"
#include "masu.h"

#define _cleanup_masu_finding_list_ _cleanup_(masu_finding_list_freep)

/* NULL when out of memory. */
masu_finding_list *findings_new(void);

/* Adds a copy. A NULL object or message, and lack of memory, fail the list, which findings_finish() reports. */
void findings_add(masu_finding_list *list, const struct masu_finding *finding);

/* Gives a complete list to the caller of the library, with errors before the rest. */
int findings_finish(masu_finding_list **list, masu_finding_list **ret, struct masu_error *err);
