/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"

static struct {
	const char *program;
	enum log_level level;
	int fd;
	bool json;
} sink = {.program = "masu", .level = LOG_NOTICE, .fd = -1};

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_NOTICE] = "info",
	[LOG_DEBUG] = "debug",
};
static_assert(ARRAY_SIZE(level_names) == LOG_LEVEL_MAX, "every level has a name");

void log_init(const char *program)
{
	sink.program = program;
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

void log_set_file(int fd, bool json)
{
	if (sink.fd >= 0)
		(void)close(sink.fd);
	sink.fd = fd;
	sink.json = json;
}

/*
 * Messages quote what registries, images and helpers said: no such text may reach the user's
 * terminal with control characters in it. Newlines are ours.
 */
static void disarm(char *message)
{
	for (unsigned char *c = (unsigned char *)message; *c; c++) {
		if ((*c < ' ' && *c != '\n') || *c == 0x7f)
			*c = '?';
		else if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f) /* U+0080 to U+009f */
			*c = c[1] = '?';
	}
}

/* Within double quotes, as logrus writes it. */
static void log_quoted(struct strbuf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			(void)strbuf_add(b, "\\n", 2);
		else
			(void)strbuf_addf(b, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
	}
}

static void log_to_file(enum log_level level, const char *message)
{
	char stamp[32] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm))
		(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!sink.json) {
		_cleanup_strbuf_ struct strbuf quoted = STRBUF_INIT;

		log_quoted(&quoted, message);
		(void)dprintf(sink.fd, "time=\"%s\" level=%s msg=\"%s\"\n", stamp,
			      level_names[level], quoted.text ? quoted.text : "");
		return;
	}
	_cleanup_json_ struct json_object *line = json_object_new_object();

	if (!line)
		return;
	(void)json_object_object_add(line, "level", json_object_new_string(level_names[level]));
	(void)json_object_object_add(line, "msg", json_object_new_string(message));
	(void)json_object_object_add(line, "time", json_object_new_string(stamp));
	(void)dprintf(sink.fd, "%s\n",
		      json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
}

void log_at(enum log_level level, const char *format, ...)
{
	_cleanup_free_ char *message = NULL;
	va_list ap;

	if (level > sink.level)
		return;
	va_start(ap, format);
	int r = vasprintf(&message, format, ap);
	va_end(ap);
	if (r < 0) {
		message = NULL;
		return;
	}
	disarm(message);
	/* One write, so that the lines of several processes don't mix. */
	(void)dprintf(STDERR_FILENO, "%s: %s%s\n", sink.program,
		      level == LOG_WARNING ? "warning: " : "", message);
	if (sink.fd >= 0)
		log_to_file(level, message);
}

int log_err(const struct err *err)
{
	const char *message = err->message ? err->message : strerror(err->code);

	if (err->hint)
		log_error("%s\n%*s%s", message, (int)strlen(sink.program) + 2, "", err->hint);
	else
		log_error("%s", message);
	return err_exit_status(err);
}
