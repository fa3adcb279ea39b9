/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "logs/reader.h"

/*
 * As log_read(), for the log of the container `id` in the journal. With query->follow it ends after the
 * entry that the writer sends last (logs/journald.c); without that entry, a few seconds after the end
 * of the container.
 */
int journal_log_read(const char *id, const struct log_query *query, struct masu_error *err);
