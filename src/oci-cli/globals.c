/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/globals.h"

#include <errno.h>
#include <fcntl.h>

#include "base/log.h"
#include "base/str.h"

#define GLOBAL(kind, field, letter, name, value, help) \
	OPTION_ROW(kind, struct oci_globals, field, letter, name, value, help)

const struct option_row oci_global_rows[] = {
	GLOBAL(OPTION_STRING, cgroup_manager, 0, "cgroup-manager", "NAME",
	       "cgroupfs (default), systemd or disabled"),
	GLOBAL(OPTION_FLAG, debug, 0, "debug", NULL, "the same as --log-level debug"),
	GLOBAL(OPTION_STRING, log, 0, "log", "FILE",
	       "write messages there, too: a file, journald:NAME or syslog:NAME"),
	GLOBAL(OPTION_STRING, log_format, 0, "log-format", "FORMAT",
	       "of the file: text (default) or json"),
	GLOBAL(OPTION_STRING, log_level, 0, "log-level", "LEVEL",
	       "error, warning, info (default) or debug"),
	GLOBAL(OPTION_STRING, root, 0, "root", "DIR", "where the states of containers are"),
	GLOBAL(OPTION_STRING, rootless, 0, "rootless", "WHETHER",
	       "true, false or auto (default): do without a cgroup that may not be made"),
	GLOBAL(OPTION_FLAG, systemd_cgroup, 0, "systemd-cgroup", NULL,
	       "the same as --cgroup-manager systemd"),
	GLOBAL(OPTION_FLAG, version, 'v', "version", NULL, "show the version"),
	{0},
};

static int set_level(const struct oci_globals *g, struct err *err)
{
	enum log_level level = LOG_NOTICE;

	if (g->log_level && log_level_from_string(g->log_level, &level) < 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--log-level '%s' is none of error, warning, info and debug",
			       g->log_level);
	log_set_level(g->debug ? LOG_DEBUG : level);
	return 0;
}

static int open_log(const char *path, bool json, struct err *err)
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

int globals_apply(const struct oci_globals *g, struct err *err)
{
	bool json = g->log_format && streq(g->log_format, "json");
	int r = set_level(g, err);

	if (r < 0)
		return r;
	if (g->log_format && !json && !streq(g->log_format, "text"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "--log-format '%s' is neither text nor json", g->log_format);
	if (g->rootless && !streq(g->rootless, "true") && !streq(g->rootless, "false") &&
	    !streq(g->rootless, "auto"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "--rootless '%s' is none of true, false and auto", g->rootless);
	return g->log && *g->log ? open_log(g->log, json, err) : 0;
}
