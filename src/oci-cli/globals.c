/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci-cli/oci-cli.h"

#define GLOBAL(kind, field, letter, name, value, help) \
	OPTION_ROW(kind, struct oci_globals, field, letter, name, value, help)

static int parse_manager(const char *value, void *field, struct masu_error *err)
{
	enum cgroup_manager *manager = field;

	if (streq(value, "cgroupfs"))
		*manager = CGROUP_MANAGER_CGROUPFS;
	else if (streq(value, "systemd"))
		*manager = CGROUP_MANAGER_SYSTEMD;
	else if (streq(value, "disabled"))
		*manager = CGROUP_MANAGER_NONE;
	else
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid --cgroup-manager '%s': must be one of cgroupfs, systemd, "
			       "disabled",
			       value);
	return 0;
}

static int parse_rootless(const char *value, void *field, struct masu_error *err)
{
	enum cgroup_lack *lack = field;

	if (streq(value, "auto"))
		*lack = CGROUP_LACK_AUTO;
	else if (streq(value, "true"))
		*lack = CGROUP_LACK_ALLOWED;
	else if (streq(value, "false"))
		*lack = CGROUP_LACK_REFUSED;
	else
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid --rootless '%s': must be one of true, false, auto", value);
	return 0;
}

const struct option_row oci_global_rows[] = {
	OPTION_ROW_PARSE(parse_manager, struct oci_globals, manager, 0, "cgroup-manager", "NAME",
			 "Use cgroupfs (default), systemd or disabled"),
	GLOBAL(OPTION_FLAG, debug, 0, "debug", NULL,
	       "Log all messages; the same as --log-level debug"),
	GLOBAL(OPTION_STRING, log, 0, "log", "FILE",
	       "Also write messages to FILE, journald:NAME or syslog:NAME"),
	GLOBAL(OPTION_STRING, log_format, 0, "log-format", "FORMAT",
	       "Write the log as text (default) or json"),
	GLOBAL(OPTION_STRING, log_level, 0, "log-level", "LEVEL",
	       "Log messages from error, warning, info (default) or debug on"),
	GLOBAL(OPTION_STRING, root, 0, "root", "DIR",
	       "Use this directory for the containers' states"),
	OPTION_ROW_PARSE(parse_rootless, struct oci_globals, lack, 0, "rootless", "WHETHER",
			 "Go on without a cgroup that the caller may not create: true, false or "
			 "auto (default)"),
	GLOBAL(OPTION_FLAG, systemd_cgroup, 0, "systemd-cgroup", NULL,
	       "Use systemd; the same as --cgroup-manager systemd"),
	GLOBAL(OPTION_FLAG, version, 'v', "version", NULL, "Show the version"),
	{0},
};

static int set_level(const struct oci_globals *g, struct masu_error *err)
{
	enum log_level level = LOG_NOTICE;

	if (g->log_level && log_level_from_string(g->log_level, &level) < 0)
		return err_set(
			err, ERR_INVALID, EINVAL,
			"invalid --log-level '%s': must be one of error, warning, info, debug",
			g->log_level);
	log_set_level(g->debug ? LOG_DEBUG : level);
	return 0;
}

static int open_log(const char *path, bool json, struct masu_error *err)
{
	const char *journal = str_after(path, "journald:"), *syslog = str_after(path, "syslog:");
	int r = 0;

	if (journal || syslog) {
		r = journal ? log_set_journal(journal) : log_set_syslog(syslog);
	} else {
		int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0644);
		if (fd >= 0)
			log_set_file(fd, json);
		else
			r = -errno;
	}
	return r < 0 ? err_sys(err, r, "open the log '%s'", path) : 0;
}

int oci_globals_apply(struct oci_globals *g, struct masu_error *err)
{
	bool json = g->log_format && streq(g->log_format, "json");
	int r = set_level(g, err);

	if (r < 0)
		return r;
	if (g->systemd_cgroup)
		g->manager = CGROUP_MANAGER_SYSTEMD;
	if (g->log_format && !json && !streq(g->log_format, "text"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid --log-format '%s': must be text or json", g->log_format);
	return g->log && *g->log ? open_log(g->log, json, err) : 0;
}

int oci_find(const struct oci_options *o, const char *id, struct instance *ret,
	     struct masu_error *err)
{
	_cleanup_free_ char *root = NULL;
	int r = state_dir_root(o->globals->root, &root, err);

	return r < 0 ? r : instance_find(root, id, ret, err);
}

int oci_act(const struct oci_options *o, const char *id,
	    int (*verb)(const struct instance *c, struct masu_error *err), struct masu_error *err)
{
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	int r = oci_find(o, id, &c, err);

	return r < 0 ? r : verb(&c, err);
}

int oci_each(const struct oci_options *o, const char *pattern,
	     int (*call)(const struct oci_options *o, const char *id, void *arg,
			 struct masu_error *err),
	     void *arg, struct masu_error *err)
{
	_cleanup_free_ char *root = NULL;
	_cleanup_strv_ char **ids = NULL;
	int r = state_dir_root(o->globals->root, &root, err);

	if (r < 0)
		return r;
	r = state_dir_list(root, pattern, &ids, err);
	STRV_FOREACH(id, ids) {
		_cleanup_err_ struct masu_error failure = ERR_INIT;

		if (call(o, *id, arg, &failure) < 0 && r == 0)
			r = err_move(err, &failure);
	}
	return r;
}

int oci_format(const struct oci_options *o, bool *ret_json, struct masu_error *err)
{
	if (o->format && !streq(o->format, "json") && !streq(o->format, "table"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid --format '%s': must be table or json", o->format);
	*ret_json = o->format && streq(o->format, "json");
	return 0;
}
