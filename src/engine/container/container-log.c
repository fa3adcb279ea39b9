/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/container-log.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "engine/log-tag.h"

#define TAG_DEFAULT "{{.ID}}"

static int unsupported(const struct log_driver *driver, const char *option, struct masu_error *err)
{
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "the log driver \"%s\" has no option %s",
		       driver->name, option);
}

static int check(const struct log_driver *driver, const struct masu_create_options *o,
		 struct masu_error *err)
{
	if (driver->passes && o->tty && o->log_driver)
		return err_set(
			err, ERR_INVALID, EINVAL,
			"--log-driver %s and a terminal for the container exclude each other",
			driver->name);
	if (o->log_max_size && !driver->parse)
		return unsupported(driver, "max-size", err);
	if (o->log_max_files && !driver->parse)
		return unsupported(driver, "max-file", err);
	if (o->log_tag && !driver->has_tag)
		return unsupported(driver, "tag", err);
	if (o->log_max_size < -1)
		return err_set(err, ERR_INVALID, EINVAL, "invalid size %lld of a log",
			       (long long)o->log_max_size);
	if (o->log_max_files < 0 || o->log_max_files > LOG_FILES_MAX)
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid max-file=%d of a log: must be from 1 to %d",
			       o->log_max_files, LOG_FILES_MAX);
	return o->log_tag ? log_tag_check(o->log_tag, err) : 0;
}

int container_log_options(struct record *record, const struct masu_create_options *o,
			  const char *standard, struct masu_error *err)
{
	const char *name = o->log_driver ? o->log_driver : standard;
	const struct log_driver *driver = log_driver_find(name);

	if (!driver) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "unknown log driver: \"%s\"", name);
		return err_hint(err, "supported: " LOG_DRIVERS);
	}
	int r = check(driver, o, err);
	if (r < 0)
		return r;
	record->log_max_size = o->log_max_size ? MAX(o->log_max_size, 0) : LOG_SIZE_DEFAULT;
	record->log_max_files = o->log_max_files ? o->log_max_files : LOG_FILES_DEFAULT;
	record->log_detached = !o->log_driver;
	if ((name && !(record->log_driver = strdup(name))) ||
	    (o->log_tag && !(record->log_tag = strdup(o->log_tag))))
		return err_oom(err);
	return 0;
}

const struct log_driver *container_log_driver(const struct record *record)
{
	const struct log_driver *driver = log_driver_find(record->log_driver);

	return driver ? driver : &log_none; /* of a record of a newer masu */
}

bool container_log_passes(const struct record *record, bool detached)
{
	return !record->tty && (detached || !record->log_detached) &&
	       container_log_driver(record)->passes;
}

void container_log_done(struct container_log *log)
{
	free(log->tag);
	*log = (struct container_log){0};
}

int container_log_prepare(const struct record *record, const struct home *home,
			  struct container_log *ret, struct masu_error *err)
{
	const struct log_tag_values values = {home->id, record->name, str_or_empty(record->image)};
	struct container_log log = {
		.driver = container_log_driver(record),
		.settings =
			{
				.dirfd = home->fd,
				.max_size = (uint64_t)record->log_max_size,
				.files = (unsigned int)record->log_max_files,
				.id = home->id,
				.name = record->name,
				.image = record->image,
			},
	};
	int r = log.driver->check ? log.driver->check() : 0;

	if (r < 0) {
		(void)err_sys(err, r, "cannot log to \"%s\"", log.driver->name);
		return err_hint(err, "use --log-driver k8s-file");
	}
	if (log.driver->has_tag) {
		r = log_tag_expand(record->log_tag ? record->log_tag : TAG_DEFAULT, &values,
				   &log.tag);
		if (r < 0)
			return err_sys(err, r, "expand the log tag");
		log.settings.tag = log.tag;
	}
	*ret = log;
	return 0;
}

void container_log_create(const struct container_log *log)
{
	struct log_writer w;

	if (log->driver->parse && log_writer_open(&w, log->driver, &log->settings) == 0)
		log_writer_close(&w, 0);
}
