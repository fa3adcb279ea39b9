/* SPDX-License-Identifier: Apache-2.0 */
#include "varlink/varlink.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"

void varlink_reply_done(struct varlink_reply *reply)
{
	json_putp(&reply->document);
	*reply = (struct varlink_reply){0};
}

static int not_a_reply(const char *why, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EBADMSG, "the answer is not one of Varlink: %s", why);
}

/* Names of errors are printed: "io.systemd.NamespaceResource.NameExists". */
static bool is_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n < 256 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
		       n;
}

int varlink_reply_parse(const char *text, size_t size, struct varlink_reply *ret,
			struct masu_error *err)
{
	_cleanup_varlink_reply_ struct varlink_reply reply = {0};
	bool continues = false;
	int r = json_parse(text, size, "the answer", &reply.document, err);

	if (r < 0)
		return r;
	if (!json_object_is_type(reply.document, json_type_object))
		return not_a_reply("not an object", err);
	r = json_get_object(reply.document, "", "parameters", &reply.parameters, err);
	if (r < 0)
		return r;
	r = json_get_string(reply.document, "", "error", &reply.error, err);
	if (r < 0)
		return r;
	r = json_get_bool(reply.document, "", "continues", &continues, err);
	if (r < 0)
		return r;
	if (continues)
		return not_a_reply("a part of several, which were not asked for", err);
	if (reply.error && !is_name(reply.error))
		return not_a_reply("its error has no name", err);
	*ret = TAKE(reply, (struct varlink_reply){0});
	return 0;
}

/* The time limits the connection, too: it waits as long as the service's queue is full. */
static int connect_service(const char *path, int timeout_ms)
{
	const struct timeval limit = {.tv_sec = timeout_ms / 1000,
				      .tv_usec = timeout_ms % 1000 * 1000};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return TAKE_FD(fd);
}

static int send_call(int fd, const struct varlink_call *call)
{
	_cleanup_json_ struct json_object *document = json_object_new_object();
	struct json_build b = {0};
	const char *text;

	build_text(&b, document, "method", call->method);
	if (call->parameters)
		build_put(&b, document, "parameters", json_object_get(call->parameters));
	text = b.failed ? NULL : json_text(document, false);
	if (!text)
		return -ENOMEM;
	int r = socket_send_fd(fd, text, strlen(text) + 1, call->fd);
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

static int await(int fd, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	for (;;) {
		int64_t left = deadline - time_monotonic_ms();
		int n = left <= 0 ? 0 : poll(&p, 1, (int)left);

		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* Up to the NUL byte. The kernel closes descriptors that come with it. Returns the size of the text. */
static ssize_t receive_text(int fd, int64_t deadline, char text[VARLINK_REPLY_MAX])
{
	size_t size = 0;

	while (size < VARLINK_REPLY_MAX) {
		int r = await(fd, deadline);
		if (r < 0)
			return r;
		ssize_t n = recv(fd, text + size, VARLINK_REPLY_MAX - size, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ECONNRESET;
		const char *end = memchr(text + size, 0, (size_t)n);
		size += (size_t)n;
		if (end)
			return end == text + size - 1 ? end - text : -EBADMSG;
	}
	return -EFBIG;
}

int varlink_call(const struct varlink_call *call, struct varlink_reply *ret, struct masu_error *err)
{
	const int64_t deadline = time_monotonic_ms() + call->timeout_ms;
	_cleanup_free_ char *text = malloc(VARLINK_REPLY_MAX);
	_cleanup_close_ int fd = text ? connect_service(call->socket, call->timeout_ms) : -ENOMEM;

	if (fd < 0)
		return err_sys(err, fd, "connect to \"%s\"", call->socket);
	int r = send_call(fd, call);
	if (r < 0)
		return err_sys(err, r, "call %s", call->method);
	ssize_t size = receive_text(fd, deadline, text);
	if (size < 0)
		return err_sys(err, (int)size, "receive the answer to %s", call->method);
	r = varlink_reply_parse(text, (size_t)size, ret, err);
	return r < 0 ? err_prefix(err, "%s", call->method) : 0;
}
