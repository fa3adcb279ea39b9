/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/options.h"

#include <limits.h>
#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "monitor/protocol.h"

/* Digits up to `end`, at most `max`. False for anything else. (str.h would bring in stdio.) */
static bool parse_number(const char *s, const char *end, uint64_t max, uint64_t *ret)
{
	uint64_t n = 0;

	if (s == end)
		return false;
	for (; s < end; s++) {
		unsigned int digit = (unsigned int)(*s - '0');

		if (digit > 9 || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*ret = n;
	return true;
}

static bool parse_fd(struct monitor_options *o, const char *s, const char *end, int *ret)
{
	uint64_t fd;

	if (!parse_number(s, end, INT_MAX, &fd) || fd < 3 || o->n_passed == MONITOR_PASSED_MAX)
		return false;
	o->passed[o->n_passed++] = (int)fd;
	*ret = (int)fd;
	return true;
}

static bool parse_keep(struct monitor_options *o, const char *list)
{
	for (;;) {
		const char *comma = strchr(list, ',');
		int fd; /* it is only held open */

		if (!parse_fd(o, list, comma ? comma : list + strlen(list), &fd))
			return false;
		if (!comma)
			return true;
		list = comma + 1;
	}
}

static bool parse_option(struct monitor_options *o, const char *name, const char *value)
{
	const struct {
		const char *name;
		int *to;
		int max; /* of a number from 1 on; 0 for a descriptor */
	} table[] = {
		{MONITOR_INIT_PID, &o->init, INT_MAX},
		{MONITOR_CONTAINER_DIR, &o->container_dir, 0},
		{MONITOR_RUN_DIR, &o->run_dir, 0},
		{MONITOR_READY, &o->ready, 0},
		{MONITOR_INIT_PIDFD, &o->init_pidfd, 0},
		{MONITOR_INIT_CHANNEL, &o->init_channel, 0},
		{MONITOR_NOTIFY, &o->notify, 0},
		{MONITOR_MANAGER, &o->manager, 0},
		{MONITOR_STDOUT, &o->output[LOG_STDOUT], 0},
		{MONITOR_STDERR, &o->output[LOG_STDERR], 0},
		{MONITOR_CONSOLE, &o->console, 0},
		{MONITOR_STDIN, &o->input, 0},
		{MONITOR_CGROUP, &o->cgroup, 0},
		{MONITOR_STOP_SIGNAL, &o->stop_signal, 64},
		{MONITOR_TIMEOUT, &o->timer.timeout_s, INT_MAX},
		{MONITOR_CHECK_INTERVAL, &o->timer.interval_ms, INT_MAX},
		{MONITOR_CHECK_SOON, &o->timer.soon_ms, INT_MAX},
		{MONITOR_CHECK_BEGIN, &o->check_begin, 2},
		{MONITOR_LOG_MAX_FILES, &o->log_files, LOG_FILES_MAX},
	};
	const struct {
		const char *name, **to;
	} texts[] = {
		{MONITOR_ID, &o->log_settings.id},	 {MONITOR_CHECK, &o->timer.program},
		{MONITOR_NAME, &o->log_settings.name},	 {MONITOR_IMAGE, &o->log_settings.image},
		{MONITOR_LOG_TAG, &o->log_settings.tag},
	};
	const char *end = value + strlen(value);
	uint64_t n;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(name, texts[i].name) == 0) {
			*texts[i].to = value;
			return true;
		}
	if (strcmp(name, MONITOR_LOG) == 0)
		return (o->log = log_driver_find(value));
	if (strcmp(name, MONITOR_KEEP) == 0)
		return parse_keep(o, value);
	if (strcmp(name, MONITOR_LOG_MAX_SIZE) == 0)
		return parse_number(value, end, INT64_MAX, &o->log_settings.max_size);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (strcmp(name, table[i].name) != 0)
			continue;
		if (!table[i].max)
			return parse_fd(o, value, end, table[i].to);
		if (!parse_number(value, end, (uint64_t)table[i].max, &n) || n < 1)
			return false;
		*table[i].to = (int)n;
		return true;
	}
	return false;
}

/* Returns the name of a missing or contradictory option, or NULL. */
static const char *check(struct monitor_options *o)
{
	bool pipes = o->output[LOG_STDOUT] >= 0 || o->output[LOG_STDERR] >= 0 || o->input >= 0;

	if (!o->init)
		return MONITOR_INIT_PID;
	if (o->container_dir < 0)
		return MONITOR_CONTAINER_DIR;
	if (o->run_dir < 0)
		return MONITOR_RUN_DIR;
	if ((o->notify < 0) != (o->manager < 0))
		return MONITOR_MANAGER;
	o->timer.id = o->log_settings.id;
	o->timer.begins_soon = o->check_begin == 2;
	if (o->timer.program && !o->timer.id)
		return MONITOR_ID;
	if (!o->timer.program != !o->timer.interval_ms || !o->timer.program != !o->timer.soon_ms)
		return MONITOR_CHECK;
	o->log_settings.dirfd = o->container_dir;
	o->log_settings.files = (unsigned int)o->log_files;
	if (o->console < 0)
		return NULL;
	if (pipes)
		return MONITOR_CONSOLE;
	o->output[LOG_STDOUT] = o->console;
	o->input = o->console;
	return NULL;
}

const char *monitor_options_parse(struct monitor_options *o, char **argv)
{
	*o = (struct monitor_options){
		.container_dir = -1,
		.run_dir = -1,
		.ready = -1,
		.init_pidfd = -1,
		.init_channel = -1,
		.notify = -1,
		.manager = -1,
		.cgroup = -1,
		.console = -1,
		.output = {-1, -1},
		.input = -1,
		.log = log_driver_find(NULL),
		.log_files = 1,
		.stop_signal = SIGTERM,
	};
	for (argv++; *argv; argv += 2) {
		if (!argv[1])
			return *argv;
		if (strcmp(*argv, MONITOR_EXIT_COMMAND) == 0) {
			o->exit_command = argv + 1;
			break;
		}
		if (!parse_option(o, argv[0], argv[1]))
			return *argv;
	}
	return check(o);
}
