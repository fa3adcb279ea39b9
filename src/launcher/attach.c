/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/keys.h"
#include "base/pidfd.h"
#include "engine/container/container-log.h"
#include "engine/container/container.h"
#include "engine/container/event.h"
#include "engine/container/restart.h"
#include "engine/options.h"
#include "engine/run-dir.h"
#include "launcher/start.h"
#include "launcher/stdio.h"
#include "monitor/protocol.h"
#include "runtime/supervise.h"

#define END_OF_FILE_KEY '\004'

/* After the connection was closed without the exit code, by when init has ended if that was the reason. */
#define CLOSED_TIMEOUT_MS 1000

enum { STDOUT, STDERR };

struct attach {
	masu_container *c;
	struct masu_attach_options options;
	masu_wait *wait; /* for the end */
	int socket;	 /* to the monitor; -1: it has closed */
	struct supervisor *supervisor;
	struct keys keys;
	bool starts; /* an initialized container, once it is attached */
	bool reads_stdin, resized, exited, detached;
	int32_t exit_code;  /* once exited */
	size_t packet_size; /* of what waits to be sent; 0: nothing */
	char packet[1 + KEYS_MAX + MONITOR_PAYLOAD_MAX];
};

static void attach_done(struct attach *a)
{
	supervisor_free(a->supervisor);
	fd_close(&a->socket);
	masu_wait_free(a->wait);
}
#define _cleanup_attach_ _cleanup_(attach_done)

static int connect_in(int run_dir)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[FD_PATH_MAX];
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	/* By the descriptor: the path may be longer than an address. */
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/" MONITOR_ATTACH_SOCKET,
		       fd_path(run_dir, path));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int connect_monitor(struct attach *a, struct masu_error *err)
{
	const char *name = a->c->record.name;
	_cleanup_close_ int run_dir = run_dir_open(a->c->engine, a->c->home.id);
	int r = run_dir < 0 ? run_dir : connect_in(run_dir);

	if (r >= 0) {
		a->socket = r;
		return 0;
	}
	if (r != -ENOENT && r != -ECONNREFUSED)
		return err_sys(err, r, "attach to container '%s'", name);
	r = err_set(err, ERR_CONFLICT, EBUSY,
		    "cannot attach to container '%s': not in the background", name);
	(void)err_hint(err, "its streams are those of the masu that runs it in the foreground");
	return r;
}

static int prepare(struct attach *a, struct masu_error *err)
{
	const char *name = a->c->record.name;
	int code, r = masu_container_refresh(a->c, err);

	if (r < 0)
		return r;
	if (a->starts ? a->c->state.status != MASU_STATUS_INITIALIZED
		      : !state_is_alive(&a->c->state)) {
		r = err_set(err, ERR_CONFLICT, ESRCH,
			    "cannot attach to container '%s': not running", name);
		(void)err_hint(err, "start it first: masu start %s%s",
			       a->c->state.status == MASU_STATUS_ON_DEMAND ? "--now " : "", name);
		return r;
	}
	if (container_log_passes(&a->c->record, true)) {
		(void)err_set(err, ERR_CONFLICT, EOPNOTSUPP,
			      "cannot attach to container '%s': its streams are those of the "
			      "process that started it",
			      name);
		return err_hint(err, "use another --log-driver than passthrough");
	}
	r = masu_wait_new(a->c, MASU_WAIT_STOPPED, &a->wait, err);
	if (r < 0)
		return r;
	r = masu_wait_step(a->wait, &code, err); /* from here on it learns the exit code */
	return r < 0 ? r : connect_monitor(a, err);
}

/* The bytes of the message are behind the first byte of the packet. */
static void queue(struct attach *a, enum monitor_msg type, size_t size)
{
	a->packet[0] = (char)type;
	a->packet_size = 1 + size;
}

/* The size of the user's terminal, if there is one, once nothing else waits to be sent. */
static void queue_window(struct attach *a)
{
	if (!a->resized || a->packet_size > 0)
		return;
	a->resized = false;
	const struct winsize size = terminal_size();
	if (!size.ws_row && !size.ws_col)
		return;
	memcpy(a->packet + 1, &size, sizeof(size));
	queue(a, MONITOR_MSG_WINSIZE, sizeof(size));
}

static void send_packet(struct attach *a)
{
	if (send(a->socket, a->packet, a->packet_size, MSG_NOSIGNAL) < 0 &&
	    (errno == EAGAIN || errno == EINTR))
		return;
	a->packet_size = 0; /* sent, or the monitor has gone: the socket tells */
}

/* Keys are read to a place behind the one that they are passed to: see runtime/streams.c. */
static void read_stdin(struct attach *a)
{
	char *to = a->packet + 1, *from = to + (a->supervisor->terminal.fd >= 0 ? KEYS_MAX : 0);
	ssize_t n = read(STDIN_FILENO, from, MONITOR_PAYLOAD_MAX - KEYS_MAX);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		a->reads_stdin = false;
		*to = END_OF_FILE_KEY;
		queue(a, a->c->record.tty ? MONITOR_MSG_STDIN : MONITOR_MSG_STDIN_CLOSE,
		      a->c->record.tty);
		return;
	}
	size_t size = (size_t)n;
	if (from != to)
		size = keys_pass(&a->keys, from, size, to, &a->detached);
	if (size > 0)
		queue(a, MONITOR_MSG_STDIN, size);
}

static void report_lost(const struct attach *a, const char *bytes, size_t size)
{
	_cleanup_free_ char *text = NULL;
	uint64_t lost;

	if (size != sizeof(lost))
		return;
	memcpy(&lost, bytes, sizeof(lost));
	if (asprintf(&text,
		     "%llu bytes of output were left out: they came faster than they were "
		     "written",
		     (unsigned long long)lost) >= 0)
		engine_notice(a->c->engine, text);
}

/* ECONNRESET comes once, before the last messages of a monitor that has left input unread (base/channel.c). */
static void receive(struct attach *a)
{
	struct stream *outputs = a->supervisor->streams.item;
	char message[1 + MONITOR_PAYLOAD_MAX];
	ssize_t n = recv(a->socket, message, sizeof(message), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
		return;
	a->exited = n == 1 + sizeof(a->exit_code) && message[0] == MONITOR_MSG_EXIT;
	if (a->exited)
		memcpy(&a->exit_code, message + 1, sizeof(a->exit_code));
	if (n <= 0 || a->exited)
		fd_close(&a->socket);
	else if (message[0] == MONITOR_MSG_STDOUT)
		stream_feed(&outputs[STDOUT], message + 1, (size_t)n - 1);
	else if (message[0] == MONITOR_MSG_STDERR)
		stream_feed(&outputs[STDERR], message + 1, (size_t)n - 1);
	else if (message[0] == MONITOR_MSG_LOST)
		report_lost(a, message + 1, (size_t)n - 1);
}

static int end_by(int signal, struct masu_error *err)
{
	(void)err_set(err, ERR_SIGNAL, EINTR, "told to end by SIG%s", sigabbrev_np(signal));
	if (err)
		err->signal = signal;
	return -EINTR;
}

static int take_signals(struct attach *a, struct masu_error *err)
{
	int n;

	while ((n = supervisor_next_signal(a->supervisor)) > 0) {
		bool ending = supervisor_is_ending(n);

		if (n == SIGWINCH && a->c->record.tty)
			a->resized = true;
		else if (ending && (a->options.keep_signals || a->socket < 0))
			return end_by(n, err);
		else if (!a->options.keep_signals)
			(void)pidfd_kill(a->c->state.pidfd, n); /* it may just have ended */
	}
	return 0;
}

/* Until the monitor has closed the connection and all output is written, or the user detaches. */
static int exchange(struct attach *a, struct masu_error *err)
{
	enum { SIGNALS, SOCKET, STDIN, OUTPUT };
	struct pollfd polls[OUTPUT + 2 * STREAMS_MAX];
	struct streams *streams = &a->supervisor->streams;

	while (a->socket >= 0 ? !a->detached || a->packet_size > 0 : streams_left(streams)) {
		bool full = streams_wanted(streams, polls + OUTPUT);

		queue_window(a);
		bool sends = a->packet_size > 0, talks = !full || sends;
		polls[SIGNALS] = (struct pollfd){a->supervisor->signals, POLLIN, 0};
		polls[SOCKET] = (struct pollfd){
			talks ? a->socket : -1,
			(short)((full ? 0 : POLLIN) | (sends ? POLLOUT : 0)), 0};
		polls[STDIN] = (struct pollfd){
			a->reads_stdin && !a->detached && !sends ? STDIN_FILENO : -1, POLLIN, 0};
		if (poll(polls, OUTPUT + 2 * streams->n, -1) < 0)
			continue; /* EINTR after a stop of masu itself */
		int r = polls[SIGNALS].revents ? take_signals(a, err) : 0;
		if (r < 0)
			return r;
		if (polls[SOCKET].revents & (POLLOUT | POLLERR | POLLHUP) && sends)
			send_packet(a);
		if (polls[SOCKET].revents && !full)
			receive(a);
		if (polls[STDIN].revents)
			read_stdin(a);
		streams_move(streams, polls + OUTPUT);
	}
	return 0;
}

/* The exit code, once the container is cleaned up. */
static int await_end(struct attach *a, int *ret_status, struct masu_error *err)
{
	struct pollfd polls[] = {{masu_wait_fd(a->wait), POLLIN, 0},
				 {a->supervisor->signals, POLLIN, 0}};
	int r;

	if (!a->exited && !pidfd_wait(a->c->state.pidfd, CLOSED_TIMEOUT_MS)) {
		r = err_set(err, ERR_UNAVAILABLE, ECONNRESET,
			    "the monitor of container '%s' closed the connection",
			    a->c->record.name);
		(void)err_hint(err, "at most %d users can be attached", MONITOR_CLIENTS_MAX);
		return r;
	}
	/* With a restart policy, the end of the run is not that of the wait. */
	if (a->exited && restart_policy(&a->c->record) != MASU_RESTART_NO) {
		*ret_status = a->exit_code;
		return 0;
	}
	while ((r = masu_wait_step(a->wait, ret_status, err)) == 0) {
		(void)poll(polls, ARRAY_SIZE(polls), -1);
		if (polls[1].revents && (r = take_signals(a, err)) < 0)
			return r;
	}
	return MIN(r, 0);
}

static int connect_streams(struct attach *a, struct masu_error *err)
{
	struct streams *streams = &a->supervisor->streams;

	streams_add(streams, STREAM_OUTPUT, -1, STDOUT_FILENO, LOG_STDOUT);
	streams_add(streams, STREAM_OUTPUT, -1, STDERR_FILENO, LOG_STDERR);
	a->resized = a->c->record.tty;
	a->reads_stdin = a->c->record.interactive && !a->options.no_stdin;
	if (!a->reads_stdin || !a->c->record.tty)
		return 0;
	int r = terminal_raw(STDIN_FILENO, &a->supervisor->terminal);
	return r < 0 ? err_sys(err, r, "prepare the terminal") : 0;
}

static int attach(masu_container *c, const struct masu_attach_options *options, bool starts,
		  int *ret_status, struct masu_error *err)
{
	_cleanup_attach_ struct attach a = {.c = c, .socket = -1, .starts = starts};
	const char *keys;
	int r = options_take(&a.options, sizeof(a.options), options, err);

	if (r < 0)
		return r;
	r = engine_detach_keys(c->engine, a.options.detach_keys, &keys, err);
	if (r < 0)
		return r;
	r = keys_parse(keys, &a.keys, err);
	if (r < 0)
		return r;
	r = prepare(&a, err);
	if (r < 0)
		return r;
	r = supervisor_new(true, &a.supervisor, err);
	if (r < 0)
		return r;
	r = connect_streams(&a, err);
	if (r < 0)
		return r;
	event_container(c, &(struct masu_event){.action = "attach"});
	r = starts ? initialized_start(c, err) : 0;
	if (r == 0)
		r = exchange(&a, err);
	if (r < 0)
		return r;
	terminal_restore(&a.supervisor->terminal);
	stdio_report(c->engine, &a.supervisor->streams);
	*ret_status = 0;
	return a.detached ? 0 : await_end(&a, ret_status, err);
}

int masu_container_attach(masu_container *c, const struct masu_attach_options *options,
			  int *ret_status, masu_error *err)
{
	return attach(c, options, false, ret_status, err);
}

int initialized_run(masu_container *c, const struct masu_attach_options *options, int *ret_status,
		    struct masu_error *err)
{
	return attach(c, options, true, ret_status, err);
}
