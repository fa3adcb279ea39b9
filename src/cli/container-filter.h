/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --filter of commands that take all containers for which something holds. */

#include "cli/filter.h"
#include "masu.h"

/* Of a struct masu_list_options. */
extern const struct filter_row container_filters[];

/* Frees what the rows have allocated. */
void container_filter_done(struct masu_list_options *filter);
