/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A connection begins with the client's zero byte and SASL's EXTERNAL, without a user id: the server
 * takes it from the socket's peer credentials, and root of a user namespace doesn't know how it is
 * called there. Two lines answer that, and all that follows in both directions is messages. Nothing
 * is gained by waiting for those lines: what the client has to say is sent at once, and they are
 * looked at when the first answer is read.
 *
 * Why not sd-bus: libsystemd brings four libraries along, and opening them took longer than all
 * that is said here to the manager, at every start.
 */

#include "systemd/bus.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/time.h"
#include "linux/idmap.h"

#define SYSTEM_PRIVATE "/run/systemd/private"
#define USER_PRIVATE   "systemd/private"     /* in the runtime directory */
#define SYSTEM_RUNS    "/run/systemd/system" /* as sd_booted(3) has it */
#define SYSTEM_BUS     "/run/dbus/system_bus_socket"
#define SEND_TIMEOUT_S 5
#define GREETING_MAX   512
#define READ_SIZE      4096

/* A socket to try, by its path, or '@' and its abstract name. */
struct place {
	enum bus_way way;
	char *socket;
};

#define PLACES_MAX 3
struct places {
	struct place item[PLACES_MAX];
	size_t n;
};

static void places_done(struct places *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->item[i].socket);
}

static bool is_dir_of_ours(const char *path)
{
	struct stat st;

	return path[0] == '/' && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid();
}

char *bus_runtime_dir(void)
{
	const char *set = getenv("XDG_RUNTIME_DIR");
	char path[32];

	/* After sudo or su it may be unset, or another user's. */
	if (set && is_dir_of_ours(set))
		return strdup(set);
	(void)snprintf(path, sizeof(path), "/run/user/%u", (unsigned int)geteuid());
	return is_dir_of_ours(path) ? strdup(path) : NULL;
}

static bool is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool bus_system_is_ours(void)
{
	_cleanup_free_ char *dir = NULL, *private = NULL;

	if (!idmap_caller_is_privileged())
		return false;
	/* Outside of a user namespace it is root's, even when it does not run. */
	if (idmap_caller_is_host_root() || is_dir_of_ours(SYSTEM_RUNS))
		return true;
	dir = bus_runtime_dir();
	private = dir ? path_join(dir, USER_PRIVATE) : NULL;
	return !private || !is_socket(private);
}

/* A byte of a value may be written as '%' and two hexadecimal digits. */
static char *unescape(const char *value, size_t n)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		char digits[3] = {0}, byte = value[i];

		if (byte == '%' && i + 2 < n) {
			memcpy(digits, value + i + 1, 2);
			byte = (char)strtoul(digits, NULL, 16);
			i += 2;
		}
		r = strbuf_add(&b, &byte, 1);
	}
	return r < 0 ? NULL : strbuf_take(&b);
}

/* The socket of one address, "path=/run/user/1000/bus,guid=..." when its transport is cut off. */
static char *parse_unix(const char *keys, size_t n)
{
	for (size_t at = 0; at < n;) {
		size_t size = strcspn(keys + at, ",;");
		const char *path = str_after(keys + at, "path=");
		const char *abstract = str_after(keys + at, "abstract=");

		if (path)
			return unescape(path, size - strlen("path="));
		if (abstract) {
			_cleanup_free_ char *name = unescape(abstract, size - strlen("abstract="));
			char *s = NULL;

			return name && asprintf(&s, "@%s", name) >= 0 ? s : NULL;
		}
		at += size + 1;
	}
	return NULL;
}

char *bus_parse_address(const char *list)
{
	while (*list) {
		size_t size = strcspn(list, ";");
		const char *keys = str_after(list, "unix:");
		char *socket = keys ? parse_unix(keys, size - strlen("unix:")) : NULL;

		if (socket)
			return socket;
		list += size + (list[size] != 0);
	}
	return NULL;
}

static int add_place(struct places *p, enum bus_way way, char *socket)
{
	if (!socket)
		return -ENOMEM;
	if (socket[0] == '/' && !is_socket(socket))
		free(socket);
	else
		p->item[p->n++] = (struct place){.way = way, .socket = socket};
	return 0;
}

static int find_places(bool system, struct places *ret)
{
	if (system) {
		int r = add_place(ret, BUS_PRIVATE, strdup(SYSTEM_PRIVATE));
		return r < 0 ? r : add_place(ret, BUS_SESSION, strdup(SYSTEM_BUS));
	}
	_cleanup_free_ char *dir = bus_runtime_dir();
	const char *list = getenv("DBUS_SESSION_BUS_ADDRESS");
	char *session = list ? bus_parse_address(list) : NULL;
	int r = dir ? add_place(ret, BUS_PRIVATE, path_join(dir, USER_PRIVATE)) : 0;

	if (r == 0 && session)
		r = add_place(ret, BUS_SESSION, TAKE_PTR(session));
	free(session);
	if (r == 0 && dir)
		r = add_place(ret, BUS_SESSION, path_join(dir, "bus"));
	return r;
}

static int not_found(bool system, struct err *err)
{
	if (system) {
		(void)err_set(err, ERR_UNAVAILABLE, ENOTCONN, "systemd does not run here");
		return -ENOTCONN;
	}
	(void)err_set(err, ERR_UNAVAILABLE, ENOTCONN, "there is no systemd user manager");
	return err_hint(err,
			"start one with: sudo loginctl enable-linger $USER; or log in by ssh, a "
			"console or machinectl shell");
}

static int connect_to(const char *socket_name)
{
	const struct timeval timeout = {.tv_sec = SEND_TIMEOUT_S};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(socket_name);
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, socket_name, n);
	if (socket_name[0] == '@')
		address.sun_path[0] = 0;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, size) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* An abstract name is free to anybody once its owner is gone. */
static bool is_peer_ours(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

static int send_all(const struct bus *bus, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(bus->fd, bytes, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		bytes += sent;
		n -= (size_t)sent;
	}
	return 0;
}

static int greet(struct bus *bus)
{
	static const char lines[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
	static const struct dbus_call call = {
		.destination = BUS_NAME,
		.path = BUS_PATH,
		.interface = BUS_NAME,
		.member = "Hello",
	};
	_cleanup_dbus_body_ struct dbus_body hello = DBUS_BODY_INIT;
	int r = send_all(bus, lines, sizeof(lines) - 1);

	/* Only a message bus gives its clients names, and expects to be asked for one. */
	if (r == 0 && bus->way == BUS_SESSION) {
		r = dbus_write_call(&call, ++bus->serial, NULL, &hello);
		if (r == 0)
			r = send_all(bus, hello.bytes.text, hello.bytes.length);
	}
	return r;
}

static int try_place(const struct place *place, struct bus *ret)
{
	_cleanup_bus_ struct bus bus = BUS_INIT;
	const char *name = place->socket;
	bool abstract = name[0] == '@';

	bus.way = place->way;
	bus.fd = connect_to(name);
	if (bus.fd < 0)
		return bus.fd;
	if (abstract && !is_peer_ours(bus.fd))
		return -EACCES;
	if (asprintf(&bus.address, "unix:%s=%s", abstract ? "abstract" : "path", name + abstract) <
	    0) {
		bus.address = NULL;
		return -ENOMEM;
	}
	int r = greet(&bus);
	if (r < 0)
		return r;
	*ret = bus;
	bus = BUS_INIT;
	return 0;
}

int bus_open(bool system, struct bus *ret, struct err *err)
{
	_cleanup_(places_done) struct places places = {0};
	int r = 0;

	/* systemd's own test for being pid 1; its sockets outlive it in a container's /run. */
	if (system && !is_dir_of_ours(SYSTEM_RUNS))
		return not_found(system, err);
	r = find_places(system, &places);
	if (r < 0)
		return err_sys(err, r, "look for the systemd manager");
	for (size_t i = 0; i < places.n; i++)
		if (try_place(&places.item[i], ret) == 0)
			return 0;
	(void)not_found(system, err);
	return places.n ? err_prefix(err, "no answer at '%s'", places.item[0].socket) : -ENOTCONN;
}

void bus_done(struct bus *bus)
{
	fd_close(&bus->fd);
	free(bus->address);
	strbuf_done(&bus->input);
	*bus = BUS_INIT;
}

/* Reads what there is, waiting until the deadline for something to be there. */
static int read_more(struct bus *bus, int64_t deadline)
{
	struct pollfd p = {.fd = bus->fd, .events = POLLIN};
	char bytes[READ_SIZE];
	int r;

	do {
		int64_t left = deadline - time_monotonic_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		r = poll(&p, 1, (int)MIN(left, INT32_MAX));
	} while (r == 0 || (r < 0 && errno == EINTR));
	if (r < 0)
		return -errno;
	ssize_t n = recv(bus->fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n == 0 ? -ECONNRESET : strbuf_add(&bus->input, bytes, (size_t)n);
}

/* Forgets what was given out. */
static void compact(struct bus *bus)
{
	bus->input.length -= bus->given;
	if (bus->given)
		memmove(bus->input.text, bus->input.text + bus->given, bus->input.length);
	bus->given = 0;
}

enum taken { TAKEN_NOTHING, TAKEN_GREETING, TAKEN_MESSAGE };

/* "DATA\r\nOK <the server's id>\r\n" */
static int take_greeting(struct bus *bus)
{
	const char *text = bus->input.text;
	const char *end = text ? memmem(text, bus->input.length, "\r\n", 2) : NULL;

	if (!end)
		return bus->input.length > GREETING_MAX ? -EBADMSG : TAKEN_NOTHING;
	bus->accepted = str_after(text, "OK ") != NULL;
	if (!bus->accepted && !str_after(text, "DATA\r\n"))
		return -EACCES;
	bus->given = (size_t)(end + 2 - text);
	return TAKEN_GREETING;
}

/*
 * systemd looks at what it read together with "BEGIN" when more comes, and not before: so nothing is sent
 * until it has answered.
 */
static int await_greeting(struct bus *bus)
{
	int64_t deadline = time_monotonic_ms() + SEND_TIMEOUT_S * 1000;
	int r = 0;

	while (r >= 0 && !bus->accepted) {
		compact(bus);
		r = take_greeting(bus);
		if (r == TAKEN_NOTHING)
			r = read_more(bus, deadline);
	}
	return MIN(r, 0);
}

int bus_call(struct bus *bus, const struct dbus_call *call, const struct dbus_body *body,
	     uint32_t *ret_serial)
{
	_cleanup_dbus_body_ struct dbus_body message = DBUS_BODY_INIT;
	int r = bus->way == BUS_PRIVATE ? await_greeting(bus) : 0;

	if (r == 0)
		r = dbus_write_call(call, ++bus->serial, body, &message);
	if (r == 0)
		r = send_all(bus, message.bytes.text, message.bytes.length);
	if (r == 0)
		*ret_serial = bus->serial;
	return r;
}

static int take_message(struct bus *bus, struct dbus_message *ret)
{
	const uint8_t *bytes = (const uint8_t *)bus->input.text;
	ssize_t size = dbus_message_size(bytes, bus->input.length);

	if (size < 0)
		return (int)size;
	if (size == 0 || bus->input.length < (size_t)size)
		return TAKEN_NOTHING;
	bus->given = (size_t)size;
	int r = dbus_parse(bytes, (size_t)size, ret);
	return r < 0 ? r : TAKEN_MESSAGE;
}

int bus_receive(struct bus *bus, int64_t deadline, struct dbus_message *ret)
{
	for (;;) {
		compact(bus);
		int r = bus->accepted ? take_message(bus, ret) : take_greeting(bus);

		if (r == 0)
			r = read_more(bus, deadline);
		else if (r == TAKEN_MESSAGE)
			return 0;
		if (r < 0)
			return r;
	}
}
