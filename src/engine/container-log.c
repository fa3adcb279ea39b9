/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container-log.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#define TAG_DEFAULT "{{.ID}}"
#define TAG_MAX	    256

/* The values of a tag's templates. */
struct tag_values {
	const char *id, *name, *image;
};

/* The length of the template at `text`, 0 for no template, and its value. */
static size_t match_template(const char *text, const struct tag_values *v, char short_id[13],
			     const char **ret)
{
	const struct {
		const char *name, *value;
	} all[] = {
		{"{{.ID}}", short_id},
		{"{{.FullID}}", v->id},
		{"{{.Name}}", v->name},
		{"{{.ImageName}}", v->image},
	};

	(void)snprintf(short_id, 13, "%s", v->id);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (str_after(text, all[i].name)) {
			*ret = all[i].value;
			return strlen(all[i].name);
		}
	return 0;
}

/* -EINVAL for an unknown template, or a tag that is empty, too long or has control characters. */
static int expand_tag(const char *text, const struct tag_values *v, char **ret)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char short_id[13];

	if (!*text || str_has_control(text) || strlen(text) > TAG_MAX)
		return -EINVAL;
	while (*text) {
		const char *value = text;
		size_t n = match_template(text, v, short_id, &value);

		if (n == 0 && str_after(text, "{{"))
			return -EINVAL;
		if (strbuf_addf(&b, "%.*s", n ? (int)strlen(value) : 1, value) < 0)
			return -ENOMEM;
		text += n ? n : 1;
	}
	*ret = strbuf_take(&b);
	return *ret ? 0 : -ENOMEM;
}

int container_log_check_tag(const char *tag, struct masu_error *err)
{
	const struct tag_values none = {"", "", ""};
	_cleanup_free_ char *expanded = NULL;
	int r = expand_tag(tag, &none, &expanded);

	if (r != -EINVAL)
		return r < 0 ? err_sys(err, r, "read the log tag") : 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid log tag: \"%s\"", tag);
	return err_hint(err,
			"supported: text with {{.ID}}, {{.FullID}}, {{.Name}} or {{.ImageName}}");
}

static int unsupported(const struct log_driver *driver, const char *option, struct masu_error *err)
{
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "the log driver \"%s\" has no option %s",
		       driver->name, option);
}

static int check(const struct log_driver *driver, const struct masu_create_options *o,
		 struct masu_error *err)
{
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
	return o->log_tag ? container_log_check_tag(o->log_tag, err) : 0;
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
		return err_sys(err, ENOMEM, "record the log's options");
	return 0;
}

const struct log_driver *container_log_driver(const struct record *record)
{
	const struct log_driver *driver = log_driver_find(record->log_driver);

	return driver ? driver : &log_none; /* of a record of a newer masu */
}

void container_log_done(struct container_log *log)
{
	free(log->tag);
	*log = (struct container_log){0};
}

int container_log_prepare(const struct record *record, const struct home *home,
			  struct container_log *ret, struct masu_error *err)
{
	const struct tag_values values = {home->id, record->name, str_or_empty(record->image)};
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
		r = expand_tag(record->log_tag ? record->log_tag : TAG_DEFAULT, &values, &log.tag);
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
