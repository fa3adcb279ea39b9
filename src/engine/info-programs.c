/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/info.h"

#include <errno.h>
#include <string.h>

#include "base/device.h"
#include "base/proc.h"
#include "base/program.h"
#include "net/network.h"
#include "oci/seccomp-profile.h"

#define OUTPUT_MAX 4096

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

static int add_helper(struct facts *f, const char *name, bool ask_version, const char *remedy)
{
	_cleanup_free_ char *path = proc_find_helper(name), *version = NULL;
	char *value;

	if (!path)
		return facts_add(f, "programs", name, strdup("not found"), strdup(remedy));
	version = ask_version ? version_of(path, name) : NULL;
	if (asprintf(&value, "%s%s%s%s", path, version ? " (" : "", version ? version : "",
		     version ? ")" : "") < 0)
		return -ENOMEM;
	return facts_add(f, "programs", name, value, NULL);
}

static int add_device(struct facts *f, const char *path, const char *user, const char *module)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	char *remedy = NULL;
	int r = device_check(path, module, NULL, &err);

	if (r < 0 && asprintf(&remedy, "%s needs it: %s", user, err.hint ? err.hint : "") < 0)
		return -ENOMEM;
	return facts_add(f, "devices", path, strdup(r < 0 ? strerror(-r) : "can be used"), remedy);
}

int info_programs(struct masu_engine *e, struct facts *f)
{
	static const struct {
		const char *name, *remedy;
		bool version;
	} helpers[] = {
		{"newuidmap",
		 "install uidmap (Debian) or shadow-utils: containers have one id "
		 "without it",
		 false},
		{"newgidmap", "install uidmap (Debian) or shadow-utils", false},
		{"fuse-overlayfs",
		 "only needed if the kernel cannot mount overlays: install fuse-overlayfs", true},
	};
	const struct net_backend *network;
	static const char *const own[] = {"masu-image", "masu-monitor", "masu-init",
					  "masu-systemd"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(helpers); i++)
		r = add_helper(f, helpers[i].name, helpers[i].version, helpers[i].remedy);
	for (size_t i = 0; r == 0 && (network = network_backend(i)); i++)
		if (network->start)
			r = add_helper(f, network->name, true, network->remedy);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(own); i++) {
		char *path = program_find(own[i], NULL);

		r = facts_add(f, "programs", own[i], path ? path : strdup("not found"),
			      path ? NULL : strdup("it is part of masu: install all of it"));
	}
	if (r == 0)
		r = add_device(f, "/dev/net/tun", network_default(), "tun");
	return r == 0 ? add_device(f, "/dev/fuse", "fuse-overlayfs", "fuse") : r;
}

/* The first of some files that exists, or NULL. */
static const char *first_existing(const char *const *paths)
{
	for (; *paths; paths++)
		if (access(*paths, F_OK) == 0)
			return *paths;
	return NULL;
}

int info_policy(struct facts *f)
{
	static const char *const delegation[] = {
		"/etc/systemd/system/user@.service.d/50-masu-delegate.conf",
		"/usr/local/lib/systemd/system/user@.service.d/50-masu-delegate.conf",
		"/usr/lib/systemd/system/user@.service.d/50-masu-delegate.conf", NULL};
	static const char *const apparmor[] = {"/etc/apparmor.d/masu", NULL};
	bool replaced;
	const char *seccomp = seccomp_default_path(&replaced);
	const char *path = first_existing(delegation);
	int r = facts_add(f, "policy", "seccomp profile", strdup(replaced ? seccomp : "built in"),
			  NULL);

	if (r == 0)
		r = facts_add(f, "policy", "delegation", strdup(path ? path : "none of masu's"),
			      NULL);
	if (r < 0)
		return r;
	path = access("/sys/kernel/security/apparmor", F_OK) < 0 ? "not needed: AppArmor is off"
								 : first_existing(apparmor);
	return facts_add(f, "policy", "AppArmor profile", strdup(path ? path : "none of masu's"),
			 NULL);
}
