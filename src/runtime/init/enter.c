/* SPDX-License-Identifier: Apache-2.0 */

/* The namespaces that init enters after its birth. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>

#include "base/fd.h"
#include "base/str.h"
#include "linux/compat.h"
#include "runtime/init/init.h"
#include "runtime/init/messages.h"

/*
 * The time namespace. Its offsets can only be written while nobody is in it, and clone(2) would put
 * init into it at once: so init makes it for its children, writes the offsets, and then enters it
 * itself like any namespace that is joined. That is before its ids change: the file of the offsets is
 * the launcher's, as is all of /proc/PID of a process that is closed to tracing.
 */
static int add_offset(struct strbuf *b, const char *clock, const struct oci_time_offset *offset)
{
	return offset->wanted ? strbuf_addf(b, "%s %" PRId64 " %" PRIu32 "\n", clock, offset->secs,
					    offset->nanosecs)
			      : 0;
}

/* In one write, as the kernel takes the file. */
static int write_offsets(const struct init *init, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (add_offset(&b, "monotonic", &init->spec->monotonic) < 0 ||
	    add_offset(&b, "boottime", &init->spec->boottime) < 0)
		return err_oom(err);
	if (!b.length)
		return 0;
	_cleanup_close_ int fd = init_open_proc(init, "self/timens_offsets", O_WRONLY);
	int r = fd < 0 ? fd : write(fd, b.text, b.length) < 0 ? -errno : 0;
	return r < 0 ? err_sys(err, r, "linux.timeOffsets") : 0;
}

int init_time(struct init *init, struct masu_error *err)
{
	const struct oci_namespace *ns = &init->spec->namespaces[OCI_NS_TIME];

	if (!ns->wanted || ns->path)
		return 0;
	if (unshare(CLONE_NEWTIME) < 0) {
		int code = errno;

		(void)err_sys(err, code, "linux.namespaces: make a time namespace");
		return code == EINVAL ? err_hint(err, "this kernel has none (CONFIG_TIME_NS)")
				      : -code;
	}
	int r = write_offsets(init, err);
	if (r < 0)
		return r;
	/* A magic link, which init_open_proc() refuses; but procfs is the host's, and checked to be. */
	_cleanup_close_ int fd = openat(init->host.proc_fd, "self/ns/time_for_children",
					O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWTIME) < 0)
		return err_sys(err, errno, "linux.namespaces: enter the time namespace");
	return 0;
}

/*
 * The network namespace and the cgroup that the launcher makes while init mounts. A sysfs shows the network
 * namespace of the process that mounts it, and a cgroup namespace has as its root the group of its maker: so
 * each is entered before the first mount that depends on it, and no earlier.
 */
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
		return err_sys(err, errno, "create a cgroup namespace");
	return 0;
}
