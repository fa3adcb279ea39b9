/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/resource.h>

#include "base/path.h"
#include "base/strv.h"
#include "oci/spec.h"

static const struct {
	const char *destination, *type, *source, *options;
} mounts[] = {
	{"/proc", "proc", "proc", "nosuid,noexec,nodev"},
	{"/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"},
	{"/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"},
	{"/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k"},
	{"/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"},
	{"/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro"},
	{"/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro"},
};

/* Group 5 (tty) is not mapped where one id is all there is. */
static const char rootless_devpts[] = "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620";

/*
 * Files that expose the host's memory, keys, timers and hardware to the container, or allow measurements: kernel
 * addresses, power and temperature side channels.
 */
static const char *const masked[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
	"/sys/fs/selinux",
};
#define MASKED_PER_CPU "/sys/devices/system/cpu/cpu*/thermal_throttle"

static const char *const readonly[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* maskedPaths knows no patterns, so the CPUs of this machine are named one by one. */
static int add_masked_per_cpu(struct oci_spec *spec)
{
	glob_t found;
	int n = 0;

	if (glob(MASKED_PER_CPU, GLOB_NOSORT, NULL, &found) != 0)
		return 0; /* a machine without them */
	for (size_t i = 0; n >= 0 && i < found.gl_pathc; i++)
		n = strv_push(&spec->masked_paths, found.gl_pathv[i]);
	globfree(&found);
	return n;
}

static int add_paths(struct oci_spec *spec)
{
	int n = 0;

	for (size_t i = 0; n >= 0 && i < ARRAY_SIZE(masked); i++)
		n = strv_push(&spec->masked_paths, masked[i]);
	if (n < 0)
		return n;
	n = add_masked_per_cpu(spec);
	for (size_t i = 0; n >= 0 && i < ARRAY_SIZE(readonly); i++)
		n = strv_push(&spec->readonly_paths, readonly[i]);
	return n;
}

static int add_process(struct oci_spec *spec)
{
	struct oci_process *p = calloc(1, sizeof(*p));

	spec->process = p;
	if (!p)
		return -ENOMEM;
	p->terminal = true;
	p->no_new_privileges = true;
	p->has_capabilities = true;
	/* Inheritable and ambient stay empty: they would outlive a change of user. */
	p->capabilities = (struct caps_sets){
		.bounding = caps_default, .effective = caps_default, .permitted = caps_default};
	p->cwd = strdup("/");
	if (!p->cwd || strv_push(&p->args, "sh") < 0 ||
	    strv_push(&p->env, "PATH=" SEARCH_PATH_DEFAULT) < 0 ||
	    strv_push(&p->env, "TERM=xterm") < 0)
		return -ENOMEM;
	return oci_process_add_rlimit(
		p, (struct rlimit_setting){.resource = RLIMIT_NOFILE, .soft = 1024, .hard = 1024});
}

static int add_mounts(struct oci_spec *spec, bool rootless)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		const char *options = mounts[i].options;

		if (rootless && strcmp(mounts[i].type, "devpts") == 0)
			options = rootless_devpts;
		if (!oci_spec_add_mount(spec, mounts[i].destination, mounts[i].type,
					mounts[i].source, options))
			return -ENOMEM;
	}
	return 0;
}

static int add_namespaces(struct oci_spec *spec, bool rootless)
{
	static const enum oci_namespace_type types[] = {OCI_NS_PID, OCI_NS_NETWORK, OCI_NS_IPC,
							OCI_NS_UTS, OCI_NS_MOUNT,   OCI_NS_CGROUP};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		spec->namespaces[types[i]].wanted = true;
	if (!rootless)
		return 0;
	spec->namespaces[OCI_NS_USER].wanted = true;
	int n = oci_id_map_add(&spec->uid_mappings, &spec->n_uid_mappings,
			       (struct oci_id_map){.host_id = geteuid(), .size = 1});

	if (n < 0)
		return n;
	return oci_id_map_add(&spec->gid_mappings, &spec->n_gid_mappings,
			      (struct oci_id_map){.host_id = getegid(), .size = 1});
}

/* Which devices may be opened. Without root the kernel doesn't let anyone set that. */
static int add_device_rules(struct oci_spec *spec)
{
	struct oci_device_rule *rule = calloc(1, sizeof(*rule));

	if (!rule)
		return -ENOMEM;
	*rule = (struct oci_device_rule){
		.type = 'a', .major = OCI_DEVICE_ANY, .minor = OCI_DEVICE_ANY, .access = "rwm"};
	spec->resources.devices = rule;
	spec->resources.n_devices = 1;
	return 0;
}

int oci_spec_default(bool rootless, struct oci_spec **ret, struct masu_error *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = calloc(1, sizeof(*spec));
	int n = -ENOMEM;

	if (spec) {
		spec->version = strdup(OCI_VERSION);
		spec->hostname = strdup("masu");
		spec->root = (struct oci_root){.path = strdup("rootfs"), .readonly = true};
		n = spec->version && spec->hostname && spec->root.path ? 0 : -ENOMEM;
	}
	if (n >= 0)
		n = add_process(spec);
	if (n >= 0)
		n = add_mounts(spec, rootless);
	if (n >= 0)
		n = add_namespaces(spec, rootless);
	if (n >= 0)
		n = add_paths(spec);
	if (n >= 0 && !rootless)
		n = add_device_rules(spec);
	if (n < 0)
		return err_sys(err, n, "create the default spec");
	*ret = TAKE_PTR(spec);
	return 0;
}
