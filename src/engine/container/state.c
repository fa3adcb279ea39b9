/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/restart.h"
#include "engine/run-dir.h"
#include "monitor/protocol.h"
#include "runtime/state-dir.h"

/* Room for all ports that can be published (net/ports.c), each with its address. */
#define PORTS_SIZE_MAX (8u << 20)
#define EXIT_SIZE_MAX  4096
#define PORTS_FILE     "ports.json"
#define STARTED_SIZE   (TIME_STAMP_MAX + 32)
#define ERROR_FILE     "start-error"
#define ERROR_SIZE_MAX 4096

const char *masu_status_name(enum masu_status status)
{
	static const char *const names[] = {
		[MASU_STATUS_CREATED] = "created",	   [MASU_STATUS_STARTING] = "starting",
		[MASU_STATUS_RUNNING] = "running",	   [MASU_STATUS_PAUSED] = "paused",
		[MASU_STATUS_STOPPING] = "stopping",	   [MASU_STATUS_EXITED] = "exited",
		[MASU_STATUS_RESTARTING] = "restarting",   [MASU_STATUS_ON_DEMAND] = "ondemand",
		[MASU_STATUS_INITIALIZED] = "initialized",
	};

	return names[status];
}

void state_done(struct state *s)
{
	container_state_done(&s->run);
	port_list_done(&s->ports);
	closep(&s->pidfd);
	*s = STATE_INIT;
}

static void build_port(struct json_build *b, struct json_object *o, const struct port *p)
{
	build_text(b, o, "hostIp", p->host_ip);
	build_int(b, o, "hostPort", p->host_port);
	build_int(b, o, "containerPort", p->container_port);
	build_text(b, o, "protocol", p->udp ? "udp" : "tcp");
}

int state_write_ports(const struct home *home, const struct port_list *ports,
		      struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = NULL;
	struct json_build b = {0};

	if (!ports->n)
		return 0;
	array = json_object_new_array();
	for (size_t i = 0; i < ports->n; i++)
		build_port(&b, build_object(&b, array, NULL), &ports->item[i]);
	const char *text = b.failed ? NULL : json_text(array, false);
	if (!text)
		return err_oom(err);
	if (strlen(text) > PORTS_SIZE_MAX)
		return err_set(err, ERR_INVALID, EFBIG,
			       "cannot record the published ports: larger than %u bytes",
			       PORTS_SIZE_MAX);
	int r = file_write_atomic(home->fd, PORTS_FILE, text, strlen(text), 0600, 0);
	return r < 0 ? err_sys(err, r, "record the published ports") : 0;
}

static int port_from_json(struct json_object *o, struct port *ret, struct masu_error *err)
{
	int64_t host = 0, container = 0;
	const char *ip = NULL, *protocol = NULL;

	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "ports: must hold objects");
	if (json_get_string(o, "ports", "hostIp", &ip, err) < 0 ||
	    json_get_string(o, "ports", "protocol", &protocol, err) < 0 ||
	    json_get_int64(o, "ports", "hostPort", JSON_RANGE(0, UINT16_MAX), &host, err) < 0 ||
	    json_get_int64(o, "ports", "containerPort", JSON_RANGE(0, UINT16_MAX), &container,
			   err) < 0)
		return -EBADMSG;
	*ret = (struct port){.host_port = (uint16_t)host,
			     .container_port = (uint16_t)container,
			     .udp = protocol && streq(protocol, "udp")};
	(void)snprintf(ret->host_ip, sizeof(ret->host_ip), "%s", ip ? ip : "");
	return 0;
}

static int read_ports(const struct home *home, struct port_list *ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = NULL;
	_cleanup_ports_ struct port_list list = PORT_LIST_INIT;
	int r = json_read_file(home->fd, PORTS_FILE, PORTS_SIZE_MAX, &array, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (!json_object_is_type(array, json_type_array))
		return err_set(err, ERR_INVALID, EBADMSG, "%s: must be an array", PORTS_FILE);
	const size_t length = json_object_array_length(array);
	list.item = calloc(length + 1, sizeof(*list.item));
	if (!list.item)
		return err_oom(err);
	for (; list.n < length; list.n++) {
		r = port_from_json(json_object_array_get_idx(array, list.n), &list.item[list.n],
				   err);
		if (r < 0)
			return r;
	}
	*ret = TAKE(list, PORT_LIST_INIT);
	return 0;
}

static void pack_port(const struct port *p, struct strbuf *b)
{
	(void)strbuf_add(b, p->host_ip, sizeof(p->host_ip)); /* the buffer keeps the failure */
	fields_pack_number(p->host_port, b);
	fields_pack_number(p->container_port, b);
	fields_pack_number(p->udp, b);
	fields_pack_number(p->on_demand_s, b);
}

static void unpack_port(struct unpack *u, struct port_list *list)
{
	struct port *p = array_add(&list->item, &list->n, sizeof(*p));
	const char *ip = unpack_bytes(u, sizeof(p->host_ip));

	u->failed |= !p || !ip;
	if (u->failed)
		return;
	(void)snprintf(p->host_ip, sizeof(p->host_ip), "%.*s", (int)sizeof(p->host_ip) - 1, ip);
	p->host_port = (uint16_t)unpack_number(u);
	p->container_port = (uint16_t)unpack_number(u);
	p->udp = unpack_number(u);
	p->on_demand_s = (unsigned int)unpack_number(u);
}

void state_pack(const struct state *s, struct strbuf *b)
{
	const int64_t numbers[] = {s->status,	   s->unsettled, s->started_ns,
				   s->finished_ns, s->exit_code, s->oom_killed};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		fields_pack_number(numbers[i], b);
	container_state_pack(&s->run, b);
	fields_pack_number((int64_t)s->ports.n, b);
	for (size_t i = 0; i < s->ports.n; i++)
		pack_port(&s->ports.item[i], b);
}

void state_pack_version(struct strbuf *b)
{
	container_state_pack_version(b);
	(void)strbuf_addf(b, "port on demand"); /* a field of a port */
}

void state_unpack(struct unpack *u, struct state *ret)
{
	ret->status = (enum masu_status)unpack_number(u);
	ret->unsettled = unpack_number(u);
	ret->started_ns = unpack_number(u);
	ret->finished_ns = unpack_number(u);
	ret->exit_code = (int)unpack_number(u);
	ret->oom_killed = unpack_number(u);
	container_state_unpack(u, &ret->run);
	for (int64_t n = unpack_number(u); n > 0 && !u->failed; n--)
		unpack_port(u, &ret->ports);
}

/* A state of an earlier boot is none, nor is one that a power failure left incomplete. */
static int read_run(const struct home *home, struct state *s, struct masu_error *err)
{
	int r = container_state_read(home->fd, &s->run, err);

	s->unsettled = r != -ENOENT;
	if (r == -ENOENT || r == -EBADMSG)
		return 0;
	if (r < 0)
		return r;
	r = container_state_is_current(&s->run);
	if (r > 0)
		return read_ports(home, &s->ports, err);
	container_state_done(&s->run);
	return r < 0 ? err_sys(err, r, "read the state of container %.*s", ID_SHORT_LENGTH,
			       home->id)
		     : 0;
}

/* Of a record of one group (cgroup_open()): a line for each, "[HIERARCHY:]PATH[/./NAME]". */
char *state_group(const struct state *s)
{
	const char *record = str_or_empty(s->run.cgroup), *mark = strstr(record, CGROUP_SUB_MARK);
	_cleanup_free_ char *path = strndup(record,
					    mark ? (size_t)(mark - record) : strcspn(record, "\n"));

	return path ? strdup(path_last(path)) : NULL;
}

char *state_scope(const struct state *s)
{
	return s->run.cgroup && !(s->run.cgroup_flags & (CGROUP_OWN | CGROUP_UNIT)) ? state_group(s)
										    : NULL;
}

void state_remove(const struct masu_engine *e, const struct home *home)
{
	container_state_remove(home->fd);
	/* A start that has failed has removed its group. */
	(void)unlinkat(home->fd, CGROUP_LINK, 0);
	run_dir_remove(e, home->id);
}

int ending_write(int dirfd, const struct ending *ending, struct masu_error *err)
{
	char text[256], stamp[TIME_STAMP_MAX], signal[32] = "";

	if (ending->signal)
		(void)snprintf(signal, sizeof(signal), ",\"signal\":%d", ending->signal);
	int n = snprintf(text, sizeof(text),
			 "{\"exitCode\":%d%s,\"oomKilled\":%s,\"finishedAt\":\"%s\"}\n",
			 ending->exit_code, signal, ending->oom_killed ? "true" : "false",
			 time_stamp(ending->finished_ns, stamp));
	int r = file_write_atomic(dirfd, MONITOR_EXIT_FILE, text, (size_t)n, 0600, FILE_SYNC);

	return r < 0 ? err_sys(err, r, "record the container's end") : 0;
}

int ending_read(int dirfd, struct ending *ret)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct ending ending = {0};
	const char *stamp = NULL;
	int64_t code = 0, signal = 0;
	int r = json_read_object(dirfd, MONITOR_EXIT_FILE, EXIT_SIZE_MAX, &o, NULL);

	if (r < 0)
		return r;
	if (json_get_int64(o, "", "exitCode", JSON_RANGE(0, 255), &code, NULL) < 0 ||
	    json_get_int64(o, "", "signal", JSON_RANGE(0, 64), &signal, NULL) < 0 ||
	    json_get_bool(o, "", "oomKilled", &ending.oom_killed, NULL) < 0 ||
	    json_get_bool(o, "", "terminated", &ending.terminated, NULL) < 0 ||
	    json_get_string(o, "", "finishedAt", &stamp, NULL) < 0 ||
	    (stamp && time_parse_stamp(stamp, &ending.finished_ns) < 0))
		return -EBADMSG;
	ending.exit_code = (int)code;
	ending.signal = (int)signal;
	*ret = ending;
	return 0;
}

int state_mark_started(const struct home *home, int64_t now_ns, const struct restarts *restarts,
		       struct masu_error *err)
{
	char text[STARTED_SIZE], stamp[TIME_STAMP_MAX];
	int n = snprintf(text, sizeof(text), "%s", time_stamp(now_ns, stamp));

	if (restarts->count > 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %d %d", restarts->count,
			      restarts->delay_ms);
	if (unlinkat(home->fd, MONITOR_EXIT_FILE, 0) < 0 && errno != ENOENT)
		return err_sys(err, errno, "forget the container's last end");
	(void)unlinkat(home->fd, ERROR_FILE, 0); /* most starts have not failed */
	int r = file_write_atomic(home->fd, STARTED_FILE, text, (size_t)n, 0600, 0);
	return r < 0 ? err_sys(err, r, "record the container's start") : 0;
}

void state_write_error(const struct home *home, const char *message)
{
	size_t size = strnlen(message, ERROR_SIZE_MAX);

	(void)file_write_atomic(home->fd, ERROR_FILE, message, size, 0600, 0);
}

char *state_read_error(const struct home *home)
{
	char *text;

	return file_read(home->fd, ERROR_FILE, ERROR_SIZE_MAX, &text, NULL) < 0 ? NULL : text;
}

/* Reads "RESTARTS DELAY". Zeros for anything else. */
static struct restarts parse_restarts(char *text)
{
	char *delay = strchr(text, ' ');
	uint32_t count, delay_ms;

	if (!delay)
		return (struct restarts){0};
	*delay++ = 0;
	if (str_to_uint32(text, &count) < 0 || str_to_uint32(delay, &delay_ms) < 0 ||
	    count >= INT_MAX || delay_ms > INT_MAX / 2)
		return (struct restarts){0};
	return (struct restarts){.count = (int)count, .delay_ms = (int)delay_ms};
}

/* Returns the text before the first space, which the caller frees, or NULL. */
static char *read_started(const struct home *home, struct restarts *ret)
{
	_cleanup_free_ char *text = NULL;

	*ret = (struct restarts){0};
	if (file_read(home->fd, STARTED_FILE, STARTED_SIZE, &text, NULL) < 0)
		return NULL;
	char *space = strchr(text, ' ');
	if (space) {
		*space = 0;
		*ret = parse_restarts(space + 1);
	}
	return TAKE_PTR(text);
}

struct restarts state_restarts(const struct home *home)
{
	struct restarts restarts;

	free(read_started(home, &restarts));
	return restarts;
}

struct stat state_last_start(const struct home *home)
{
	struct stat st = {0};

	(void)fstatat(home->fd, STARTED_FILE, &st, AT_SYMLINK_NOFOLLOW);
	return st;
}

bool state_has_started_since(const struct home *home, const struct stat *last_start)
{
	const struct stat now = state_last_start(home);

	return now.st_ino != last_start->st_ino ||
	       now.st_mtim.tv_sec != last_start->st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != last_start->st_mtim.tv_nsec;
}

/* 0 when there was no start. */
static int64_t started_at(const struct home *home, bool *ret_started)
{
	struct restarts restarts;
	_cleanup_free_ char *stamp = read_started(home, &restarts);
	int64_t ns = 0;

	*ret_started = stamp;
	return stamp && time_parse_stamp(stamp, &ns) == 0 ? ns : 0;
}

static int get_ending(const struct home *home, int run_fd, struct ending *ret)
{
	int r = ending_read(home->fd, ret);

	return r == -ENOENT && run_fd >= 0 ? ending_read(run_fd, ret) : r;
}

/* The state of a container whose init does not live. 0, or the -errno of a shortage. */
static int without_init(const struct home *home, int run_fd, struct state *s)
{
	struct ending ending = {0};
	bool started;

	s->started_ns = started_at(home, &started);
	int r = get_ending(home, run_fd, &ending);
	if (r == -ENOENT && home_is_held(home) && (run_fd >= 0 || s->run.pid > 0)) {
		s->status = s->run.pid > 0 ? MASU_STATUS_STOPPING : MASU_STATUS_STARTING;
		return 0;
	}
	if (r == -ENOENT) /* perhaps written since, and released */
		r = get_ending(home, run_fd, &ending);
	if (err_is_shortage(r))
		return r;
	if (r < 0 && !started) {
		s->status = MASU_STATUS_CREATED;
		return 0;
	}
	s->status = restart_is_waiting(home->fd) ? MASU_STATUS_RESTARTING : MASU_STATUS_EXITED;
	s->exit_code = r < 0 ? 137 : ending.exit_code;
	s->oom_killed = r == 0 && ending.oom_killed;
	s->finished_ns = r < 0 ? 0 : ending.finished_ns;
	return 0;
}

/* Of a container whose init lives. */
static enum masu_status with_init(enum oci_status status)
{
	switch (status) {
	case OCI_STATUS_RUNNING:
		return MASU_STATUS_RUNNING;
	case OCI_STATUS_PAUSED:
		return MASU_STATUS_PAUSED;
	case OCI_STATUS_CREATED:
		return MASU_STATUS_INITIALIZED;
	default:
		return MASU_STATUS_STARTING;
	}
}

int state_get(const struct masu_engine *e, const struct home *home, struct state *ret,
	      struct masu_error *err)
{
	_cleanup_state_ struct state s = STATE_INIT;
	_cleanup_close_ int run_fd = run_dir_open(e, home->id);
	int r;

	if (run_fd < 0 && run_fd != -ENOENT)
		return err_sys(err, run_fd, "open the run-time directory of container %.*s",
			       ID_SHORT_LENGTH, home->id);
	r = read_run(home, &s, err);
	if (r < 0)
		return r;
	enum oci_status status = OCI_STATUS_STOPPED;
	if (s.run.pid > 0)
		r = container_status_current(home->fd, &s.run, &status, &s.pidfd);
	if (r == 0 && status == OCI_STATUS_STOPPED)
		r = without_init(home, run_fd, &s);
	if (r < 0)
		return err_sys(err, r, "read the state of container %.*s", ID_SHORT_LENGTH,
			       home->id);
	if (status != OCI_STATUS_STOPPED) {
		bool started;

		s.status = with_init(status);
		s.started_ns = s.run.by_run ? s.run.created_ns : started_at(home, &started);
	}
	*ret = TAKE(s, STATE_INIT);
	err_done(err); /* of files that needn't be there */
	return 0;
}
