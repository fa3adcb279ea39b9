/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process-table.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/account.h"
#include "base/array.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/idmap.h"

#define PROC_FILE_MAX 65536
#define PTS_MAJOR     136
#define PTS_MAJOR_END 144

struct process {
	pid_t pid, host_pid, host_ppid, pgid;
	uint32_t host_uid, host_gid;
	char state, comm[64];
	int tty;
	long nice;
	uint64_t time_s, vsz, rss_pages;
	double load;
	int64_t elapsed_s;
	char *args;
};

struct processes {
	struct process *item;
	size_t n;
	struct idmap map; /* of the container's user namespace */
	double uptime_s;
};

static void processes_done(struct processes *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->item[i].args);
	free(all->item);
	idmap_done(&all->map);
}

/* The line of a key, after it; "" without one. */
static const char *find_key(const char *status, const char *key)
{
	const char *line = strstr(status, key);

	return line ? line + strlen(key) : "";
}

/* The last number of a line: in the innermost pid namespace. */
static pid_t last_number(const char *line)
{
	_cleanup_free_ char *words = strndup(line, strcspn(line, "\n"));
	size_t n = 0, length = 0;

	while (words && *str_word(words, n + 1, &length))
		n++;
	return words ? (pid_t)str_word_number(words, n) : 0;
}

/* The words of /proc/PID/stat after the command, in parentheses, which may hold any character. */
enum {
	STAT_STATE,
	STAT_PPID,
	STAT_TTY = 4,
	STAT_UTIME = 11,
	STAT_STIME,
	STAT_NICE = 16,
	STAT_START = 19,
	STAT_VSIZE,
	STAT_RSS
};

static int parse_stat(const char *text, const struct processes *all, struct process *p)
{
	const char *name = strchr(text, '('), *end = strrchr(text, ')');
	const double hz = (double)sysconf(_SC_CLK_TCK);
	size_t length;

	if (!name || !end)
		return -EBADMSG;
	(void)snprintf(p->comm, sizeof(p->comm), "%.*s", (int)(end - name - 1), name + 1);
	const char *words = end + 1;
	double used = (double)(str_word_number(words, STAT_UTIME) +
			       str_word_number(words, STAT_STIME)) /
		      hz;
	double elapsed = MAX(all->uptime_s - (double)str_word_number(words, STAT_START) / hz, 0);
	p->state = *str_word(words, STAT_STATE, &length);
	p->host_ppid = (pid_t)str_word_number(words, STAT_PPID);
	p->tty = (int)str_word_number(words, STAT_TTY);
	p->nice = (long)str_word_number(words, STAT_NICE); /* a minus sign is taken, too */
	p->time_s = (uint64_t)used;
	p->load = elapsed > 0 ? 100 * used / elapsed : 0;
	p->elapsed_s = (int64_t)elapsed;
	p->vsz = str_word_number(words, STAT_VSIZE);
	p->rss_pages = str_word_number(words, STAT_RSS);
	return 0;
}

/* The arguments, with spaces between them; of a zombie its name. */
static char *read_args(int dirfd, const struct process *p)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	if (file_read(dirfd, "cmdline", PROC_FILE_MAX, &text, &size) < 0 || size == 0)
		return str_printf("[%s]", p->comm);
	for (size_t i = 0; i + 1 < size; i++)
		if (!text[i])
			text[i] = ' ';
	return TAKE_PTR(text);
}

/* -ENOENT or -ESRCH if it has exited. */
static int read_process(const struct processes *all, pid_t pid, struct process *ret)
{
	_cleanup_free_ char *stat = NULL, *status = NULL;
	struct process p = {.host_pid = pid};
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	_cleanup_close_ int dirfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return -errno;
	int r = file_read(dirfd, "stat", PROC_FILE_MAX, &stat, NULL);
	if (r == 0)
		r = file_read(dirfd, "status", PROC_FILE_MAX, &status, NULL);
	if (r < 0 || !stat || !status)
		return r;
	r = parse_stat(stat, all, &p);
	if (r < 0)
		return r;
	p.pid = last_number(find_key(status, "\nNSpid:"));
	p.pgid = last_number(find_key(status, "\nNSpgid:"));
	p.host_uid = (uint32_t)str_word_number(find_key(status, "\nUid:"),
					       1); /* the effective one */
	p.host_gid = (uint32_t)str_word_number(find_key(status, "\nGid:"), 1);
	p.args = read_args(dirfd, &p);
	if (!p.args)
		return -ENOMEM;
	*ret = p;
	return 0;
}

static int compare_pids(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int read_all(const struct instance *c, struct processes *all, struct masu_error *err)
{
	_cleanup_free_ char *uptime = NULL;
	_cleanup_free_ pid_t *pids = NULL;
	size_t n;
	int r = instance_pids(c, &pids, &n, err);

	if (r < 0)
		return r;
	r = file_read(AT_FDCWD, "/proc/uptime", PROC_FILE_MAX, &uptime, NULL);
	if (r < 0)
		return err_sys(err, r, "read /proc/uptime");
	all->uptime_s = strtod(uptime, NULL);
	all->item = calloc(n + 1, sizeof(*all->item));
	if (!all->item)
		return err_oom(err);
	(void)idmap_read(c->state.pid, &all->map); /* without maps, no id is mapped */
	for (size_t i = 0; i < n; i++) {
		r = read_process(all, pids[i], &all->item[all->n]);
		if (r == 0)
			all->n++;
		else if (r != -ENOENT && r != -ESRCH)
			return err_sys(err, r, "read the state of process %d", (int)pids[i]);
	}
	qsort(all->item, all->n, sizeof(*all->item), compare_pids);
	return 0;
}

/* An id of the host as the container has it; -1 if it has none. */
static char *inside(const struct id_range *ranges, size_t n, uint32_t id)
{
	uint32_t own;

	return idmap_to_inside(ranges, n, id, &own) < 0 ? strdup("-1") : str_printf("%u", own);
}

static pid_t parent_inside(const struct processes *all, const struct process *p)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->item[i].host_pid == p->host_ppid)
			return all->item[i].pid;
	return 0; /* outside, or in another pid namespace */
}

/* "[[DD-]HH:]MM:SS", as ps writes it. */
static char *duration(int64_t s, bool hours)
{
	int days = (int)(s / 86400), h = (int)(s / 3600 % 24), m = (int)(s / 60 % 60);

	if (days)
		return str_printf("%d-%02d:%02d:%02d", days, h, m, (int)(s % 60));
	if (h || hours)
		return str_printf("%02d:%02d:%02d", h, m, (int)(s % 60));
	return str_printf("%02d:%02d", m, (int)(s % 60));
}

static char *terminal(int device)
{
	if (!device)
		return strdup("?");
	if (major((dev_t)device) >= PTS_MAJOR && major((dev_t)device) < PTS_MAJOR_END)
		return str_printf("pts/%u",
				  (major((dev_t)device) - PTS_MAJOR) * 256 + minor((dev_t)device));
	return str_printf("%u:%u", major((dev_t)device), minor((dev_t)device));
}

static char *host_user(uid_t uid)
{
	char *name = account_name(uid);

	return name ? name : str_printf("%u", uid);
}

enum column {
	COLUMN_ARGS,
	COLUMN_COMM,
	COLUMN_ETIME,
	COLUMN_GROUP,
	COLUMN_HGROUP,
	COLUMN_HPID,
	COLUMN_HUSER,
	COLUMN_NICE,
	COLUMN_PCPU,
	COLUMN_PGID,
	COLUMN_PID,
	COLUMN_PPID,
	COLUMN_RSS,
	COLUMN_STATE,
	COLUMN_TIME,
	COLUMN_TTY,
	COLUMN_USER,
	COLUMN_VSZ,
	COLUMN_MAX
};

static const struct {
	const char *name, *title;
} columns_known[] = {
	[COLUMN_ARGS] = {"args", "COMMAND"},	[COLUMN_COMM] = {"comm", "COMMAND"},
	[COLUMN_ETIME] = {"etime", "ELAPSED"},	[COLUMN_GROUP] = {"group", "GROUP"},
	[COLUMN_HGROUP] = {"hgroup", "HGROUP"}, [COLUMN_HPID] = {"hpid", "HPID"},
	[COLUMN_HUSER] = {"huser", "HUSER"},	[COLUMN_NICE] = {"nice", "NI"},
	[COLUMN_PCPU] = {"pcpu", "%CPU"},	[COLUMN_PGID] = {"pgid", "PGID"},
	[COLUMN_PID] = {"pid", "PID"},		[COLUMN_PPID] = {"ppid", "PPID"},
	[COLUMN_RSS] = {"rss", "RSS"},		[COLUMN_STATE] = {"state", "STATE"},
	[COLUMN_TIME] = {"time", "TIME"},	[COLUMN_TTY] = {"tty", "TTY"},
	[COLUMN_USER] = {"user", "USER"},	[COLUMN_VSZ] = {"vsz", "VSZ"},
};
static_assert(ARRAY_SIZE(columns_known) == COLUMN_MAX, "every column has a title");

static char *cell(const struct processes *all, const struct process *p, enum column column)
{
	switch (column) {
	case COLUMN_ARGS:
		return strdup(p->args);
	case COLUMN_COMM:
		return strdup(p->comm);
	case COLUMN_ETIME:
		return duration(p->elapsed_s, false);
	case COLUMN_GROUP:
		return inside(all->map.gids, all->map.n_gids, p->host_gid);
	case COLUMN_HGROUP:
		return str_printf("%u", p->host_gid);
	case COLUMN_HPID:
		return str_printf("%d", (int)p->host_pid);
	case COLUMN_HUSER:
		return host_user(p->host_uid);
	case COLUMN_NICE:
		return str_printf("%ld", p->nice);
	case COLUMN_PCPU:
		return str_printf("%.1f", p->load);
	case COLUMN_PGID:
		return str_printf("%d", (int)p->pgid);
	case COLUMN_PID:
		return str_printf("%d", (int)p->pid);
	case COLUMN_PPID:
		return str_printf("%d", (int)parent_inside(all, p));
	case COLUMN_RSS:
		return str_printf("%" PRIu64,
				  p->rss_pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024);
	case COLUMN_STATE:
		return str_printf("%c", p->state);
	case COLUMN_TIME:
		return duration((int64_t)p->time_s, true);
	case COLUMN_TTY:
		return terminal(p->tty);
	case COLUMN_USER:
		return inside(all->map.uids, all->map.n_uids, p->host_uid);
	default:
		return str_printf("%" PRIu64, p->vsz / 1024);
	}
}

static enum column find_column(const char *name)
{
	enum column column = 0;

	while (column < COLUMN_MAX && !streq(columns_known[column].name, name))
		column++;
	return column;
}

/* The columns of all words. -EINVAL for an unknown one. */
static int parse_columns(char *const *words, enum column **ret, size_t *ret_n)
{
	_cleanup_free_ enum column *list = NULL;
	size_t n = 0;

	STRV_FOREACH(word, words) {
		_cleanup_strv_ char **names = strv_split(*word, ",");

		if (!names)
			return -ENOMEM;
		STRV_FOREACH(name, names) {
			enum column *added = array_add(&list, &n, sizeof(*added));

			if (!added)
				return -ENOMEM;
			*added = find_column(*name);
			if (*added == COLUMN_MAX)
				return -EINVAL;
		}
	}
	*ret = TAKE_PTR(list);
	*ret_n = n;
	return 0;
}

bool process_columns_known(char *const *columns)
{
	_cleanup_free_ enum column *list = NULL;
	size_t n;

	return parse_columns(columns, &list, &n) == 0;
}

static void build_rows(struct json_build *b, struct json_object *doc, const struct processes *all,
		       const enum column *columns, size_t n)
{
	struct json_object *titles = build_array(b, doc, "Titles");
	struct json_object *rows = build_array(b, doc, "Processes");

	for (size_t i = 0; i < n; i++)
		build_text(b, titles, NULL, columns_known[columns[i]].title);
	for (size_t i = 0; i < all->n; i++) {
		struct json_object *row = build_array(b, rows, NULL);

		for (size_t k = 0; k < n; k++) {
			_cleanup_free_ char *text = cell(all, &all->item[i], columns[k]);

			b->failed |= !text;
			build_text(b, row, NULL, text);
		}
	}
}

int process_table(const struct instance *c, char *const *columns, struct json_object **ret,
		  struct masu_error *err)
{
	static char *const by_default[] = {(char *)"user,pid,ppid,pcpu,etime,tty,time,args", NULL};
	_cleanup_(processes_done) struct processes all = {0};
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_free_ enum column *list = NULL;
	struct json_build b = {0};
	size_t n;
	int r = parse_columns(columns && *columns ? columns : by_default, &list, &n);

	if (r < 0)
		return err_sys(err, r, "read the columns");
	r = read_all(c, &all, err);
	if (r < 0)
		return r;
	doc = json_object_new_object();
	build_rows(&b, doc, &all, list, n);
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(doc);
	return 0;
}
