/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/list.h"

#define UNKNOWN	     "--"
#define CLEAR_SCREEN "\033[2J\033[H"

struct stats_options {
	struct list_options list;
	bool all, no_stream, latest;
	int interval_ms;
};

/* A container of the table. */
struct row {
	masu_container *container;
	masu_sampler *sampler; /* NULL: it is not running */
	struct masu_stats stats;
	bool is_sampled, is_listed;
};

struct monitor {
	const struct stats_options *options;
	masu_engine *e;
	bool lists; /* whatever runs, not the named ones */
	struct row *rows;
	size_t n;
};

static void row_done(struct row *row)
{
	masu_container_free(row->container);
	masu_sampler_free(row->sampler);
}

static void monitor_done(struct monitor *m)
{
	for (size_t i = 0; i < m->n; i++)
		row_done(&m->rows[i]);
	free(m->rows);
	masu_engine_free(m->e);
}

static int add(struct monitor *m, const char *name, struct masu_error *err)
{
	struct row *added = array_add(&m->rows, &m->n, sizeof(*added));

	if (!added)
		return err_oom(err);
	added->is_listed = true;
	int r = masu_container_find(m->e, name, &added->container, err);
	if (r < 0)
		m->n--;
	return r;
}

static struct row *find(const struct monitor *m, const char *id)
{
	for (size_t i = 0; i < m->n; i++)
		if (streq(masu_container_id(m->rows[i].container), id))
			return &m->rows[i];
	return NULL;
}

static void remove_unlisted(struct monitor *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (m->rows[i].is_listed)
			m->rows[kept++] = m->rows[i];
		else
			row_done(&m->rows[i]);
	}
	m->n = kept;
}

/* Takes up containers that were started since, and drops those that have ended. */
static int follow_list(struct monitor *m, struct masu_error *err)
{
	const struct masu_list_options options = {.size = sizeof(options), .all = m->options->all};
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;
	int r = masu_container_list_read(m->e, &options, &list, err);

	for (size_t i = 0; i < m->n; i++)
		m->rows[i].is_listed = false;
	for (size_t i = 0; r == 0 && i < masu_container_list_count(list); i++) {
		const char *id = masu_container_id(masu_container_list_get(list, i));
		struct row *row = find(m, id);

		if (row)
			row->is_listed = true;
		else
			r = add(m, id, err);
		if (r == -ENOENT) { /* removed meanwhile */
			err_done(err);
			r = 0;
		}
	}
	remove_unlisted(m);
	return r;
}

static int begin_sampling(struct row *row, int interval_ms, struct masu_error *err)
{
	row->is_sampled = false;
	if (row->sampler)
		return 0;
	int r = masu_sampler_new(row->container, interval_ms, &row->sampler, err);
	if (r != -ESRCH && r != -ENOENT)
		return r;
	err_done(err);
	return 0;
}

static int step(struct row *row, struct masu_error *err)
{
	row->stats.size = sizeof(row->stats);
	int r = masu_sampler_step(row->sampler, &row->stats, err);

	if (r == -ESRCH) {
		masu_sampler_free(row->sampler);
		row->sampler = NULL;
		err_done(err);
		return 0;
	}
	row->is_sampled = r > 0;
	return MIN(r, 0);
}

/* Waits for a sample of each container that runs. */
static int collect(struct monitor *m, struct masu_error *err)
{
	_cleanup_free_ struct pollfd *fds = calloc(m->n + 1, sizeof(*fds));
	size_t waiting;

	if (!fds)
		return err_oom(err);
	do {
		waiting = 0;
		for (size_t i = 0; i < m->n; i++) {
			const struct row *row = &m->rows[i];
			bool waits = row->sampler && !row->is_sampled;

			fds[i] = (struct pollfd){.fd = waits ? masu_sampler_fd(row->sampler) : -1,
						 .events = POLLIN};
			waiting += waits;
		}
		if (waiting && poll(fds, m->n, -1) < 0 && errno != EINTR)
			return err_sys(err, errno, "wait for statistics");
		for (size_t i = 0; waiting && i < m->n; i++) {
			int r = fds[i].revents ? step(&m->rows[i], err) : 0;
			if (r < 0)
				return r;
		}
	} while (waiting);
	return 0;
}

/* The cells of a row: text for people. */
struct cells {
	char cpu[32], memory[2 * STR_SIZE_MAX + 4], share[32];
	char network[2 * STR_SIZE_MAX + 4], block[2 * STR_SIZE_MAX + 4], pids[32];
};

static void write_pair(char *cell, size_t size, uint64_t a, uint64_t b)
{
	char x[STR_SIZE_MAX] = UNKNOWN, y[STR_SIZE_MAX] = UNKNOWN;

	if (a != MASU_UNKNOWN)
		(void)str_size(a, x);
	if (b != MASU_UNKNOWN)
		(void)str_size(b, y);
	(void)snprintf(cell, size, "%s / %s", x, y);
}

static void write_cells(const struct row *row, struct cells *c)
{
	const struct masu_stats *s = &row->stats;
	const bool known = row->is_sampled;

	*c = (struct cells){UNKNOWN,
			    UNKNOWN " / " UNKNOWN,
			    UNKNOWN,
			    UNKNOWN " / " UNKNOWN,
			    UNKNOWN " / " UNKNOWN,
			    UNKNOWN};
	if (!known)
		return;
	if (s->cpu_ns != MASU_UNKNOWN)
		(void)snprintf(c->cpu, sizeof(c->cpu), "%.2f%%", s->cpu_percent);
	write_pair(c->memory, sizeof(c->memory), s->memory, s->memory_limit);
	if (s->memory != MASU_UNKNOWN && s->memory_limit != MASU_UNKNOWN && s->memory_limit)
		(void)snprintf(c->share, sizeof(c->share), "%.2f%%",
			       100.0 * (double)s->memory / (double)s->memory_limit);
	write_pair(c->network, sizeof(c->network), s->network_received, s->network_sent);
	write_pair(c->block, sizeof(c->block), s->block_read, s->block_written);
	if (s->pids != MASU_UNKNOWN)
		(void)snprintf(c->pids, sizeof(c->pids), "%llu", (unsigned long long)s->pids);
}

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	const struct row *row = item;
	const char *id = masu_container_id(row->container);
	struct cells c;

	write_cells(row, &c);
	table_add(t, "%.*s", whole ? (int)strlen(id) : LIST_ID_SHORT, id);
	table_add(t, "%s", masu_container_name(row->container));
	table_add(t, "%s", c.cpu);
	table_add(t, "%s", c.memory);
	table_add(t, "%s", c.share);
	table_add(t, "%s", c.network);
	table_add(t, "%s", c.block);
	table_add(t, "%s", c.pids);
}

static void build_number(struct json_build *b, struct json_object *o, const char *key, uint64_t n)
{
	if (n != MASU_UNKNOWN)
		build_uint(b, o, key, n);
}

static void build_numbers(struct json_build *b, struct json_object *o, const struct masu_stats *s)
{
	build_put(b, o, "CPUPercent", json_object_new_double(s->cpu_percent));
	build_number(b, o, "CPUNanoseconds", s->cpu_ns);
	build_number(b, o, "Memory", s->memory);
	build_number(b, o, "MemoryLimit", s->memory_limit);
	build_number(b, o, "NetworkReceived", s->network_received);
	build_number(b, o, "NetworkSent", s->network_sent);
	build_number(b, o, "BlockRead", s->block_read);
	build_number(b, o, "BlockWritten", s->block_written);
	build_number(b, o, "PIDs", s->pids);
	build_number(b, o, "PIDsLimit", s->pids_limit);
}

static int to_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	const struct row *row = item;
	struct json_build b = {0};
	struct cells c;

	write_cells(row, &c);
	build_text(&b, o, "Id", masu_container_id(row->container));
	build_text(&b, o, "Name", masu_container_name(row->container));
	build_text(&b, o, "CPUPerc", c.cpu);
	build_text(&b, o, "MemUsage", c.memory);
	build_text(&b, o, "MemPerc", c.share);
	build_text(&b, o, "NetIO", c.network);
	build_text(&b, o, "BlockIO", c.block);
	if (row->is_sampled)
		build_numbers(&b, o, &row->stats);
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(o);
	return 0;
}

static const void *get_row(const void *list, size_t index)
{
	return (const struct row *)list + index;
}

static const char *row_id(const void *item)
{
	return masu_container_id(((const struct row *)item)->container);
}

static const char *const titles[] = {"CONTAINER ID", "NAME",	"CPU %",     "MEM USAGE / LIMIT",
				     "MEM %",	     "NET I/O", "BLOCK I/O", "PIDS"};
static const char *const fields[] = {"ID",	"Name",	 "CPUPerc", "MemUsage",
				     "MemPerc", "NetIO", "BlockIO", "PIDs"};
static const struct list_view stats_view = {
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_row,
	.add_row = add_row,
	.to_json = to_json,
	.id = row_id,
};

static bool is_live(const struct monitor *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->rows[i].sampler)
			return true;
	return false;
}

static bool is_screen(const struct stats_options *o)
{
	const char *format = o->list.format;

	return !o->no_stream && isatty(STDOUT_FILENO) &&
	       (!format || strncmp(format, "table", 5) == 0);
}

static int print_once(struct monitor *m, struct masu_error *err)
{
	int r = m->lists ? follow_list(m, err) : 0;

	for (size_t i = 0; r >= 0 && i < m->n; i++)
		r = begin_sampling(&m->rows[i], m->options->interval_ms, err);
	if (r >= 0)
		r = collect(m, err);
	if (r < 0)
		return r;
	if (is_screen(m->options))
		(void)fputs(CLEAR_SCREEN, stdout);
	return list_print(&stats_view, &m->options->list, m->rows, m->n, err);
}

/* Named containers are watched until the last of them ends. */
static int watch(struct monitor *m, struct masu_error *err)
{
	for (;;) {
		int r = print_once(m, err);

		if (r < 0 || m->options->no_stream || fflush(stdout) < 0)
			return r;
		if (is_live(m))
			continue;
		if (!m->lists)
			return 0;
		(void)poll(NULL, 0, m->options->interval_ms);
	}
}

static int stats_run(const void *values, char **operands, struct masu_error *err)
{
	const struct stats_options *o = values;
	_cleanup_(monitor_done) struct monitor m = {.options = o, .lists = !*operands};
	int r = format_check(o->list.format, true, err);

	if (r == 0)
		r = cli_engine(&m.e, err);
	STRV_FOREACH(name, operands)
		if (r == 0)
			r = add(&m, *name, err);
	return r < 0 ? r : watch(&m, err);
}

static int parse_interval(const char *text, void *field, struct masu_error *err)
{
	uint64_t seconds;

	if (str_to_uint64(text, 86400, &seconds) < 0 || seconds == 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be a number of seconds, 1 or more");
	*(int *)field = (int)seconds * 1000;
	return 0;
}

static void stats_init(void *values)
{
	struct stats_options *o = values;

	o->interval_ms = 1000;
}

static const struct option_row stats_options[] = {
	OPTION_ROW(OPTION_FLAG, struct stats_options, all, 'a', "all", NULL,
		   "Show all containers, not only running ones"),
	OPTION_ROW(OPTION_STRING, struct stats_options, list.format, 0, "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	OPTION_ROW_PARSE(parse_interval, struct stats_options, interval_ms, 'i', "interval",
			 "SECONDS", "Take a sample in this interval (default 1)"),
	LATEST_ROW(struct stats_options),
	OPTION_ROW(OPTION_FLAG, struct stats_options, no_stream, 0, "no-stream", NULL,
		   "Print one sample of each container, and exit"),
	OPTION_ROW(OPTION_FLAG, struct stats_options, list.no_trunc, 0, "no-trunc", NULL,
		   "Print whole ids"),
	{0},
};

const struct command command_stats = {
	.name = "stats",
	.operands = "[CONTAINER...]",
	.summary = "Show the resources that containers use",
	.options = stats_options,
	.values_size = sizeof(struct stats_options),
	.init = stats_init,
	.max_operands = OPERANDS_ANY,
	.latest = LATEST_ALL,
	.run = stats_run,
};
