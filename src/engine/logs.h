/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The logs of containers. */

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "logs/reader.h"

struct logs_query {
	bool follow;	  /* go on until the container ends */
	int64_t tail;	  /* the last so many lines; -1: all */
	int64_t since_ns; /* 0: from the beginning */
};

/* Calls `fn` for each entry. Its -errno ends it and is returned. */
int engine_logs(struct engine *e, const char *what, const struct logs_query *query,
		int (*fn)(const struct log_entry *entry, void *arg), void *arg, struct err *err);
