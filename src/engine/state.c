/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "monitor/protocol.h"

/* Room for all ports that can be published (net/ports.c), each with its address. */
#define STATE_SIZE_MAX (8u << 20)
#define STARTED_FILE   "started"

static const char *const status_names[] = {
	[STATUS_CREATED] = "created", [STATUS_STARTING] = "starting",
	[STATUS_RUNNING] = "running", [STATUS_STOPPING] = "stopping",
	[STATUS_EXITED] = "exited",
};
static_assert(ARRAY_SIZE(status_names) == STATUS_MAX, "every status has a name");

const char *status_name(enum status status)
{
	return status_names[status];
}

void run_state_done(struct run_state *s)
{
	free(s->boot_id);
	free(s->scope);
	free(s->cgroup);
	port_list_done(&s->ports);
	*s = RUN_STATE_INIT;
}

void state_done(struct state *s)
{
	run_state_done(&s->run);
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

static void build_run_state(struct json_build *b, struct json_object *o, const struct run_state *s,
			    const char *boot_id)
{
	build_int(b, o, "pid", s->pid);
	build_int(b, o, "startTime", (int64_t)s->start_time);
	build_text(b, o, "bootId", boot_id);
	build_int(b, o, "started", s->started_ns);
	build_text(b, o, "scope", s->scope);
	build_text(b, o, "cgroup", s->cgroup);
	build_int(b, o, "cgroupFlags", s->cgroup_flags);
	struct json_object *ports = build_array(b, o, "ports");

	for (size_t i = 0; i < s->ports.n; i++)
		build_port(b, build_object(b, ports, NULL), &s->ports.item[i]);
}

int run_state_write(const struct home *home, const struct run_state *s, struct err *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};
	char boot_id[37];
	int r = proc_boot_id(boot_id);

	if (r < 0)
		return err_sys(err, r, "record the container's state");
	build_run_state(&b, o, s, boot_id);
	const char *text = b.failed ? NULL : json_text(o, false);
	if (!text)
		return err_sys(err, ENOMEM, "record the container's state");
	if (strlen(text) > STATE_SIZE_MAX)
		return err_set(err, ERR_INVALID, EFBIG,
			       "record the container's state: larger than %u bytes",
			       STATE_SIZE_MAX);
	r = file_write_atomic(home->fd, HOME_STATE_FILE, text, strlen(text), 0600, 0);
	return r < 0 ? err_sys(err, r, "record the container's state") : 0;
}

static int port_from_json(struct json_object *o, struct port_list *list, struct err *err)
{
	int64_t host = 0, container = 0;
	const char *ip = NULL, *protocol = NULL;
	struct port *grown;

	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "ports: must hold objects");
	if (json_get_string(o, "ports", "hostIp", &ip, err) < 0 ||
	    json_get_string(o, "ports", "protocol", &protocol, err) < 0 ||
	    json_get_int64(o, "ports", "hostPort", 0, UINT16_MAX, &host, err) < 0 ||
	    json_get_int64(o, "ports", "containerPort", 0, UINT16_MAX, &container, err) < 0)
		return -EBADMSG;
	grown = reallocarray(list->item, list->n + 1, sizeof(*grown));
	if (!grown)
		return err_sys(err, ENOMEM, "read the container's state");
	list->item = grown;
	struct port *p = &list->item[list->n++];
	*p = (struct port){.host_port = (uint16_t)host,
			   .container_port = (uint16_t)container,
			   .udp = protocol && streq(protocol, "udp")};
	(void)snprintf(p->host_ip, sizeof(p->host_ip), "%s", ip ? ip : "");
	return 0;
}

static int run_state_from_json(struct json_object *o, struct run_state *s, struct err *err)
{
	struct json_object *ports = NULL;
	int64_t pid = 0;
	int r = 0;

	if (json_get_int64(o, "", "pid", 1, INT32_MAX, &pid, err) < 0 ||
	    json_get_uint64(o, "", "startTime", &s->start_time, err) < 0 ||
	    json_get_int64(o, "", "started", 0, INT64_MAX, &s->started_ns, err) < 0 ||
	    json_get_uint32(o, "", "cgroupFlags", &s->cgroup_flags, err) < 0 ||
	    json_get_copy(o, "", "bootId", &s->boot_id, err) < 0 ||
	    json_get_copy(o, "", "scope", &s->scope, err) < 0 ||
	    json_get_copy(o, "", "cgroup", &s->cgroup, err) < 0 ||
	    json_get_array(o, "", "ports", &ports, err) < 0)
		return -EBADMSG;
	s->pid = (pid_t)pid;
	for (size_t i = 0; r == 0 && ports && i < json_object_array_length(ports); i++)
		r = port_from_json(json_object_array_get_idx(ports, i), &s->ports, err);
	return r;
}

static bool is_of_this_boot(const struct run_state *s)
{
	char boot[37];

	return s->boot_id && proc_boot_id(boot) == 0 && streq(boot, s->boot_id);
}

int run_state_read(const struct home *home, struct run_state *ret, struct err *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_run_state_ struct run_state s = RUN_STATE_INIT;
	int r = json_read_file(home->fd, HOME_STATE_FILE, STATE_SIZE_MAX, &o, err);

	if (r == 0)
		r = json_object_is_type(o, json_type_object) ? run_state_from_json(o, &s, err)
							     : -EBADMSG;
	if (r == -EBADMSG || (r == 0 && !is_of_this_boot(&s)))
		return -ENOENT;
	if (r < 0)
		return r;
	*ret = s;
	s = RUN_STATE_INIT;
	return 0;
}

void run_state_remove(const struct engine *e, const struct home *home)
{
	(void)unlinkat(home->fd, HOME_STATE_FILE, 0); /* left, it names a process that has gone */
	home_remove_run_dir(e, home->id);
}

int ending_write(int dirfd, const struct ending *ending, struct err *err)
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
	int r = json_read_file(dirfd, MONITOR_EXIT_FILE, STATE_SIZE_MAX, &o, NULL);

	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object) ||
	    json_get_int64(o, "", "exitCode", 0, 255, &code, NULL) < 0 ||
	    json_get_int64(o, "", "signal", 0, 64, &signal, NULL) < 0 ||
	    json_get_bool(o, "", "oomKilled", &ending.oom_killed, NULL) < 0 ||
	    json_get_string(o, "", "finishedAt", &stamp, NULL) < 0)
		return -EBADMSG;
	if (stamp && time_parse_stamp(stamp, &ending.finished_ns) < 0)
		return -EBADMSG;
	ending.exit_code = (int)code;
	ending.signal = (int)signal;
	*ret = ending;
	return 0;
}

int state_mark_started(const struct home *home, int64_t now_ns, struct err *err)
{
	char stamp[TIME_STAMP_MAX];
	const char *text = time_stamp(now_ns, stamp);
	int r;

	if (unlinkat(home->fd, MONITOR_EXIT_FILE, 0) < 0 && errno != ENOENT)
		return err_sys(err, errno, "forget the container's last end");
	r = file_write_atomic(home->fd, STARTED_FILE, text, strlen(text), 0600, 0);
	return r < 0 ? err_sys(err, r, "record the container's start") : 0;
}

/* 0 when there was no start. */
static int64_t started_at(const struct home *home, bool *ret_started)
{
	_cleanup_free_ char *text = NULL;
	int64_t ns = 0;

	*ret_started = file_read(home->fd, STARTED_FILE, TIME_STAMP_MAX, &text, NULL) == 0;
	if (*ret_started && time_parse_stamp(text, &ns) < 0)
		ns = 0;
	return ns;
}

static int get_ending(const struct home *home, int run_fd, struct ending *ret)
{
	int r = ending_read(home->fd, ret);

	return r == -ENOENT && run_fd >= 0 ? ending_read(run_fd, ret) : r;
}

/* What there is to say of a container whose init doesn't live. */
static void without_init(const struct home *home, int run_fd, struct state *s)
{
	struct ending ending = {0};
	bool started;

	s->started_ns = started_at(home, &started);
	int r = get_ending(home, run_fd, &ending);
	if (r == -ENOENT && home_is_held(home) && (run_fd >= 0 || s->run.pid > 0)) {
		s->status = s->run.pid > 0 ? STATUS_STOPPING : STATUS_STARTING;
		return;
	}
	if (r == -ENOENT) /* perhaps written since, and released */
		r = get_ending(home, run_fd, &ending);
	if (r < 0 && !started) {
		s->status = STATUS_CREATED;
		return;
	}
	s->status = STATUS_EXITED;
	s->exit_code = r < 0 ? 137 : ending.exit_code;
	s->oom_killed = r == 0 && ending.oom_killed;
	s->finished_ns = r < 0 ? 0 : ending.finished_ns;
}

int state_get(const struct engine *e, const struct home *home, struct state *ret, struct err *err)
{
	_cleanup_state_ struct state s = STATE_INIT;
	_cleanup_close_ int run_fd = home_run_dir(e, home->id, false);
	int r;

	if (run_fd < 0 && run_fd != -ENOENT)
		return err_sys(err, run_fd, "open the run-time directory of container %.*s",
			       ID_SHORT_LENGTH, home->id);
	r = run_state_read(home, &s.run, err);
	if (r < 0 && r != -ENOENT)
		return r;
	s.pidfd = r < 0 ? -1 : proc_open_same(s.run.pid, s.run.start_time);
	if (s.pidfd >= 0) {
		s.status = STATUS_RUNNING;
		s.started_ns = s.run.started_ns;
	} else {
		s.pidfd = -1;
		without_init(home, run_fd, &s);
	}
	*ret = s;
	s = STATE_INIT;
	err_done(err); /* of files that needn't be there */
	return 0;
}
