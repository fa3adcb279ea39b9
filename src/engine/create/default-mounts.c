/* SPDX-License-Identifier: Apache-2.0 */

/* The mounts that each container has by default (oci/spec-default.c), as the options and the namespaces change them. */

#include "engine/create/default-mounts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "linux/mount.h"

#define SHM_SIZE_DEFAULT (INT64_C(64) << 20)

static int set_options(struct oci_mount *m, const char *options)
{
	char **list = strv_split(options, ",");

	if (!list)
		return -ENOMEM;
	strv_free(m->options);
	m->options = list;
	return 0;
}

int draft_shm(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	int64_t size = o->shm_size ? o->shm_size : SHM_SIZE_DEFAULT;
	struct oci_mount *shm = oci_spec_find_mount(d->spec, "/dev/shm");

	if (size < -1)
		return err_set(err, ERR_INVALID, EINVAL, "invalid size %lld of /dev/shm",
			       (long long)size);
	/* For a tmpfs, 0 means unlimited. */
	_cleanup_free_ char *options = str_printf("nosuid,noexec,nodev,mode=1777,size=%lld",
						  (long long)MAX(size, 0));
	if (!options || (shm && set_options(shm, options) < 0))
		return err_oom(err);
	return 0;
}

int draft_notice_flags(const struct masu_engine *e, const char *source, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (mount_has_recursive_flags())
		return 0;
	text = str_printf("this kernel cannot make the mounts below '%s' read-only, too", source);
	if (!text)
		return err_oom(err);
	engine_notice(e, text);
	return 0;
}

size_t draft_drop_default(struct oci_spec *spec, const char *destination)
{
	struct oci_mount *m = oci_spec_find_mount(spec, destination);

	if (!m)
		return spec->n_mounts;
	free(m->destination);
	free(m->type);
	free(m->source);
	strv_free(m->options);
	size_t after = spec->n_mounts - (size_t)(m - spec->mounts) - 1;
	memmove(m, m + 1, after * sizeof(*m));
	spec->n_mounts--;
	return (size_t)(m - spec->mounts);
}

/* Has the default mount at this place show that of the host. */
static int bind_host(struct oci_spec *spec, const char *place, const char *options)
{
	struct oci_mount *m = oci_spec_find_mount(spec, place);
	char *type = strdup("bind"), *source = strdup(place);

	if (!m || !type || !source) {
		free(type);
		free(source);
		return m ? -ENOMEM : 0;
	}
	free(m->type);
	free(m->source);
	m->type = type;
	m->source = source;
	return set_options(m, options);
}

/* Only the owner of the network namespace can mount a sysfs. In the host's, the host's sysfs is bound. */
static int bind_host_sys(struct oci_spec *spec)
{
	return bind_host(spec, "/sys",
			 mount_has_recursive_flags() ? "rbind,rslave,nosuid,noexec,nodev,rro"
						     : "rbind,rslave,nosuid,noexec,nodev,ro");
}

/* The owner of the IPC namespace alone can mount its message queues; a host may have mounted none. */
static int bind_host_ipc(struct oci_spec *spec)
{
	static const char options[] = "bind,rprivate,nosuid,noexec,nodev";

	if (access("/dev/mqueue", F_OK) < 0)
		(void)draft_drop_default(spec, "/dev/mqueue");
	else if (bind_host(spec, "/dev/mqueue", options) < 0)
		return -ENOMEM;
	return bind_host(spec, "/dev/shm", options);
}

static int adapt_ipc_mounts(struct draft *d)
{
	if (!d->spec->namespaces[OCI_NS_IPC].wanted)
		return bind_host_ipc(d->spec);
	if (draft_has_own_shm(d))
		return 0;
	if (streq(d->record.ipc_mode, "none")) {
		(void)draft_drop_default(d->spec, "/dev/shm");
		return 0;
	}
	/* The start replaces the source by that of the other container (launcher/peers.c). */
	return bind_host(d->spec, "/dev/shm", "bind,rprivate,nosuid,noexec,nodev");
}

/* Without a cgroup namespace the cgroups of others are in sight: they stay read-only. */
static int make_cgroup_writable(struct oci_spec *spec)
{
	struct oci_mount *cgroup = oci_spec_find_mount(spec, "/sys/fs/cgroup");

	if (!cgroup || !spec->namespaces[OCI_NS_CGROUP].wanted)
		return 0;
	return set_options(cgroup, "nosuid,noexec,nodev,relatime");
}

static int make_writable(struct oci_spec *spec)
{
	struct oci_mount *sys = oci_spec_find_mount(spec, "/sys");

	if (sys && set_options(sys, "nosuid,noexec,nodev") < 0)
		return -ENOMEM;
	return make_cgroup_writable(spec);
}

/*
 * The command of an image is enough for this, so it must not lift a limit: the group is writable only where the kernel keeps
 * the limits read-only, and where no other process is in it.
 */
static int open_cgroup_for_systemd(const struct masu_engine *e, struct draft *d,
				   struct masu_error *err)
{
	if (d->record.no_cgroup || !d->spec->namespaces[OCI_NS_CGROUP].wanted)
		return 0;
	if (cgroup_namespaces_confine())
		return make_cgroup_writable(d->spec) < 0 ? err_oom(err) : 0;
	engine_notice(e, "systemd needs a writable cgroup, and this host keeps it read-only: "
			 "mount cgroup v2 with nsdelegate at " CGROUP_ROOT);
	return 0;
}

int draft_default_mounts(const struct masu_engine *e, struct draft *d,
			 const struct masu_create_options *o, struct masu_error *err)
{
	struct oci_mount *pts = oci_spec_find_mount(d->spec, "/dev/pts");

	/* The group is tty. If only one id is mapped, the runtime omits it. */
	if (pts && set_options(pts, "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5") < 0)
		return err_oom(err);
	if (adapt_ipc_mounts(d) < 0)
		return err_oom(err);
	if (o->privileged && make_writable(d->spec) < 0)
		return err_oom(err);
	if (d->is_systemd && !o->privileged) {
		int r = open_cgroup_for_systemd(e, d, err);

		if (r < 0)
			return r;
	}
	if (d->network.backend->shares_host && d->spec->namespaces[OCI_NS_USER].wanted) {
		int r = bind_host_sys(d->spec) < 0 ? err_oom(err)
						   : draft_notice_flags(e, "/sys", err);
		if (r < 0)
			return r;
	}
	return 0;
}
