/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/manager.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/idmap.h"

#define SYSTEM_PRIVATE "/run/systemd/private"
#define SYSTEM_BUS     "/run/dbus/system_bus_socket"
#define SYSTEM_BOOTED  "/run/systemd/system" /* as sd_booted(3) tests it */

static bool is_own_dir(const char *path)
{
	struct stat st;

	return path[0] == '/' && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid();
}

static bool is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* The caller's, to be freed; so a start from sudo, su or cron finds it. NULL without one, and without memory. */
char *manager_runtime_dir(void)
{
	const char *set = getenv("XDG_RUNTIME_DIR");
	char path[32];

	/* After sudo or su it may be unset, or another user's. */
	if (set && is_own_dir(set))
		return strdup(set);
	(void)snprintf(path, sizeof(path), "/run/user/%u", (unsigned int)geteuid());
	return is_own_dir(path) ? strdup(path) : NULL;
}

bool manager_is_system(void)
{
	_cleanup_free_ char *dir = NULL, *private = NULL;

	if (!idmap_caller_is_privileged())
		return false;
	/* Outside of user namespaces the manager is root's, even if it does not run. */
	if (idmap_caller_is_host_root() || is_own_dir(SYSTEM_BOOTED))
		return true;
	dir = manager_runtime_dir();
	private = dir ? path_join(dir, "systemd/private") : NULL;
	return !private || !is_socket(private);
}

/* A byte that D-Bus addresses do not take as it is (D-Bus specification, "Server Addresses"). */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-_/.\\*", c));
}

/* Adds the address of a socket, if it exists. Takes the path. */
static int add_socket(char ***options, const char *option, char *taken)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_free_ char *path = taken;
	int r = path ? strbuf_addf(&b, "unix:path=") : -ENOMEM;

	if (r < 0 || !is_socket(path))
		return r;
	for (const char *p = path; r == 0 && *p; p++)
		r = is_plain(*p) ? strbuf_add(&b, p, 1)
				 : strbuf_addf(&b, "%%%02x", (unsigned int)(unsigned char)*p);
	if (r < 0)
		return r;
	r = strv_push(options, option);
	return r < 0 ? r : strv_push_owned(options, strbuf_take(&b));
}

static int add_address(char ***options, const char *address)
{
	if (!address || !*address)
		return 0;
	int r = strv_push(options, "--bus");
	return r < 0 ? r : strv_push(options, address);
}

static int find_user(char ***options)
{
	_cleanup_free_ char *dir = manager_runtime_dir();
	int r = dir ? add_socket(options, "--private", path_join(dir, "systemd/private")) : 0;

	if (r < 0)
		return r;
	r = add_address(options, getenv("DBUS_SESSION_BUS_ADDRESS"));
	return r < 0 || !dir ? r : add_socket(options, "--bus", path_join(dir, "bus"));
}

static int find_system(char ***options)
{
	int r = 0;

	/* In a container's /run the sockets may outlive their manager. */
	if (!is_own_dir(SYSTEM_BOOTED))
		return 0;
	r = add_socket(options, "--private", strdup(SYSTEM_PRIVATE));
	return r < 0 ? r : add_socket(options, "--bus", strdup(SYSTEM_BUS));
}

static int not_found(bool system, struct masu_error *err)
{
	if (system)
		return err_set(err, ERR_UNAVAILABLE, ENOTCONN, "systemd does not run here");
	(void)err_set(err, ERR_UNAVAILABLE, ENOTCONN, "no systemd user manager found");
	(void)err_hint(err, "start one with: sudo loginctl enable-linger $USER; or log in by ssh, "
			    "a console or machinectl shell");
	return -ENOTCONN;
}

int manager_find(bool system, char ***ret_options, struct masu_error *err)
{
	_cleanup_strv_ char **options = NULL;
	int r = system ? find_system(&options) : find_user(&options);

	if (r < 0)
		return err_sys(err, r, "find the systemd manager");
	if (!options)
		return not_found(system, err);
	*ret_options = TAKE_PTR(options);
	return 0;
}
