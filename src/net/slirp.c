/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slirp4netns, slirp4netns(1): it translates the container's packets to ordinary sockets of the user.
 * It runs in its own sandbox and behind its own system call filter.
 *
 * Its API socket, through which ports are published, is outside the container. slirp4netns listens on the host's port
 * and forwards connections. The socket takes one JSON request a connection, which the client ends by shutdown(2), and
 * answers with "return" or "error". The errors give no reason, so a failed port is bound here once to learn it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "net/backend.h"
#include "net/host-port.h"

#define ANSWER_MAX	65536
#define ANSWER_SECONDS	5
#define FREE_PORT_TRIES 16

#define PROGRAM		"slirp4netns"
#define SOCKET_NAME	"slirp.sock"
#define TAP_NAME	"tap0"
#define CIDR \
	"10.0.2.0/24" /* the default; slirp4netns has .100, .2 and .3 of it for its addresses */
#define MTU	   65520
#define MTU_MIN	   576 /* less is not IPv4 */
#define MTU_MAX	   65521
#define PREFIX_MAX 25 /* the hosts .2, .3 and .100 must be in it */

struct options {
	bool allow_host_loopback, enable_ipv6;
	uint32_t mtu, network;
	unsigned int prefix;
	const char *cidr, *outbound_addr, *outbound_addr6; /* NULL: the default */
	char mac[NET_MAC_SIZE];				   /* "": any */
};

static int parse_bool(const char *value, bool *ret)
{
	if (!streq(value, "true") && !streq(value, "false"))
		return -EINVAL;
	*ret = streq(value, "true");
	return 0;
}

/* "A.B.C.D/N", with the network's address in host order. */
static int parse_cidr(const char *text, uint32_t *ret_network, unsigned int *ret_prefix)
{
	const char *slash = strchr(text, '/');
	struct in_addr address;
	char host[16];
	uint64_t prefix;

	if (!slash || (size_t)(slash - text) >= sizeof(host) ||
	    str_to_uint64(slash + 1, PREFIX_MAX, &prefix) < 0 || prefix < 8)
		return -EINVAL;
	(void)snprintf(host, sizeof(host), "%.*s", (int)(slash - text), text);
	if (inet_pton(AF_INET, host, &address) != 1)
		return -EINVAL;
	*ret_network = ntohl(address.s_addr);
	*ret_prefix = (unsigned int)prefix;
	return *ret_network & (UINT32_MAX >> prefix) ? -EINVAL : 0;
}

static bool is_ipv6(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, text, &address) == 1;
}

static int set_option(struct options *o, const char *name, const char *value)
{
	if (streq(name, "allow_host_loopback"))
		return parse_bool(value, &o->allow_host_loopback);
	if (streq(name, "enable_ipv6"))
		return parse_bool(value, &o->enable_ipv6);
	if (streq(name, "mtu"))
		return str_to_uint32(value, &o->mtu) < 0 || o->mtu < MTU_MIN || o->mtu > MTU_MAX
			       ? -EINVAL
			       : 0;
	if (streq(name, "cidr")) {
		o->cidr = value;
		return parse_cidr(value, &o->network, &o->prefix);
	}
	if (streq(name, "outbound_addr")) {
		o->outbound_addr = value;
		return net_is_plain_word(value) ? 0 : -EINVAL;
	}
	if (streq(name, "outbound_addr6")) {
		o->outbound_addr6 = value;
		return is_ipv6(value) || net_is_plain_word(value) ? 0 : -EINVAL;
	}
	if (streq(name, "macaddress"))
		return net_mac_parse(value, o->mac);
	if (streq(name, "port_handler"))
		return streq(value, PROGRAM) ? 0 : -ENOTSUP;
	return -ENOENT;
}

static int parse_one(struct options *o, char *option, struct masu_error *err)
{
	char *value = strchr(option, '=');

	if (value)
		*value++ = 0;
	switch (set_option(o, option, value ? value : "")) {
	case -ENOENT:
		(void)err_set(err, ERR_INVALID, EINVAL, "unknown option of slirp4netns: \"%s\"",
			      option);
		return err_hint(err,
				"supported: allow_host_loopback, cidr, enable_ipv6, "
				"macaddress, mtu, outbound_addr, outbound_addr6, port_handler");
	case -ENOTSUP:
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "invalid port handler \"%s\": only slirp4netns is supported", value);
		return err_hint(err, "omit the option; --network pasta passes ports on faster");
	case -EINVAL:
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid value \"%s\" of the option \"%s\" of slirp4netns",
			       value ? value : "", option);
	}
	return 0;
}

/* The addresses that slirp4netns uses in a network. */
static void fill_addresses(const struct options *o, struct net_addresses *ret)
{
	const struct {
		uint32_t host;
		char *text;
	} all[] = {{100, ret->container}, {2, ret->gateway}, {3, ret->nameserver}};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct in_addr address = {htonl(o->network + all[i].host)};

		(void)inet_ntop(AF_INET, &address, all[i].text, sizeof(ret->container));
	}
	if (o->allow_host_loopback)
		(void)snprintf(ret->host, sizeof(ret->host), "%s", ret->gateway);
	ret->prefix = o->prefix;
	memcpy(ret->mac, o->mac, sizeof(ret->mac));
}

static int fill_arguments(const struct options *o, char ***ret)
{
	if (strv_pushf(ret, "--mtu=%u", o->mtu) < 0 ||
	    (o->cidr && strv_pushf(ret, "--cidr=%s", o->cidr) < 0) ||
	    (o->outbound_addr && strv_pushf(ret, "--outbound-addr=%s", o->outbound_addr) < 0) ||
	    (o->outbound_addr6 && strv_pushf(ret, "--outbound-addr6=%s", o->outbound_addr6) < 0) ||
	    (*o->mac && strv_pushf(ret, "--macaddress=%s", o->mac) < 0) ||
	    (o->enable_ipv6 && strv_push(ret, "--enable-ipv6") < 0) ||
	    (!o->allow_host_loopback && strv_push(ret, "--disable-host-loopback") < 0))
		return -ENOMEM;
	return 0;
}

static int parse(const char *text, struct network *network, struct masu_error *err)
{
	_cleanup_strv_ char **list = *text ? strv_split(text, ",") : NULL;
	struct options options = {.mtu = MTU};

	if (*text && !list)
		return err_oom(err);
	(void)parse_cidr(CIDR, &options.network, &options.prefix);
	STRV_FOREACH(option, list) {
		int r = parse_one(&options, *option, err);
		if (r < 0)
			return r;
	}
	if (options.outbound_addr6 && !options.enable_ipv6)
		return err_set(
			err, ERR_INVALID, EINVAL,
			"the option \"outbound_addr6\" of slirp4netns needs enable_ipv6=true");
	fill_addresses(&options, &network->addresses);
	network->advertises = options.enable_ipv6;
	int r = fill_arguments(&options, &network->arguments);
	return r < 0 ? err_sys(err, r, "read the options of slirp4netns") : 0;
}

static int check_port(const struct port *port, struct masu_error *err)
{
	if (!port_is_ipv6(port))
		return 0;
	(void)err_set(err, ERR_UNSUPPORTED, EAFNOSUPPORT,
		      "slirp4netns cannot publish a port on the IPv6 address %s", port->host_ip);
	return err_hint(err, "use --network pasta");
}

/*
 * By pid where the container has a user namespace: given paths, slirp4netns (1.2) does not enter the
 * user namespace with the process that sandboxes itself, and fails to become root.
 */
static int build_argv(const struct net_request *request, const char *run_dir, int ready_fd,
		      char ***ret)
{
	_cleanup_strv_ char **argv = NULL;
	static const char *const fixed[] = {PROGRAM, "--configure", "--enable-sandbox",
					    "--enable-seccomp", NULL};

	if (strv_extend(&argv, (char *const *)fixed) < 0 ||
	    strv_extend(&argv, request->network->arguments) < 0 ||
	    strv_pushf(&argv, "--ready-fd=%d", ready_fd) < 0 ||
	    strv_pushf(&argv, "--api-socket=%s/%s", run_dir, SOCKET_NAME) < 0 ||
	    (!request->own_userns && strv_push(&argv, "--netns-type=path") < 0) ||
	    strv_pushf(&argv, request->own_userns ? "%d" : "/proc/%d/ns/net", (int)request->init) <
		    0 ||
	    strv_push(&argv, TAP_NAME) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(argv);
	return 0;
}

/* slirp4netns leaves its socket behind, and bind(2) would fail on it at the container's next start. */
static void remove_old_socket(const char *run_dir)
{
	_cleanup_free_ char *path = path_join(run_dir, SOCKET_NAME);

	if (path)
		(void)unlink(path); /* it seldom exists */
}

/*
 * The sandbox of slirp4netns (1.2) makes "/" private, but not the mounts below it. Then it unmounts all of them. On
 * a host whose mounts are shared, as systemd makes them, root's would unmount /sys/fs/cgroup of the host. That of others
 * enters the container's user namespace, and its copies of the mounts are slaves (mount_namespaces(7)).
 */
static int start(const struct net_request *request, struct net_link *link, struct masu_error *err)
{
	_cleanup_strv_ char **argv = NULL;
	_cleanup_close_ int dir_fd = -1;
	const char *dir = request->run_dir;
	char by_fd[FD_PATH_MAX];
	/* As root, slirp4netns stays root: its sandbox must not have a descriptor of the host's files. */
	bool shut_out = request->shut_out && geteuid() != 0;
	int r = net_helper_prepare(&link->helper, err);

	if (r < 0)
		return r;
	if (strlen(dir) + 1 + strlen(SOCKET_NAME) >=
		    sizeof(((struct sockaddr_un *)NULL)->sun_path) || /* too long for bind(2) */
	    shut_out) {
		dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir_fd < 0)
			return err_sys(err, errno, "open '%s'", dir);
		dir = fd_path(dir_fd, by_fd);
	}
	/* Only by its descriptor can others reach the directory, which lies in one of the caller's alone. */
	if (shut_out && chmod(request->run_dir, 0733) < 0)
		return err_sys(err, errno, "open '%s' to slirp4netns", request->run_dir);
	r = build_argv(request, dir, link->helper.its_ready_fd, &argv);
	if (r < 0)
		return err_sys(err, r, "start slirp4netns");
	const struct net_helper_spec spec = {.argv = argv,
					     .package = PROGRAM,
					     .foreign_root = request->foreign_root,
					     .own_mounts = geteuid() == 0,
					     .pass_fd = dir_fd};
	remove_old_socket(request->run_dir);
	return net_helper_start(&link->helper, &spec, err);
}

/* By the directory's descriptor: the whole path may be too long for a socket's address. */
static int connect_api(int run_dir)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval timeout = {.tv_sec = ANSWER_SECONDS};
	char dir[FD_PATH_MAX];
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", fd_path(run_dir, dir),
		       SOCKET_NAME);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* Sends one request and returns the answer's text. */
static int ask(int run_dir, const char *request, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = connect_api(run_dir);

	if (fd < 0)
		return fd;
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request) ||
	    shutdown(fd, SHUT_WR) < 0)
		return -errno;
	return fd_read_all(fd, ANSWER_MAX, ret, ret_size);
}

static int refused(const struct port *port, const char *said, struct masu_error *err)
{
	int r = host_port_explain(port, err);

	return r < 0 ? r
		     : err_set(err, ERR_UNAVAILABLE, EIO,
			       "slirp4netns cannot publish %s port %u: %s", port_protocol(port),
			       port->host_port, said);
}

/* 0, or -EIO with the error of slirp4netns in *ret_said. */
static int read_answer(const char *text, size_t size, char **ret_said, struct masu_error *err)
{
	_cleanup_json_ struct json_object *answer = NULL;
	struct json_object *result = NULL, *error = NULL;
	const char *said = "no reason given";
	int r = json_parse(text, size, "slirp4netns's answer", &answer, err);

	if (r < 0)
		return r;
	r = json_get_object(answer, "", "return", &result, err);
	if (r < 0)
		return r;
	if (result)
		return 0;
	if (json_get_object(answer, "", "error", &error, NULL) > 0)
		(void)json_get_string(error, "error", "desc", &said, NULL);
	*ret_said = strdup(said);
	return *ret_said ? -EIO : err_oom(err);
}

static int add_hostfwd(const struct port *port, int run_dir, const char *container_ip,
		       char **ret_said, struct masu_error *err)
{
	_cleanup_free_ char *answer = NULL;
	size_t size;

	_cleanup_free_ char *request = str_printf(
		"{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"%s\","
		"\"host_addr\":\"%s\",\"host_port\":%u,\"guest_addr\":\"%s\","
		"\"guest_port\":%u}}",
		port_protocol(port), port->host_ip, port->host_port, container_ip,
		port->container_port);
	if (!request)
		return err_oom(err);
	int r = ask(run_dir, request, &answer, &size);
	if (r < 0)
		return err_sys(err, r, "ask slirp4netns to publish port %u", port->host_port);
	return read_answer(answer, size, ret_said, err);
}

/* A port that only the host itself can reach is the relay's alone. As add_hostfwd(). */
static int forward(const struct port *port, int run_dir, const char *container_ip,
		   struct relay *relay, char **ret_said, struct masu_error *err)
{
	int r = relay_is_local(port) ? 0 : add_hostfwd(port, run_dir, container_ip, ret_said, err);

	if (r < 0 || !port->udp || (!relay_is_local(port) && !streq(port->host_ip, "0.0.0.0")))
		return r;
	r = relay_listen(relay, port);
	if (r < 0 && relay_is_local(port))
		*ret_said = strdup(strerror(-r));
	return r < 0 && !*ret_said ? err_sys(err, r, "listen on udp port %u of %s", port->host_port,
					     port->host_ip)
				   : r;
}

/* Another process may take a free port before slirp4netns binds it: then the next is tried. */
static int publish(struct port *port, int run_dir, const char *container_ip, struct relay *relay,
		   struct masu_error *err)
{
	int tries = port->host_port ? 1 + port->more_host_ports : FREE_PORT_TRIES;
	struct port attempt = *port;
	int r = 0;

	attempt.more_host_ports = 0;
	for (int i = 0; i < tries; i++) {
		_cleanup_free_ char *said = NULL;

		if (port->host_port)
			attempt.host_port = (uint16_t)(port->host_port + i);
		else if ((r = host_port_try(port)) < 0)
			return err_sys(err, r, "find a free port of %s", port->host_ip);
		else
			attempt.host_port = (uint16_t)r;
		r = forward(&attempt, run_dir, container_ip, relay, &said, err);
		if (r == 0)
			*port = attempt;
		if (!said)
			return r;
		r = refused(&attempt, said, err);
		if (port->more_host_ports && r != -EADDRINUSE)
			return r;
	}
	return port->more_host_ports ? host_port_none_free(port, err) : r;
}

/*
 * Publishes all ports, and collects UDP ports for the host itself in `relay`, which the caller starts then. Fills in the
 * host ports that were free to choose.
 */
static int publish_all(const struct net_request *request, struct relay *relay,
		       struct masu_error *err)
{
	const char *container_ip = request->network->addresses.container;
	struct port_list *list = request->ports;
	_cleanup_close_ int dir = open(request->run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_sys(err, errno, "open '%s'", request->run_dir);
	for (size_t i = 0; i < list->n; i++) {
		int r = publish(&list->item[i], dir, container_ip, relay, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int finish(const struct net_request *request, struct net_link *link, struct masu_error *err)
{
	int r = net_helper_wait(&link->helper, PROGRAM, NET_READY_TIMEOUT_MS, err);

	if (r < 0 || !request->ports || !request->ports->n)
		return r;
	r = publish_all(request, &link->relay, err);
	return r < 0 ? r
		     : relay_start(&link->relay, request->init, request->own_userns,
				   request->network->addresses.container, err);
}

const struct net_backend slirp_backend = {
	.name = PROGRAM,
	.package = "slirp4netns",
	.mac_option = "macaddress=",
	.parse = parse,
	.check_port = check_port,
	.start = start,
	.finish = finish,
};
