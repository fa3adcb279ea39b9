/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Parts of a registry's answers, by the OCI distribution specification. The registry is not trusted. */

#include <stdint.h>

#include "base/str.h"

/*
 * The first error of a body {"errors": [{"code", "message"}]}: "CODE: message", in at most 300 bytes and without control
 * characters, which the caller frees. NULL for another document, or when out of memory.
 */
char *answer_reason(const struct strbuf *body);

/*
 * The number of bytes that an upload has by the value of its Range header, "0-LAST" with or without "bytes=" in front. A
 * registry that has none sends "0-0", which stands for 0 here. EBADMSG, also for NULL.
 */
int answer_range(const char *range, uint64_t *ret);
