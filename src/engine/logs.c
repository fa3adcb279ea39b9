/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "engine/container-log.h"
#include "engine/container.h"
#include "engine/journal-log.h"
#include "engine/options.h"
#include "logs/files.h"
#include "logs/reader.h"

struct output {
	masu_output_fn *fn;
	void *userdata;
	bool stopped; /* by fn */
};

/* The writer of the log holds the lock until its last byte is there. */
static bool has_ended(void *arg)
{
	return !home_is_held(arg);
}

static int pass_output(void *arg, enum log_stream stream, const void *bytes, size_t size)
{
	struct output *o = arg;
	int r = o->fn(o->userdata, stream == LOG_STDERR ? MASU_STDERR : MASU_STDOUT, bytes, size);

	o->stopped = r < 0;
	return r;
}

/* A missing log is not an empty one: the caller would wait for lines that never come. */
static int check_log(const masu_container *c, const struct log_driver *driver,
		     struct masu_error *err)
{
	const char *name = c->record.name;

	if (!driver->parse && driver->open) /* not in files */
		return 0;
	if (driver->parse &&
	    (faccessat(c->home.fd, LOG_FILE_NAME, F_OK, 0) == 0 || errno != ENOENT))
		return 0;
	(void)err_set(err, ERR_NOT_FOUND, ENOENT, "container '%s' has no log", name);
	return err_hint(err, "output is kept with -d, or with --log-driver");
}

static int read_log(masu_container *c, const struct masu_logs_options *o, struct masu_error *err)
{
	struct output output = {.fn = o->output, .userdata = o->userdata};
	const struct log_query query = {
		.tail = o->tail == 0 ? -1 : MAX(o->tail, 0),
		.since_ns = o->since ? o->since : INT64_MIN,
		.until_ns = o->until ? o->until : INT64_MAX,
		.timestamps = o->timestamps,
		.follow = o->follow,
		.has_ended = has_ended,
		.arg = &c->home,
		.output = pass_output,
		.output_arg = &output,
		.cancel_fd = c->engine->cancel_fd,
	};
	const struct log_driver *driver = container_log_driver(&c->record);
	int r = check_log(c, driver, err);

	if (r < 0)
		return r;
	r = driver->parse ? log_read(driver, c->home.fd, &query, err)
			  : journal_log_read(c->home.id, &query, err);
	if (r == -ECANCELED && !output.stopped)
		return err_set(err, ERR_SIGNAL, ECANCELED, "canceled");
	if (r < 0 && output.stopped)
		return err_sys(err, r, "cannot pass on the container's output");
	return r < 0 ? err_prefix(err, "container '%s'", c->record.name) : 0;
}

int masu_container_logs(masu_container *c, const struct masu_logs_options *options, masu_error *err)
{
	struct masu_logs_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!o.output)
		return err_set(err, ERR_INVALID, EINVAL, "missing option: output");
	r = container_open(c, err);
	if (r < 0)
		return r;
	r = read_log(c, &o, err);
	container_close(c);
	return r;
}
