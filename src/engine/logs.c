/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logs.h"

#include <errno.h>
#include <fcntl.h>

#include "engine/home.h"
#include "engine/record.h"
#include "monitor/protocol.h"

/* Who writes the log holds the container until the last byte of it is there. */
static bool has_ended(void *arg)
{
	return !home_is_held(arg);
}

/* No log isn't an empty one: somebody would wait for lines that never come. */
static int check_log(const struct home *home, struct err *err)
{
	_cleanup_record_ struct record record = {0};

	if (faccessat(home->fd, MONITOR_LOG_FILE, F_OK, 0) == 0 || errno != ENOENT)
		return 0;
	int r = record_read(home->fd, &record, err);
	if (r < 0)
		return r;
	(void)err_set(err, ERR_NOT_FOUND, ENOENT, "container '%s' has no log", record.name);
	return err_hint(err, "there is one with -d, or --log-driver k8s-file in the foreground");
}

int engine_logs(struct engine *e, const char *what, const struct log_query *query, struct err *err)
{
	_cleanup_home_ struct home home = HOME_INIT;
	struct log_query own = *query;
	char id[ID_LENGTH + 1];
	int r = home_find(e, what, id, err);

	if (r == 0)
		r = home_open(e, id, &home, err);
	if (r == 0)
		r = check_log(&home, err);
	if (r < 0)
		return r;
	own.has_ended = has_ended;
	own.arg = &home;
	r = log_read(home.fd, &own, err);
	return r < 0 && r != -EPIPE ? err_prefix(err, "container '%s'", what) : r;
}
