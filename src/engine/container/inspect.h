/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Containers, images and the host as JSON, in the shape that users of docker and podman know. */

#include <stdint.h>

#include "base/err.h"
#include "base/json-build.h"

/* Adds a time stamp, the year 1 for 0: docker writes "never" so. */
void inspect_put_time(struct json_build *b, struct json_object *o, const char *key, int64_t ns);

/* Returns the text of a finished document. */
int inspect_finish(const struct json_build *b, struct json_object *doc, char **ret,
		   struct masu_error *err);
