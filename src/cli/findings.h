/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/list.h"
#include "masu.h"

/* Prints findings as text, or as --format says. */
int findings_print(const masu_finding_list *list, const struct list_options *o,
		   struct masu_error *err);
