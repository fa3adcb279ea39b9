/* SPDX-License-Identifier: Apache-2.0 */

/* The features of this host that containers need, to find out why one does not run; and those of this build. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "base/json.h"
#include "base/path.h"
#include "base/proc.h"
#include "cgroup/detect.h"
#include "cli/print.h"
#include "linux/idmap.h"
#include "linux/label.h"
#include "oci-cli/oci-cli.h"
#include "oci/spec.h"
#include "runtime/features.h"
#include "seccomp/filter.h"

static void print_line(const char *name, const char *value)
{
	(void)printf("%-16s %s\n", name, value);
}

static void print_cgroup(void)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int root = cgroup_open_root();
	unsigned int controllers = 0;

	print_line("cgroup", cgroup_layout_name(cgroup_layout()));
	if (cgroup_path_of(0, &path) == 0)
		print_line("own group", path);
	_cleanup_close_ int own = root < 0 || !path ? -1 : path_open_in(root, path, O_RDONLY, 0, 0);
	if (own < 0 || cgroup_controllers(own, &controllers) < 0)
		return;
	(void)printf("%-16s", "controllers");
	for (enum cgroup_controller c = 0; c < CGROUP_CONTROLLER_MAX; c++)
		if (controllers & 1U << c)
			(void)printf(" %s", cgroup_controller_name(c));
	(void)putchar('\n');
}

/* The kernel shows a file for each type of namespace that it has. */
static void print_namespaces(void)
{
	static const char *const files[] = {
		[OCI_NS_PID] = "pid",	    [OCI_NS_NETWORK] = "net", [OCI_NS_MOUNT] = "mnt",
		[OCI_NS_IPC] = "ipc",	    [OCI_NS_UTS] = "uts",     [OCI_NS_USER] = "user",
		[OCI_NS_CGROUP] = "cgroup", [OCI_NS_TIME] = "time",
	};

	(void)printf("%-16s", "namespaces");
	for (enum oci_namespace_type type = 0; type < OCI_NS_MAX; type++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", files[type]);
		(void)printf(" %s%s", access(path, F_OK) == 0 ? "" : "no-",
			     oci_namespace_name(type));
	}
	(void)putchar('\n');
}

static void print_flags(void)
{
	(void)printf("%-16s", "seccomp flags");
	for (const struct word *w = seccomp_flags; w->name; w++)
		if (seccomp_flag_is_supported(w->number))
			(void)printf(" %s", w->name + sizeof("SECCOMP_FILTER_FLAG_") - 1);
	(void)putchar('\n');
}

static void print_helpers(void)
{
	static const char *const helpers[] = {"newuidmap", "newgidmap", "criu"};

	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
		_cleanup_free_ char *path = proc_find_helper(helpers[i]);

		print_line(helpers[i], path ? path : "not found");
	}
}

static int info_run(const void *values, char **operands, struct masu_error *err)
{
	struct utsname u;

	if (uname(&u) < 0)
		return err_sys(err, errno, "read the name of the kernel");
	print_line("masu-oci", MASU_VERSION);
	print_line("specification", OCI_VERSION);
	(void)printf("%-16s %s, %s\n", "kernel", u.release, u.machine);
	print_line("caller", idmap_caller_is_privileged() ? "privileged" : "an ordinary user");
	print_cgroup();
	print_namespaces();
	print_flags();
	print_line("AppArmor", label_apparmor_is_enabled() ? "on" : "off");
	print_line("SELinux", label_selinux_is_enabled() ? "on" : "off");
	print_line("resctrl",
		   access("/sys/fs/resctrl/schemata", F_OK) == 0 ? "mounted" : "not mounted");
	print_helpers();
	return 0;
}

const struct command oci_command_info = {
	.name = "info",
	.operands = "",
	.summary = "Print the features of this host that containers need",
	.values_size = sizeof(struct oci_options),
	.run = info_run,
};

static int features_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = features_to_json(&o, err);

	return r < 0 ? r : print_json(o, true, err);
}

const struct command oci_command_features = {
	.name = "features",
	.operands = "",
	.summary = "Show what this build can do, as JSON",
	.values_size = sizeof(struct oci_options),
	.run = features_run,
};
