/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"

enum sink_kind { SINK_TEXT, SINK_JSON, SINK_JOURNAL, SINK_SYSLOG };

static struct {
	const char *program;
	enum log_level level;
	log_fn *fn; /* in place of stderr, or NULL */
	void *arg;
	int fd; /* the second destination, or -1 */
	enum sink_kind kind;
	const char *identifier;
} sink = {.program = "masu", .level = LOG_NOTICE, .fd = -1};

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_NOTICE] = "info",
	[LOG_DEBUG] = "debug",
};
static_assert(ARRAY_SIZE(level_names) == LOG_LEVEL_MAX, "every level has a name");

/* Of syslog(3) and journald. */
static const int priorities[] = {
	[LOG_ERROR] = 3,
	[LOG_WARNING] = 4,
	[LOG_NOTICE] = 6,
	[LOG_DEBUG] = 7,
};
static_assert(ARRAY_SIZE(priorities) == LOG_LEVEL_MAX, "every level has a priority");

void log_init(const char *program)
{
	sink.program = program;
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

int log_level_from_string(const char *name, enum log_level *ret)
{
	for (enum log_level i = 0; i < LOG_LEVEL_MAX; i++)
		if (streq(name, level_names[i])) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

void log_set_function(log_fn *fn, void *arg)
{
	sink.fn = fn;
	sink.arg = arg;
}

static void set_sink(int fd, enum sink_kind kind, const char *identifier)
{
	if (sink.fd >= 0)
		(void)close(sink.fd);
	sink.fd = fd;
	sink.kind = kind;
	sink.identifier = identifier;
}

void log_set_file(int fd, bool json)
{
	set_sink(fd, json ? SINK_JSON : SINK_TEXT, NULL);
}

static int set_daemon(const char *path, enum sink_kind kind, const char *identifier)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, path, strlen(path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	set_sink(TAKE_FD(fd), kind, identifier && *identifier ? identifier : sink.program);
	return 0;
}

int log_set_journal(const char *identifier)
{
	return set_daemon("/run/systemd/journal/socket", SINK_JOURNAL, identifier);
}

int log_set_syslog(const char *identifier)
{
	return set_daemon("/dev/log", SINK_SYSLOG, identifier);
}

/* Within double quotes, in the format of logrus. */
static void log_quoted(struct strbuf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			(void)strbuf_add(b, "\\n", 2);
		else
			(void)strbuf_addf(b, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
	}
}

static void write_text(enum log_level level, const char *stamp, const char *message)
{
	_cleanup_strbuf_ struct strbuf quoted = STRBUF_INIT;

	log_quoted(&quoted, message);
	(void)dprintf(sink.fd, "time=\"%s\" level=%s msg=\"%s\"\n", stamp, level_names[level],
		      quoted.text ? quoted.text : "");
}

static void write_json(enum log_level level, const char *stamp, const char *message)
{
	_cleanup_json_ struct json_object *line = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, line, "level", level_names[level]);
	build_text(&b, line, "msg", message);
	build_text(&b, line, "time", stamp);
	if (!b.failed)
		(void)dprintf(sink.fd, "%s\n",
			      json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
}

/* journald's own protocol: a field with newlines in it follows its size, of 64 bits. */
static void send_to_journal(enum log_level level, const char *message)
{
	_cleanup_strbuf_ struct strbuf entry = STRBUF_INIT;
	uint64_t size = htole64(strlen(message));

	if (strbuf_addf(&entry, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nMESSAGE\n", priorities[level],
			sink.identifier) == 0 &&
	    strbuf_add(&entry, &size, sizeof(size)) == 0 &&
	    strbuf_addf(&entry, "%s\n", message) == 0)
		(void)send(sink.fd, entry.text, entry.length, MSG_NOSIGNAL); /* a log may fail */
}

static void log_to_sink(enum log_level level, const char *message)
{
	const int facility = 1 << 3; /* LOG_USER of syslog(3) */
	char stamp[32] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm))
		(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	switch (sink.kind) {
	case SINK_TEXT:
		write_text(level, stamp, message);
		break;
	case SINK_JSON:
		write_json(level, stamp, message);
		break;
	case SINK_JOURNAL:
		send_to_journal(level, message);
		break;
	case SINK_SYSLOG:
		(void)dprintf(sink.fd, "<%d>%s[%d]: %s", facility | priorities[level],
			      sink.identifier, (int)getpid(), message);
		break;
	}
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
	/* It quotes registries, images and helpers; newlines are masu's. */
	str_disarm(message, true);
	if (sink.fn)
		sink.fn(sink.arg, message);
	else /* one write, so that the lines of several processes do not mix */
		(void)dprintf(STDERR_FILENO, "%s: %s%s\n", sink.program,
			      level == LOG_WARNING ? "warning: " : "", message);
	if (sink.fd >= 0)
		log_to_sink(level, message);
}

int log_err(const struct masu_error *err)
{
	const char *message = err->message ? err->message : strerror(err->code);

	if (err->hint)
		log_error("%s\n%*s%s", message, (int)strlen(sink.program) + 2, "", err->hint);
	else
		log_error("%s", message);
	return err_exit_status(err);
}
