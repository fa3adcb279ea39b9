/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/json.h"
#include "base/str.h"
#include "cli/print.h"
#include "oci-cli/oci-cli.h"
#include "runtime/events.h"

#define INTERVAL_DEFAULT_MS 5000

/* "5s", "1m30s", "100ms": a duration of Go, in whole numbers. -EINVAL. */
static int parse_interval(const char *text, int64_t *ret_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	int64_t total = 0;

	for (const char *p = text; *p;) {
		char *end;
		unsigned long n = strtoul(p, &end, 10);
		size_t i = 0, length = strspn(end, "hms");

		while (i < ARRAY_SIZE(units) && (strlen(units[i].unit) != length ||
						 strncmp(units[i].unit, end, length) != 0))
			i++;
		if (end == p || *p < '0' || *p > '9' || n > 1000000 || i == ARRAY_SIZE(units))
			return -EINVAL;
		total += (int64_t)n * units[i].ms;
		p = end + length;
	}
	*ret_ms = total;
	return total > 0 ? 0 : -EINVAL;
}

static int print_event(void *arg, struct json_object *event, struct masu_error *err)
{
	return print_json(event, false, err);
}

static int events_run(const void *values, char **operands, struct masu_error *err)
{
	const struct oci_options *o = values;
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	_cleanup_json_ struct json_object *stats = NULL;
	int64_t interval_ms = INTERVAL_DEFAULT_MS;

	if (o->interval && parse_interval(o->interval, &interval_ms) < 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid --interval '%s': must be like 5s or 100ms", o->interval);
	int r = oci_find(o, operands[0], &c, err);
	if (r < 0)
		return r;
	if (!o->stats)
		return instance_events(&c, interval_ms, print_event, NULL, err);
	r = instance_stats(&c, &stats, err);
	return r < 0 ? r : print_json(stats, false, err);
}

static const struct option_row events_rows[] = {
	OCI_ROW(OPTION_STRING, interval, 0, "interval", "TIME",
		"Set the time between the statistics (default 5s)"),
	OCI_ROW(OPTION_FLAG, stats, 0, "stats", NULL, "Print the statistics once, and exit"),
	{0},
};

const struct command oci_command_events = {
	.name = "events",
	.operands = "ID",
	.summary = "Print statistics and memory events as lines of JSON",
	.options = events_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = events_run,
};
