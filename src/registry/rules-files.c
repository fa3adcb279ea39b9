/* SPDX-License-Identifier: Apache-2.0 */

/* The files of registry/rules.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/idmap.h"
#include "registry/rules.h"
#include "registry/trusted-file.h"

#define SYSTEM_DIR    "/etc/containers"
#define FILE_NAME     "registries.conf"
#define RECORDED_NAME "containers/short-name-aliases.conf"
#define FILE_SIZE_MAX (1 << 20)

/* 1, or 0 if the file does not exist. Root skips a file that another user could have written. */
static int load_file(struct registry_rules *rules, const char *path, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_err_ struct masu_error why = ERR_INIT;
	size_t size;
	int r = trusted_file_read(path, FILE_SIZE_MAX, &text, &size, &why);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r == -EPERM)
		return strv_push(&rules->skipped, why.message) < 0 ? err_oom(err) : 0;
	if (r < 0)
		return err_move(err, &why);
	if (strlen(text) != size)
		return err_set(err, ERR_INVALID, EINVAL, "'%s' holds a NUL character", path);
	r = registry_rules_parse(rules, text, path, err);
	return r < 0 ? r : 1;
}

static int is_drop_in(const struct dirent *entry)
{
	return str_has_suffix(entry->d_name, ".conf");
}

static int load_drop_ins(struct registry_rules *rules, const char *dir, struct masu_error *err)
{
	_cleanup_free_ char *path = str_printf("%s/" FILE_NAME ".d", dir);
	struct dirent **entries = NULL;
	int r = 0;

	if (!path)
		return err_oom(err);
	int n = scandir(path, &entries, is_drop_in, alphasort);
	if (n < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0
							   : err_sys(err, errno, "read '%s'", path);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *file = str_printf("%s/%s", path, entries[i]->d_name);

		if (r >= 0)
			r = file ? load_file(rules, file, err) : err_oom(err);
		free(entries[i]);
	}
	free(entries);
	return MIN(r, 0);
}

/* ~/.config/containers, or NULL in *ret without HOME. */
static int users_dir(char **ret, struct masu_error *err)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	*ret = NULL;
	if (config && *config == '/')
		*ret = str_printf("%s/containers", config);
	else if (home && *home == '/')
		*ret = str_printf("%s/.config/containers", home);
	else
		return 0;
	return *ret ? 0 : err_oom(err);
}

/* The aliases that podman has asked its user for. */
static int load_recorded(struct registry_rules *rules, struct masu_error *err)
{
	const char *home = getenv("HOME");
	_cleanup_free_ char *path = NULL;

	if (idmap_caller_is_host_root())
		return load_file(rules, "/var/cache/" RECORDED_NAME, err);
	if (!home || *home != '/')
		return 0;
	path = str_printf("%s/.cache/" RECORDED_NAME, home);
	return path ? load_file(rules, path, err) : err_oom(err);
}

/* The user's file replaces those in /etc. */
static int load_all(struct registry_rules *rules, struct masu_error *err)
{
	_cleanup_free_ char *dir = NULL, *path = NULL;
	int r = users_dir(&dir, err);

	if (r < 0)
		return r;
	path = dir ? str_printf("%s/" FILE_NAME, dir) : NULL;
	if (dir && !path)
		return err_oom(err);
	r = path ? load_file(rules, path, err) : 0;
	if (r == 0) {
		r = load_file(rules, SYSTEM_DIR "/" FILE_NAME, err);
		if (r >= 0)
			r = load_drop_ins(rules, SYSTEM_DIR, err);
	}
	if (r >= 0 && dir)
		r = load_drop_ins(rules, dir, err);
	return r < 0 ? r : load_recorded(rules, err);
}

int registry_rules_load(struct registry_rules *rules, struct masu_error *err)
{
	const char *only = getenv("CONTAINERS_REGISTRIES_CONF");
	int r = only && *only ? load_file(rules, only, err) : load_all(rules, err);

	if (r == 0 && only && *only)
		return err_sys(err, ENOENT, "read '%s' of CONTAINERS_REGISTRIES_CONF", only);
	return MIN(r, 0);
}
