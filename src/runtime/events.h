/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Statistics and memory events of a container, as documents in runc's words:
 * {"type":"stats"|"oom"|"memory-pressure", "id":ID, "data":...}.
 */

#include <json-c/json.h>

#include "runtime/instance.h"

/* The statistics of this moment. ERR_CONFLICT if the container isn't running. */
int instance_stats(const struct instance *c, struct json_object **ret, struct masu_error *err);

/*
 * Calls `emit` with the statistics every `interval_ms` milliseconds and with other events when the kernel
 * reports them, until the container ends or `emit` returns an error.
 */
int instance_events(const struct instance *c, int64_t interval_ms,
		    int (*emit)(void *arg, struct json_object *event, struct masu_error *err),
		    void *arg, struct masu_error *err);
