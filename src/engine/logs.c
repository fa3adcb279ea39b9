/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logs.h"

#include <errno.h>
#include <fcntl.h>

#include "engine/container-log.h"
#include "logs/files.h"

/* The log's writer holds the container until it has written the last byte. */
static bool has_ended(void *arg)
{
	return !home_is_held(arg);
}

/* A missing log is not an empty one: the caller would wait for lines that never come. */
static int check_log(const struct home *home, const struct record *record,
		     const struct log_driver *driver, struct err *err)
{
	if (driver->parse && (faccessat(home->fd, LOG_FILE_NAME, F_OK, 0) == 0 || errno != ENOENT))
		return 0;
	if (driver->has_tag) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			      "the log of container '%s' is in the journal", record->name);
		return err_hint(err, "read it: journalctl CONTAINER_NAME=%s", record->name);
	}
	(void)err_set(err, ERR_NOT_FOUND, ENOENT, "container '%s' has no log", record->name);
	return err_hint(err, "output is kept with -d, or with --log-driver");
}

int engine_logs(struct engine *e, const char *what, const struct log_query *query, struct err *err)
{
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_record_ struct record record = {0};
	struct log_query own = *query;
	char id[ID_LENGTH + 1];
	int r = home_find(e, what, id, err);

	if (r == 0)
		r = home_open(e, id, &home, err);
	if (r == 0)
		r = record_read(home.fd, &record, err);
	if (r < 0)
		return r;
	const struct log_driver *driver = container_log_driver(&record);
	r = check_log(&home, &record, driver, err);
	if (r < 0)
		return r;
	own.has_ended = has_ended;
	own.arg = &home;
	r = log_read(driver, home.fd, &own, err);
	return r < 0 && r != -EPIPE ? err_prefix(err, "container '%s'", what) : r;
}
