/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slirp4netns, slirp4netns(1): it translates the container's packets to ordinary sockets of the user.
 * It runs in its own sandbox and behind its own system call filter. Its API socket, through which
 * ports are published (slirp-api.h), is outside the container.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "net/backend.h"
#include "net/slirp-api.h"

#define PROGRAM	 "slirp4netns"
#define TAP_NAME "tap0"
#define CIDR \
	"10.0.2.0/24" /* the default; slirp4netns has .100, .2 and .3 of it for its addresses */
#define MTU	   65520
#define MTU_MIN	   576 /* less is not IPv4 */
#define MTU_MAX	   65521
#define PREFIX_MAX 25 /* the hosts .2, .3 and .100 must be in it */

struct options {
	bool allow_host_loopback, enable_ipv6;
	uint32_t mtu, network;
	const char *cidr, *outbound_addr; /* NULL: the default */
};

static int parse_bool(const char *value, bool *ret)
{
	if (!streq(value, "true") && !streq(value, "false"))
		return -EINVAL;
	*ret = streq(value, "true");
	return 0;
}

/* "A.B.C.D/N", with the network's address in host order. */
static int parse_cidr(const char *text, uint32_t *ret_network)
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
	return *ret_network & (UINT32_MAX >> prefix) ? -EINVAL : 0;
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
		return parse_cidr(value, &o->network);
	}
	if (streq(name, "outbound_addr")) {
		o->outbound_addr = value;
		return net_is_plain_word(value) ? 0 : -EINVAL;
	}
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
		return err_hint(err, "supported: allow_host_loopback, cidr, enable_ipv6, mtu, "
				     "outbound_addr, port_handler");
	case -ENOTSUP:
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "invalid port handler \"%s\": only slirp4netns is supported", value);
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
	ret->gateway_is_host = o->allow_host_loopback;
}

static int fill_arguments(const struct options *o, char ***ret)
{
	int r = strv_pushf(ret, "--mtu=%u", o->mtu);

	if (r == 0 && o->cidr)
		r = strv_pushf(ret, "--cidr=%s", o->cidr);
	if (r == 0 && o->outbound_addr)
		r = strv_pushf(ret, "--outbound-addr=%s", o->outbound_addr);
	if (r == 0 && o->enable_ipv6)
		r = strv_push(ret, "--enable-ipv6");
	if (r == 0 && !o->allow_host_loopback)
		r = strv_push(ret, "--disable-host-loopback");
	return r;
}

static int parse(const char *text, struct network *network, struct masu_error *err)
{
	_cleanup_strv_ char **list = *text ? strv_split(text, ",") : NULL;
	struct options options = {.mtu = MTU};

	if (*text && !list)
		return err_sys(err, ENOMEM, "read the options of slirp4netns");
	(void)parse_cidr(CIDR, &options.network);
	STRV_FOREACH(option, list) {
		int r = parse_one(&options, *option, err);
		if (r < 0)
			return r;
	}
	fill_addresses(&options, &network->addresses);
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
					    "--enable-seccomp"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(fixed); i++)
		r = strv_push(&argv, fixed[i]);
	if (r == 0)
		r = strv_extend(&argv, request->network->arguments);
	if (r == 0)
		r = strv_pushf(&argv, "--ready-fd=%d", ready_fd);
	if (r == 0)
		r = strv_pushf(&argv, "--api-socket=%s/%s", run_dir, SLIRP_SOCKET_NAME);
	if (r == 0 && !request->own_userns)
		r = strv_push(&argv, "--netns-type=path");
	if (r == 0)
		r = strv_pushf(&argv, request->own_userns ? "%d" : "/proc/%d/ns/net",
			       (int)request->init);
	if (r == 0)
		r = strv_push(&argv, TAP_NAME);
	if (r == 0)
		*ret = TAKE_PTR(argv);
	return r;
}

/* slirp4netns leaves its socket behind, and bind(2) would fail on it at the container's next start. */
static void remove_old_socket(const char *run_dir)
{
	_cleanup_free_ char *path = path_join(run_dir, SLIRP_SOCKET_NAME);

	if (path)
		(void)unlink(path); /* it seldom exists */
}

static int start(const struct net_request *request, struct net_link *link, struct masu_error *err)
{
	_cleanup_strv_ char **argv = NULL;
	_cleanup_close_ int dir_fd = -1;
	const char *dir = request->run_dir;
	char by_fd[FD_PATH_MAX];
	int r = net_helper_prepare(&link->helper, err);

	if (r < 0)
		return r;
	if (strlen(dir) + 1 + strlen(SLIRP_SOCKET_NAME) >=
	    sizeof(((struct sockaddr_un *)NULL)->sun_path)) { /* too long for bind(2) */
		dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir_fd < 0)
			return err_sys(err, errno, "open '%s'", dir);
		dir = fd_path(dir_fd, by_fd);
	}
	r = build_argv(request, dir, link->helper.its_ready_fd, &argv);
	if (r < 0)
		return err_sys(err, r, "start slirp4netns");
	const struct net_helper_spec spec = {.argv = argv, .package = PROGRAM, .pass_fd = dir_fd};
	remove_old_socket(request->run_dir);
	return net_helper_start(&link->helper, &spec, err);
}

static int finish(const struct net_request *request, struct net_link *link, struct masu_error *err)
{
	int r = net_helper_wait(&link->helper, PROGRAM, NET_READY_TIMEOUT_MS, err);

	if (r < 0 || !request->ports || !request->ports->n)
		return r;
	r = slirp_publish(request, &link->relay, err);
	return r < 0 ? r
		     : relay_start(&link->relay, request->init, request->own_userns,
				   request->network->addresses.container, err);
}

const struct net_backend slirp_backend = {
	.name = PROGRAM,
	.remedy = "install slirp4netns, or use --network pasta, none or host",
	.parse = parse,
	.check_port = check_port,
	.start = start,
	.finish = finish,
};
