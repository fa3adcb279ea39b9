/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lists of words as JSON arrays, as podman and Dockerfiles take them. */

#include <json-c/json.h>

/* The strings of an array, as a string vector that the caller frees; never NULL. -EINVAL for other values, -ENOMEM. */
int words_from_json(struct json_object *array, char ***ret);
