/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Parsers of options (cli/options.h) for the limits of a container. 0 is the library's word for "not given". */

#include "base/err.h"

/* A size in bytes, like 256M, into an int64_t. */
int limit_parse_any_size(const char *text, void *field, struct masu_error *err);
int limit_parse_size(const char *text, void *field, struct masu_error *err);	     /* not 0 */
int limit_parse_size_or_none(const char *text, void *field, struct masu_error *err); /* or -1 */

/* A number of processors, like 0.5, as billionths into an int64_t. */
int limit_parse_cpus(const char *text, void *field, struct masu_error *err);
int limit_parse_cpus_or_none(const char *text, void *field, struct masu_error *err); /* or -1 */

/* Numbers: of processes into an int64_t, 0 and -1 for no limit; CPU shares into a uint64_t. */
int limit_parse_pids(const char *text, void *field, struct masu_error *err);
int limit_parse_shares(const char *text, void *field, struct masu_error *err);
int limit_parse_weight(const char *text, void *field, struct masu_error *err); /* uint16_t */

/* Microseconds: a period into a uint64_t, a quota, or -1 for none, into an int64_t. */
int limit_parse_period(const char *text, void *field, struct masu_error *err);
int limit_parse_quota(const char *text, void *field, struct masu_error *err);
