/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The ports that a container exposes, of its record: exposed ones that are not published, and the published ones. */

#include "base/json-build.h"
#include "base/port-mapping.h"
#include "engine/container/record.h"

/* Does it expose, or publish, a port of `m`? */
bool exposed_has(const struct record *record, const struct port_mapping *m);
bool exposed_publishes(const struct record *record, const struct port_mapping *m);

/* A range of more ports has one key, "1-65535/tcp". */
#define EXPOSED_SINGLE_MAX 1024

/*
 * Adds a key "80/tcp" to the object for each exposed port that it lacks: an empty object, as the config of an image has it,
 * or null, as docker shows a port that is not published.
 */
void exposed_put(struct json_build *b, struct json_object *o, const struct record *record,
		 bool null);
