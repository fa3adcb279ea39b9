/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/metrics.h"

#include <errno.h>

#include "base/json.h"
#include "cgroup/metrics-writer.h"
#include "cgroup/ops.h"

int cgroup_metrics(const struct cgroup *cg, struct json_object **ret, struct masu_error *err)
{
	struct metrics m = {0};

	if (cg->ops->holder(cg) < 0)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "the container has no cgroup of its own, so nothing is counted");
	m.data = json_object_new_object();
	cg->ops->metrics(cg, &m);
	if (m.build.failed) {
		json_putp(&m.data);
		return err_sys(err, ENOMEM, "read the statistics of '%s'", cg->path);
	}
	*ret = m.data;
	return 0;
}
