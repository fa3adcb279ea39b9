/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether a container belongs to a list: the filters of struct masu_list_options, with their names resolved. */

#include <regex.h>

#include "base/port-mapping.h"
#include "engine/container/container.h"

struct list_filter {
	struct masu_list_options o;  /* borrowed */
	int64_t before_ns, since_ns; /* 0: any time */
	regex_t *names;
	size_t n_names;
	struct ancestor *ancestors;
	size_t n_ancestors;
	struct port_mapping *ports; /* of `exposed`, then of `published` */
	size_t n_exposed, n_ports;
};
void list_filter_done(struct list_filter *f);
#define _cleanup_list_filter_ _cleanup_(list_filter_done)

/* ERR_INVALID, ERR_NOT_FOUND as masu_container_list_read() has them. */
int list_filter_init(struct list_filter *f, struct masu_engine *e,
		     const struct masu_list_options *options, struct masu_error *err);

/* Of the record alone, without a look at the state. */
bool list_filter_takes_record(const struct list_filter *f, const struct record *r);

/* Of the record and the container's directory. */
bool list_filter_takes_policy(const struct list_filter *f, const struct record *r,
			      int container_dir);

bool list_filter_takes_state(const struct list_filter *f, const struct state *s,
			     enum masu_health health);
