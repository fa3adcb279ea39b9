/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* YAML documents as JSON, for files that a specification allows in both forms (CDI). */

#include <stddef.h>

#include "base/err.h"

struct json_object;

/*
 * Reads one YAML document. Plain scalars are those of the core schema of YAML 1.2 (section 10.3), and 0666 is octal, as in
 * YAML 1.1. ERR_INVALID with the line for malformed text, a second document, a mapping key that is not a scalar or is
 * there twice, a merge key, a number that JSON lacks, more than 64 levels, and aliases that expand to more than 131072
 * nodes. *ret is NULL for an empty document.
 */
int yaml_to_json(const char *text, size_t size, struct json_object **ret, struct masu_error *err);
