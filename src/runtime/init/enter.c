/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The network namespace and the cgroup that the launcher makes while init mounts. A sysfs shows the network
 * namespace of the process that mounts it, and a cgroup namespace has as its root the group of its maker: so
 * each is entered before the first mount that depends on it, and no earlier.
 */

#include <errno.h>
#include <sched.h>

#include "base/fd.h"
#include "runtime/init/messages.h"

int init_enter_network(struct init *init, struct masu_error *err)
{
	struct init_news *news = &init->news;

	if (init->birth->network)
		return 0;
	if (news->network_fd < 0) {
		int r = init_wait_for(init, INIT_NETWORK, "the network namespace was made", err);
		if (r < 0)
			return r;
	}
	if (setns(news->network_fd, CLONE_NEWNET) < 0)
		return err_sys(err, errno, "enter the network namespace");
	fd_close(&news->network_fd);
	return 0;
}

int init_enter_cgroup(struct init *init, struct masu_error *err)
{
	const struct oci_namespace *ns = &init->spec->namespaces[OCI_NS_CGROUP];

	if (init->birth->cgroup < 0 && !init->news.cgroup_ready) {
		int r = init_wait_for(init, INIT_CGROUP_READY, "the cgroup was ready", err);
		if (r < 0)
			return r;
	}
	if (oci_namespace_is_new(ns) && unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(err, errno, "make a cgroup namespace");
	return 0;
}
