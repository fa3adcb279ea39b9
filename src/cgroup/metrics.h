/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * All numbers of a container, as the JSON that runc's `events` prints, which engines and collectors read
 * (libcontainer's types.Stats). Numbers that a host does not have are omitted.
 */

#include <json-c/json.h>

#include "base/err.h"
#include "cgroup/cgroup.h"

int cgroup_metrics(const struct cgroup *cg, struct json_object **ret, struct masu_error *err);
