/* SPDX-License-Identifier: Apache-2.0 */

/* The programs and devices of the host that masu uses. */

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/str.h"
#include "engine/device-group.h"
#include "engine/doctor/host-programs.h"
#include "net/network.h"

#define OUTPUT_MAX 4096 /* of --version */

char *host_install_command(const char *package)
{
	static const struct {
		const char *program, *command, *uidmap;
	} managers[] = {
		{"/usr/bin/apt-get", "apt-get install", "uidmap"},
		{"/usr/bin/dnf", "dnf install", "shadow-utils"},
		{"/usr/bin/zypper", "zypper install", "shadow"},
		{"/usr/bin/pacman", "pacman -S", "shadow"},
		{"/sbin/apk", "apk add", "shadow-subids"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(managers); i++)
		if (access(managers[i].program, X_OK) == 0)
			return str_printf("sudo %s %s", managers[i].command,
					  streq(package, "uidmap") ? managers[i].uidmap : package);
	return NULL;
}

/*
 * The version that a program prints for --version, or NULL. It is in the line with the program's name, which is not
 * the first of fuse-overlayfs.
 */
static char *version_of(const char *path, const char *name)
{
	char *argv[] = {(char *)path, (char *)"--version", NULL};
	_cleanup_free_ char *text = proc_output(path, argv, OUTPUT_MAX);
	const char *line = text ? strstr(text, name) : NULL;

	if (!line)
		return NULL;
	line += strlen(name);
	line += strspn(line, ": ");
	return strndup(line, strcspn(line, "\n"));
}

static char *add_program(struct facts *f, const char *name, bool ask_version)
{
	_cleanup_free_ char *path = proc_find_helper(name), *version = NULL, *value = NULL;

	if (!path) {
		facts_add(f, "programs", name, "not found");
		return NULL;
	}
	version = ask_version ? version_of(path, name) : NULL;
	value = str_printf("%s%s%s%s", path, version ? " (" : "", version ? version : "",
			   version ? ")" : "");
	facts_add(f, "programs", name, value);
	return TAKE_PTR(path);
}

/* May the program write maps of foreign ids, by the set-user-id bit or by file capabilities? */
static bool is_privileged(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && ((st.st_mode & S_ISUID && st.st_uid == 0) ||
					getxattr(path, "security.capability", NULL, 0) > 0);
}

/* newuidmap or newgidmap. */
static void add_mapper(const struct masu_engine *e, struct facts *f, const char *name)
{
	_cleanup_free_ char *path = add_program(f, name, false), *fix = NULL;
	bool needed = idmap_needs_helpers(&e->idmap);

	if (!path) {
		fix = host_install_command("uidmap");
		facts_problem(f, "mapper-missing",
			      needed ? MASU_SEVERITY_ERROR : MASU_SEVERITY_NOTE,
			      "ordinary users cannot use their sub-ids without it", fix);
	} else if (!is_privileged(path)) {
		fix = str_printf("sudo chmod u+s %s", path);
		facts_problem(f, "mapper-privileges",
			      needed ? MASU_SEVERITY_ERROR : MASU_SEVERITY_NOTE,
			      "it has neither the set-user-id bit nor file capabilities", fix);
	}
}

static void add_network(struct facts *f, const struct net_backend *network)
{
	_cleanup_free_ char *path = add_program(f, network->name, true), *fix = NULL;
	bool is_default = streq(network->name, network_default());

	if (path)
		return;
	fix = host_install_command(network->package);
	facts_problem(f, is_default ? "network-program" : "network-program-optional",
		      is_default ? MASU_SEVERITY_ERROR : MASU_SEVERITY_NOTE,
		      is_default ? "containers have no network without it, except by --network "
				   "none or host"
				 : "it is only needed for --network with its name",
		      fix);
}

static void add_own_programs(struct facts *f)
{
	static const char *const own[] = {"masu-image", "masu-monitor", "masu-init",
					  "masu-systemd"};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		_cleanup_free_ char *path = program_find(own[i], NULL);

		facts_add(f, "programs", own[i], path ? path : "not found");
		if (!path)
			facts_problem(f, "incomplete", MASU_SEVERITY_ERROR,
				      "it is a part of masu: install all of it", NULL);
	}
}

static void add_device(struct facts *f, const char *path, const char *user, const char *module)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *message = NULL, *fix = NULL;
	int r = device_check(path, module, NULL, &err);

	facts_add(f, "devices", path, r < 0 ? strerror(-r) : "can be used");
	if (r == 0)
		return;
	message = str_printf("%s needs it: %s", user, str_or_empty(err.hint));
	if (r != -EACCES && r != -EPERM)
		fix = str_printf("sudo modprobe %s", module);
	else
		fix = str_printf("sudo udevadm trigger --settle %s", path);
	facts_problem(f, "device",
		      streq(user, network_default()) ? MASU_SEVERITY_ERROR : MASU_SEVERITY_NOTE,
		      message, fix);
}

/*
 * The first device of each kind. On a machine without such a device, or whose user the seat gives access, nothing is reported.
 */
static void add_group_devices(struct facts *f)
{
	static const struct {
		const char *pattern, *what;
	} kinds[] = {
		{"/dev/dri/renderD*", "graphics"}, {"/dev/video*", "cameras"},
		{"/dev/snd/controlC*", "sound"},   {"/dev/ttyUSB*", "serial ports"},
		{"/dev/ttyACM*", "serial ports"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_free_ char *group = NULL, *reason = NULL, *message = NULL, *fix = NULL;
		__attribute__((cleanup(globfree))) glob_t found = {0};

		if (glob(kinds[i].pattern, 0, NULL, &found) != 0 || found.gl_pathc == 0)
			continue;
		enum device_access access = device_group_examine(found.gl_pathv[0], &group);
		if (access != DEVICE_NO_MEMBER && access != DEVICE_NEW_LOGIN)
			continue;
		reason = group ? device_group_message(access, group) : NULL;
		message = reason ? str_printf("for %s in containers: %s", kinds[i].what, reason)
				 : NULL;
		fix = group && access == DEVICE_NO_MEMBER ? device_group_fix(group) : NULL;
		facts_add(f, "devices", kinds[i].pattern, "cannot be opened");
		facts_problem(f, "device-group", MASU_SEVERITY_NOTE, message, fix);
	}
}

void host_programs(const struct masu_engine *e, struct facts *f)
{
	_cleanup_free_ char *path = NULL;
	const struct net_backend *network;

	add_mapper(e, f, "newuidmap");
	add_mapper(e, f, "newgidmap");
	path = add_program(f, "fuse-overlayfs", true);
	for (size_t i = 0; (network = network_backend(i)); i++)
		if (network->start)
			add_network(f, network);
	add_own_programs(f);
	add_device(f, "/dev/net/tun", network_default(), "tun");
	add_device(f, "/dev/fuse", "fuse-overlayfs", "fuse");
	add_group_devices(f);
}
