/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/host-request.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "launcher/host-message.h"

/* A word is counted as execve(2) counts it, with its end and its pointer. Each variable is compared with all before it. */
#define WORD_COST     (1 + sizeof(char *))
#define VARIABLE_COST 1024

void host_request_done(struct host_request *q)
{
	for (size_t i = 0; i < ARRAY_SIZE(q->stdio); i++)
		fd_close(&q->stdio[i]);
	strv_free(q->argv);
	strv_free(q->env);
	free(q->dir);
	*q = HOST_REQUEST_INIT;
}

int host_request_check_peer(int channel, struct masu_error *err)
{
	struct ucred peer;
	socklen_t size = sizeof(peer), type_size = sizeof(int);
	int type;

	if (getsockopt(channel, SOL_SOCKET, SO_TYPE, &type, &type_size) < 0 ||
	    type != SOCK_SEQPACKET ||
	    getsockopt(channel, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
		(void)err_set(err, ERR_INVALID, EINVAL, "standard input is not a connection");
		return err_hint(err, "systemd executes this command: " HOST_SOCKET);
	}
	if (peer.uid == getuid())
		return 0;
	(void)err_set(err, ERR_DENIED, EPERM,
		      "the host executes commands only for user %u, and not for %u of a box",
		      getuid(), peer.uid);
	return err_hint(err, "run 'masu box host-exec' as the user of the box, not as its root");
}

static int malformed(struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EBADMSG, "unexpected message of the box");
	return err_hint(err,
			"masu of the box and of the host differ: stop the box, and enter it again");
}

/* A stream that the command could not use is refused here, and not by the command with an error that explains nothing. */
static int take_stream(struct host_request *q, struct channel_message *m, struct masu_error *err)
{
	static const char *const names[] = {"input", "output", "error"};
	size_t i = q->n_streams++;
	struct stat st;

	if (i >= ARRAY_SIZE(q->stdio) || m->size > 0)
		return malformed(err);
	if (m->fd < 0)
		return 0;
	int flags = fcntl(m->fd, F_GETFL);
	if (flags < 0 || fstat(m->fd, &st) < 0)
		return err_sys(err, errno, "examine standard %s", names[i]);
	if (flags & O_PATH || S_ISDIR(st.st_mode) ||
	    (flags & O_ACCMODE) == (i == STDIN_FILENO ? O_WRONLY : O_RDONLY))
		return err_set(err, ERR_INVALID, EBADF, "standard %s cannot be %s", names[i],
			       i == STDIN_FILENO ? "read" : "written");
	q->stdio[i] = TAKE_FD(m->fd);
	return 0;
}

static bool is_assignment(const char *text)
{
	return *text && *text != '=' && strchr(text, '=');
}

static int take(struct host_request *q, struct channel_message *m, struct masu_error *err)
{
	bool is_text = strlen(m->bytes) == m->size;
	int r = 0;

	q->size += m->size + WORD_COST + (m->type == HOST_VARIABLE ? VARIABLE_COST : 0);
	if (q->size > HOST_REQUEST_MAX)
		return err_set(err, ERR_INVALID, E2BIG, "the command is too long");
	if (m->type == HOST_STREAM)
		return take_stream(q, m, err);
	if (m->type == HOST_TERMINAL && m->size == sizeof(q->window)) {
		q->terminal = true;
		memcpy(&q->window, m->bytes, sizeof(q->window));
		return 0;
	}
	if (m->type == HOST_ARGUMENT && is_text) {
		r = strv_push_counted(&q->argv, &q->n_argv, m->bytes);
	} else if (m->type == HOST_VARIABLE && is_text && is_assignment(m->bytes)) {
		r = strv_env_set(&q->env, m->bytes);
	} else if (m->type == HOST_DIRECTORY && is_text && *m->bytes == '/' && !q->dir) {
		q->dir = TAKE_PTR(m->bytes);
	} else {
		return malformed(err);
	}
	return r < 0 ? err_sys(err, r, "receive the command") : 0;
}

static int check_whole(const struct host_request *q, struct masu_error *err)
{
	if (q->n_streams != ARRAY_SIZE(q->stdio) || q->n_argv == 0)
		return malformed(err);
	for (size_t i = 0; i < ARRAY_SIZE(q->stdio); i++)
		if (q->stdio[i] < 0 && !q->terminal)
			return malformed(err);
	return 0;
}

/* Variables that systemd sets for the unit of this process are not about the command: systemd.exec(5). */
static int begin_env(struct host_request *q)
{
	static const char *const own[] = {
		"CREDENTIALS_DIRECTORY=",
		"INVOCATION_ID=",
		"JOURNAL_STREAM=",
		"LISTEN_FDNAMES=",
		"LISTEN_FDS=",
		"LISTEN_PID=",
		"LISTEN_PIDFDID=",
		"MAINPID=",
		"MANAGERPID=",
		"MANAGERPIDFDID=",
		"MEMORY_PRESSURE_WATCH=",
		"MEMORY_PRESSURE_WRITE=",
		"NOTIFY_SOCKET=",
		"REMOTE_ADDR=",
		"REMOTE_PORT=",
		"SYSTEMD_EXEC_PID=",
		"WATCHDOG_PID=",
		"WATCHDOG_USEC=",
	};

	STRV_FOREACH(variable, environ) {
		bool is_own = false;

		for (size_t i = 0; i < ARRAY_SIZE(own); i++)
			is_own |= str_after(*variable, own[i]) != NULL;
		if (!is_own && strv_push(&q->env, *variable) < 0)
			return -ENOMEM;
	}
	return 0;
}

int host_request_receive(int channel, struct host_request *ret, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_host_request_ struct host_request q = HOST_REQUEST_INIT;
	int r = begin_env(&q);

	if (r < 0)
		return err_sys(err, r, "receive the command");
	for (;;) {
		r = channel_receive(channel, &m);
		if (r < 0)
			return r == -EBADMSG ? malformed(err)
					     : err_sys(err, r, "receive the command");
		if (m.type == HOST_EXECUTE)
			break;
		r = take(&q, &m, err);
		if (r < 0)
			return r;
	}
	r = check_whole(&q, err);
	if (r < 0)
		return r;
	*ret = TAKE(q, HOST_REQUEST_INIT);
	return 0;
}
