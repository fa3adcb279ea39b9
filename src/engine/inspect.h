/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Containers and images as JSON, in the shape that users of docker and podman know. */

#include <json-c/json.h>

#include "engine/engine.h"

struct json_build;
struct layout_image;

/* Everything about one image of the store. ENOENT. */
int inspect_image(struct engine *e, const char *what, struct json_object **ret, struct err *err);

/* Adds a time stamp, the year 1 for 0: docker writes "never" so. */
void inspect_put_time(struct json_build *b, struct json_object *o, const char *key, int64_t ns);

/* What `images` shows of an image. */
int inspect_image_summary(const struct layout_image *image, struct json_object **ret,
			  struct err *err);
