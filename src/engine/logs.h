/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The logs of containers. */

#include "engine/engine.h"
#include "logs/reader.h"

/*
 * log_read() of a container's log; with query->follow until the container ends (has_ended is set
 * here). ENOENT when there is no such container, or it has no log.
 */
int engine_logs(struct engine *e, const char *what, const struct log_query *query, struct err *err);
