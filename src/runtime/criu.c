/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation
 *
 * A restored container inherits criu's cgroups, session keyring and no_new_privs (which criu 3.17
 * doesn't restore), and criu's standard streams replace its old ones. Its init is created as criu's
 * sibling, so a child of the caller's. So the child is placed first, as the container's init is at a
 * start. criu requires the new root to be a mount of its own: that is made in a mount namespace of
 * criu's, where nothing has to be undone.
 *
 * The first message lets the child execute criu. After that each message is one of criu's rpc.proto.
 *
 * criu outlives a caller that is killed, because its work can't be left half done. A dump completes. A
 * restore finds at its next notice that its socket is closed, and kills the processes that it has
 * created, which otherwise would wait for ever.
 */

#include "runtime/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/signals.h"
#include "runtime/init/init.h"
#include "runtime/protobuf.h"

#define ANSWER_MAX (64 << 10)

/* Fields of criu_req, criu_resp, criu_notify and criu_restore_resp. */
enum { REQUEST_TYPE = 1, REQUEST_OPTIONS = 2, REQUEST_NOTIFY_SUCCESS = 3 };
enum {
	ANSWER_TYPE = 1,
	ANSWER_SUCCESS = 2,
	ANSWER_RESTORE = 4,
	ANSWER_NOTIFY = 5,
	ANSWER_TEXT = 9
};
enum { NOTIFY_NAME = 1, NOTIFY_PID = 2, RESTORE_PID = 1 };

struct start {
	const struct criu_context *context;
	const char *program;
	int socket;
};

static int give_dir(const char *path, int socket, struct masu_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return err_sys(err, errno, "open the directory '%s'", path);
	r = socket_send_fd(socket, "", 1, fd);
	return r < 0 ? err_sys(err, r, "hand over the directory '%s'", path) : 0;
}

static int mount_root(const struct start *s, struct masu_error *err)
{
	const struct criu_context *p = s->context;
	int r = 0;

	if (!p->root)
		return 0;
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0 ||
	    mount(p->root, p->root, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_sys(err, errno, "mount the root '%s' on itself", p->root);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(p->dirs); i++)
		r = give_dir(p->dirs[i], s->socket, err);
	return r;
}

static int enter_context(const struct criu_context *p, struct masu_error *err)
{
	if (p->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, errno, "process.noNewPrivileges");
	if (p->new_cgroupns && unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(err, errno, "create a cgroup namespace");
	return p->keyring ? keyring_join(p->keyring, false, err) : 0;
}

static int pass_on(const struct start *s)
{
	int r = fd_cloexec_from(3);

	if (r == 0)
		r = fd_set_cloexec(s->socket, false);
	for (size_t i = 0; r == 0 && i < s->context->n_pass; i++)
		if (s->context->pass[i] >= 0)
			r = fd_set_cloexec(s->context->pass[i], false);
	return r;
}

/* In the child. The caller reads its error once the socket has no other end. */
static int become_criu(void *arg, struct masu_error *err)
{
	const struct start *s = arg;
	static char *const env[] = {(char *)"PATH=" SEARCH_PATH_DEFAULT, (char *)"LANG=C.UTF-8",
				    NULL};
	char number[16], go;

	int r = mount_root(s, err);
	if (r < 0)
		return r;
	if (recv(s->socket, &go, 1, 0) != 1)
		return err_set(err, ERR_INTERNAL, ECONNRESET, "masu exited");
	r = enter_context(s->context, err);
	if (r < 0)
		return r;
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return err_sys(err, errno, "clear the parent-death signal");
	/* Ctrl-C must not end a dump. A restored container may need the caller's group. */
	if (!s->context->root && setpgid(0, 0) < 0)
		return err_sys(err, errno, "leave the process group");
	signals_reset(); /* with its own alarm blocked it would wait for ever */
	(void)snprintf(number, sizeof(number), "%d", s->socket);
	r = pass_on(s);
	if (r < 0)
		return err_sys(err, r, "pass on descriptors");
	(void)execve(s->program, (char *const[]){(char *)"criu", (char *)"swrk", number, NULL},
		     env);
	return err_sys(err, errno, "run '%s'", s->program);
}

static int send_request(struct criu *c, enum criu_type type, const struct strbuf *options,
			bool success)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	protobuf_put_number(&b, REQUEST_TYPE, type);
	if (options)
		protobuf_put_message(&b, REQUEST_OPTIONS, options);
	if (type == CRIU_NOTIFY)
		protobuf_put_number(&b, REQUEST_NOTIFY_SUCCESS, success);
	if (b.failed)
		return -ENOMEM;
	return send(c->socket, b.text, b.length, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

struct answer {
	uint64_t type, success;
	int fd;
	bool refused; /* the handler did */
	pid_t pid;
	struct protobuf text; /* as long as the message is there */
	char name[64];	      /* of a notice */
};

/* Takes the first descriptor of a message, and closes the others. */
static int take_fd(struct msghdr *m)
{
	int taken = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n = c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS
				   ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int)
				   : 0;

		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (taken < 0)
				taken = fd;
			else
				(void)close(fd); /* nothing was written to it */
		}
	}
	return taken;
}

static ssize_t receive(int fd, char *bytes, size_t size, int *ret_fd)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec data = {.iov_base = bytes, .iov_len = size};
	struct msghdr m = {.msg_iov = &data,
			   .msg_iovlen = 1,
			   .msg_control = control.bytes,
			   .msg_controllen = sizeof(control.bytes)};
	ssize_t n;

	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_fd = take_fd(&m);
	return m.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
}

static int read_part(struct protobuf in, unsigned int which, struct answer *a)
{
	struct protobuf_field f;
	int r;

	while ((r = protobuf_next(&in, &f)) > 0) {
		if (which == ANSWER_RESTORE ? f.number == RESTORE_PID : f.number == NOTIFY_PID)
			a->pid = (pid_t)f.value;
		else if (which == ANSWER_NOTIFY && f.number == NOTIFY_NAME)
			(void)snprintf(a->name, sizeof(a->name), "%.*s", (int)f.in.left, f.in.at);
	}
	return r;
}

static int read_answer(const char *bytes, size_t size, struct answer *a)
{
	struct protobuf message = {bytes, size};
	struct protobuf_field f;
	int r;

	while ((r = protobuf_next(&message, &f)) > 0) {
		if (f.number == ANSWER_TYPE)
			a->type = f.value;
		else if (f.number == ANSWER_SUCCESS)
			a->success = f.value;
		else if (f.number == ANSWER_TEXT)
			a->text = f.in;
		else if (f.number == ANSWER_RESTORE || f.number == ANSWER_NOTIFY)
			r = read_part(f.in, f.number, a);
		if (r < 0)
			return r;
	}
	return r;
}

/* It has ended: as criu, with the reason in its log; or before, with an error. */
static int report_end(struct criu *c, struct masu_error *err)
{
	_cleanup_err_ struct masu_error said = ERR_INIT;

	fd_close(&c->socket);
	if (c->child.pid > 0)
		(void)userns_wait(&c->child, &said);
	if (said.code && said.code != ECHILD)
		return err_move(err, &said);
	return err_set(err, ERR_UNAVAILABLE, EIO, "criu died");
}

static int take_dirs(struct criu *c, struct masu_error *err)
{
	char byte;

	for (size_t i = 0; i < ARRAY_SIZE(c->dirs); i++) {
		ssize_t n = receive(c->socket, &byte, 1, &c->dirs[i]);

		if (n != 1 || c->dirs[i] < 0)
			return report_end(c, err);
	}
	return 0;
}

int criu_start(const struct criu_context *context, struct criu *ret, struct masu_error *err)
{
	_cleanup_free_ char *program = proc_find_helper("criu");
	_cleanup_close_ int ours = -1, theirs = -1;
	const struct idmap none = {0};
	int ends[2];

	if (!program) {
		(void)err_sys(err, errno, "run 'criu'");
		return err_hint(err, "install the package 'criu'");
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys(err, errno, "create a socket pair");
	ours = ends[0];
	theirs = ends[1];
	struct start s = {.context = context, .program = program, .socket = theirs};
	struct criu c = CRIU_INIT;
	int r = userns_spawn(&none, context->root ? CLONE_NEWNS : 0, become_criu, &s, &c.child,
			     err);
	if (r < 0)
		return r;
	fd_close(&theirs); /* so that the child's end closes the socket */
	c.socket = TAKE_FD(ours);
	r = context->root ? take_dirs(&c, err) : 0;
	*ret = c;
	return r;
}

/* One message. 1 when it was the answer, else 0. */
static int hear(struct criu *c, const struct criu_request *request, struct answer *a,
		struct masu_error *err)
{
	char bytes[ANSWER_MAX];
	ssize_t n;

	*a = (struct answer){.fd = -1, .refused = a->refused};
	n = receive(c->socket, bytes, sizeof(bytes), &a->fd);
	_cleanup_close_ int fd = a->fd;
	if (n == 0 || n == -ECONNRESET)
		return report_end(c, err);
	int r = n < 0 ? (int)n : read_answer(bytes, (size_t)n, a);
	if (r < 0)
		return err_sys(err, r, "read the answer of criu");
	if (a->type != CRIU_NOTIFY) {
		if (a->success)
			return 1;
		return err_set(err, ERR_UNAVAILABLE, EIO, "criu failed%s%.*s",
			       a->text.left ? ": " : "", (int)a->text.left, a->text.at);
	}
	struct criu_notice notice = {.name = a->name, .pid = a->pid, .fd = fd};
	r = request->handler && !a->refused ? request->handler(request->arg, &notice, err) : 0;
	fd = notice.fd;
	a->refused |= r < 0;
	int sent = send_request(c, CRIU_NOTIFY, NULL, r == 0);
	return r < 0 ? r : sent < 0 ? report_end(c, err) : 0;
}

int criu_ask(struct criu *c, const struct criu_request *request, pid_t *ret_pid,
	     struct masu_error *err)
{
	struct answer a = {.fd = -1};
	int r = send(c->socket, "", 1, MSG_NOSIGNAL) < 0 ? -errno : 0;

	if (r == 0)
		r = send_request(c, request->type, request->options, false);
	if (r < 0)
		return r == -EPIPE ? report_end(c, err) : err_sys(err, r, "ask criu");
	while (r == 0)
		r = hear(c, request, &a, err);
	/* Refused, criu undoes its work, and logs that. */
	for (bool undoing = a.refused; undoing;)
		undoing = hear(c, request, &a, NULL) == 0;
	if (r > 0 && ret_pid)
		*ret_pid = a.pid;
	/* Its work is done. It waits only for another pre-dump, and logs an error without one. */
	if (request->type == CRIU_PRE_DUMP)
		userns_kill(&c->child);
	fd_close(&c->socket);
	if (c->child.pid > 0)
		(void)userns_wait(&c->child, NULL); /* the answer counts */
	return MIN(r, 0);
}

void criu_done(struct criu *c)
{
	fd_close(&c->socket);
	fd_close(&c->dirs[0]);
	fd_close(&c->dirs[1]);
	userns_kill(&c->child);
}
