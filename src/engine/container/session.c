/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"

#define SHARED	  "rbind,rslave,rw"
#define READ_ONLY "rbind,rslave,ro"

static const struct place {
	const char *path, *options;
} places[] = {
	{"/etc/machine-id", READ_ONLY}, /* by which programs know the bus of their session */
	{"/media", SHARED},
	{"/mnt", SHARED},
	{"/run/cups", SHARED},
	{"/run/dbus", SHARED},
	{"/run/media", SHARED},
	{"/run/systemd/journal", SHARED},
	{"/run/udev", READ_ONLY},
	{"/run/user", SHARED}, /* Wayland, PipeWire, the bus of the session, agents */
	{"/tmp", SHARED},      /* X11, and agents of ssh */
};

static const char *const variables[] = {
	"ALL_PROXY",
	"COLORTERM",
	"DBUS_SESSION_BUS_ADDRESS",
	"DBUS_SYSTEM_BUS_ADDRESS",
	"DESKTOP_SESSION",
	"DISPLAY",
	"EDITOR",
	"FTP_PROXY",
	"GDK_BACKEND",
	"GNUPGHOME",
	"GTK_IM_MODULE",
	"HTTPS_PROXY",
	"HTTP_PROXY",
	"HYPRLAND_INSTANCE_SIGNATURE",
	"I3SOCK",
	"KONSOLE_VERSION",
	"LANG",
	"LANGUAGE",
	"LESS",
	"MOZ_ENABLE_WAYLAND",
	"NO_COLOR",
	"NO_PROXY",
	"PAGER",
	"PULSE_SERVER",
	"QT_IM_MODULE",
	"QT_QPA_PLATFORM",
	"SSH_AUTH_SOCK",
	"SWAYSOCK",
	"TERM",
	"TERM_PROGRAM",
	"TERM_PROGRAM_VERSION",
	"TZ",
	"VISUAL",
	"VTE_VERSION",
	"WAYLAND_DISPLAY",
	"XAUTHORITY",
	"XCURSOR_SIZE",
	"XCURSOR_THEME",
	"XDG_CACHE_HOME",
	"XDG_CONFIG_HOME",
	"XDG_CURRENT_DESKTOP",
	"XDG_DATA_HOME",
	"XDG_MENU_PREFIX",
	"XDG_SEAT",
	"XDG_STATE_HOME",
	"XDG_VTNR",
	"XMODIFIERS",
	"XTERM_VERSION",
	"all_proxy",
	"ftp_proxy",
	"http_proxy",
	"https_proxy",
	"no_proxy",
};

static const char *const prefixes[] = {"LC_", "PIPEWIRE_", "XDG_SESSION_"};

char *session_home(void)
{
	const char *home = getenv("HOME");

	return home && *home == '/' ? path_normalize(home) : account_home(getuid());
}

/* $XDG_RUNTIME_DIR, or NULL. */
static char *runtime_dir(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	return dir && *dir == '/' ? path_normalize(dir) : NULL;
}

/* The directory where a link to the home leads, as working directories name it. Or NULL. */
static char *real_home(const char *home)
{
	return home ? realpath(home, NULL) : NULL;
}

static bool in_places(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (path_is_below(path, places[i].path))
			return true;
	return false;
}

bool session_shows(const char *path)
{
	_cleanup_free_ char *home = session_home(), *real = real_home(home), *run = runtime_dir();

	return in_places(path) || (home && path_is_below(path, home)) ||
	       (real && path_is_below(path, real)) || (run && path_is_below(path, run));
}

/* Adds a mount in front of the one with this index, and moves that on. */
static int add(struct oci_spec *spec, size_t *index, const char *path, const char *options)
{
	if (access(path, F_OK) < 0 || oci_spec_find_mount(spec, path))
		return 0;
	if (!oci_spec_add_mount(spec, path, "bind", path, options))
		return -ENOMEM;
	struct oci_mount last = spec->mounts[spec->n_mounts - 1];
	memmove(&spec->mounts[*index + 1], &spec->mounts[*index],
		(spec->n_mounts - 1 - *index) * sizeof(last));
	spec->mounts[(*index)++] = last;
	return 0;
}

/* The home may be the store's place, so it comes first: its copy then has none of the container's mounts. */
static int add_all(struct oci_spec *spec)
{
	_cleanup_free_ char *home = session_home(), *real = real_home(home), *run = runtime_dir();
	size_t index = 0;
	int r = home && !streq(home, "/") ? add(spec, &index, home, SHARED) : 0;

	if (r == 0 && real && !path_is_below(real, home) && !streq(real, "/"))
		r = add(spec, &index, real, SHARED);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(places); i++)
		r = add(spec, &index, places[i].path, places[i].options);
	if (r < 0 || !run || in_places(run) || (home && path_is_below(run, home)))
		return r;
	return add(spec, &index, run, SHARED);
}

int session_add_mounts(struct oci_spec *spec, struct masu_error *err)
{
	return add_all(spec) < 0 ? err_oom(err) : 0;
}

char *session_program(void)
{
	char *found = program_find("masu",
				   NULL); /* beside the running program, also in a build tree */

	return found ? found : strdup(MASU_BINDIR "/masu");
}

int session_add_client(struct oci_spec *spec, struct masu_error *err)
{
	_cleanup_free_ char *program = session_program();

	/* A program with a loader needs one in the image. */
	if (getauxval(AT_BASE) || oci_spec_find_mount(spec, SESSION_CLIENT))
		return 0;
	if (program && access(program, X_OK) < 0)
		return 0;
	if (!program ||
	    !oci_spec_add_mount(spec, SESSION_CLIENT, "bind", program, "bind,rprivate,nosuid,ro"))
		return err_oom(err);
	return 0;
}

static bool is_of_session(const char *variable)
{
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (str_after(variable, prefixes[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		const char *rest = str_after(variable, variables[i]);

		if (rest && *rest == '=')
			return true;
	}
	return false;
}

static int set(char ***env, const char *name, const char *value)
{
	_cleanup_free_ char *text = value ? str_printf("%s=%s", name, value) : NULL;

	return !value ? 0 : text ? strv_env_set(env, text) : -ENOMEM;
}

static int collect_variables(char ***env)
{
	for (char **v = environ; *v; v++)
		if (is_of_session(*v) && strv_env_set(env, *v) < 0)
			return -ENOMEM;
	return 0;
}

static int collect(char ***env)
{
	_cleanup_free_ char *home = session_home(), *name = account_name(getuid()),
			    *run = runtime_dir();

	if (collect_variables(env) < 0)
		return -ENOMEM;
	if (set(env, "HOME", home) < 0 || set(env, "USER", name) < 0 ||
	    set(env, "LOGNAME", name) < 0)
		return -ENOMEM;
	return set(env, "XDG_RUNTIME_DIR", run);
}

char **session_env(void)
{
	_cleanup_strv_ char **env = NULL;

	return collect(&env) < 0 ? NULL : TAKE_PTR(env);
}

char **session_variables(void)
{
	_cleanup_strv_ char **env = calloc(1, sizeof(*env));

	return !env || collect_variables(&env) < 0 ? NULL : TAKE_PTR(env);
}

char *session_sudo_rule(void)
{
	return str_printf("# of masu: the user of a box is its root, too\n"
			  "#%u ALL=(ALL:ALL) NOPASSWD: ALL\n",
			  (unsigned int)getuid());
}
