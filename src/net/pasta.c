/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pasta, passt(1): it splices the container's TCP and UDP flows to sockets of the user, without a TCP
 * stack of its own. It enters the container's user namespace, then confines itself: an empty root,
 * no capabilities on the host, a system call filter.
 *
 * Its defaults are for a developer's shell and not for a container, so masu sets them all:
 *
 *	addresses	10.0.2.100/24 behind 10.0.2.2, as with slirp4netns, not the host's: /etc/hosts is
 *			written before the start, and the container need not know the host's address.
 *			IPv6, where the host has it, is the host's.
 *	host loopback	out of reach (--no-map-gw, no ports of the host by -T and -U), unless asked for
 *	ports		those of -p, each on an explicit address: for others pasta (2023) reports no
 *			error when a port is in use
 *	lifetime	--foreground, as a child that dies with its lifeline (helper.h): pasta (2023) does
 *			not notice the end of a namespace that is given by a pid
 *	ready		the pid "file" is the ready pipe: it is written when all is set up
 *
 * The options are a list of those that cannot undo this. Any other option of pasta writes files
 * (--pcap, --log-file), moves it elsewhere (--netns, --runas) or publishes ports unseen (-t, -u).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "base/strv.h"
#include "net/backend.h"
#include "net/host-port.h"

#define PROGRAM	   "pasta"
#define PACKAGE	   "passt"
#define TAP_NAME   "tap0"
#define ADDRESS	   "10.0.2.100"
#define NETMASK	   "24"
#define GATEWAY	   "10.0.2.2"
#define NAMESERVER "10.0.2.3"

enum value { VALUE_NONE, VALUE_ADDRESS, VALUE_NETMASK, VALUE_MTU, VALUE_WORD, VALUE_PORTS };

static const struct option {
	const char *brief, *name;
	enum value value;
} options[] = {
	{"-a", "--address", VALUE_ADDRESS},   {"-n", "--netmask", VALUE_NETMASK},
	{"-g", "--gateway", VALUE_ADDRESS},   {NULL, "--dns-forward", VALUE_ADDRESS},
	{"-m", "--mtu", VALUE_MTU},	      {"-I", "--ns-ifname", VALUE_WORD},
	{"-i", "--interface", VALUE_WORD},    {"-o", "--outbound", VALUE_ADDRESS},
	{NULL, "--outbound-if4", VALUE_WORD}, {NULL, "--outbound-if6", VALUE_WORD},
	{"-T", "--tcp-ns", VALUE_PORTS},      {"-U", "--udp-ns", VALUE_PORTS},
	{"-4", "--ipv4-only", VALUE_NONE},    {NULL, "--no-tcp", VALUE_NONE},
	{NULL, "--no-udp", VALUE_NONE},	      {NULL, "--no-icmp", VALUE_NONE},
	{NULL, "--map-gw", VALUE_NONE}, /* as podman names it: the lack of --no-map-gw */
};

static int bad_option(const char *text, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strbuf_addf(&b, "%s%s", i ? ", " : "", options[i].name) < 0)
			break;
	(void)err_set(err, ERR_INVALID, EINVAL, "unsupported option of pasta: \"%s\"", text);
	return err_hint(err, "supported: %s%s", b.text ? b.text : "",
			str_after(text, "-t") || str_after(text, "-u") ? "; publish ports by -p"
								       : "");
}

static const struct option *find_option(const char *text, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const char *const names[] = {options[i].name, options[i].brief};

		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			if (names[j] && strlen(names[j]) == length &&
			    strncmp(text, names[j], length) == 0)
				return &options[i];
	}
	return NULL;
}

static bool is_address(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_value(enum value value, const char *text)
{
	struct in_addr mask;
	uint64_t n;

	switch (value) {
	case VALUE_ADDRESS:
		return is_address(text);
	case VALUE_NETMASK:
		return inet_pton(AF_INET, text, &mask) == 1 ||
		       (str_to_uint64(text, 32, &n) == 0 && n > 0);
	case VALUE_MTU:
		return str_to_uint64(text, 65520, &n) == 0 && n >= 576;
	case VALUE_WORD:
		return net_is_plain_word(text);
	case VALUE_PORTS:
		return *text && strspn(text, "0123456789-:") == strlen(text);
	case VALUE_NONE:
		break;
	}
	return false;
}

/* Keeps the container's addresses of IPv4 in `network`, and all else for the command line. */
static int apply(const struct option *o, const char *value, struct network *network)
{
	const struct {
		const char *name;
		char *to;
	} known[] = {
		{"--address", network->addresses.container},
		{"--gateway", network->addresses.gateway},
		{"--dns-forward", network->addresses.nameserver},
	};

	if (streq(o->name, "--map-gw")) {
		network->addresses.gateway_is_host = true;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (value && streq(o->name, known[i].name) && !strchr(value, ':')) {
			(void)snprintf(known[i].to, INET_ADDRSTRLEN, "%s", value);
			return 0;
		}
	int r = strv_push(&network->arguments, o->name);
	return r < 0 || !value ? r : strv_push(&network->arguments, value);
}

/* One option, "--mtu=1400" or "--mtu" with its value in the next word. Returns the words it took. */
static int parse_one(char *const *words, struct network *network, struct masu_error *err)
{
	size_t length = strcspn(*words, "=");
	const struct option *o = find_option(*words, length);
	bool joined = (*words)[length];
	const char *value = NULL;

	if (!o || (joined && o->value == VALUE_NONE))
		return bad_option(*words, err);
	if (o->value != VALUE_NONE) {
		value = joined ? *words + length + 1 : words[1];
		if (!value || !is_value(o->value, value))
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid value \"%s\" of the option \"%s\" of pasta",
				       value ? value : "", o->name);
	}
	int r = apply(o, value, network);
	return r < 0 ? err_sys(err, r, "read the options of pasta") : 1 + (value && !joined);
}

static int add_option(char ***arguments, const char *name, const char *value)
{
	int r = strv_push(arguments, name);

	return r < 0 ? r : strv_push(arguments, value);
}

static int add_defaults(struct network *network)
{
	static const char *const defaults[][2] = {
		{"--netmask", NETMASK},
		{"--ns-ifname", TAP_NAME},
		{"--tcp-ns", "none"},
		{"--udp-ns", "none"},
	};
	const struct net_addresses *a = &network->addresses;
	char ***arguments = &network->arguments;

	if (!a->gateway_is_host && strv_push(arguments, "--no-map-gw") < 0)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (!strv_contains(*arguments, defaults[i][0]) &&
		    add_option(arguments, defaults[i][0], defaults[i][1]) < 0)
			return -ENOMEM;
	if (add_option(arguments, "--address", a->container) < 0 ||
	    add_option(arguments, "--gateway", a->gateway) < 0)
		return -ENOMEM;
	return add_option(arguments, "--dns-forward", a->nameserver);
}

static int parse(const char *text, struct network *network, struct masu_error *err)
{
	_cleanup_strv_ char **words = *text ? strv_split(text, ",") : NULL;

	if (*text && !words)
		return err_sys(err, ENOMEM, "read the options of pasta");
	network->addresses = (struct net_addresses){ADDRESS, GATEWAY, NAMESERVER, false};
	for (char *const *word = words; word && *word;) {
		int n = parse_one(word, network, err);
		if (n < 0)
			return n;
		word += n;
	}
	int r = add_defaults(network);
	return r < 0 ? err_sys(err, r, "read the options of pasta") : 0;
}

static int check_port(const struct port *port, struct masu_error *err)
{
	(void)port;
	(void)err;
	return 0;
}

/* One option a port: pasta fails for a range only when none of its ports can be bound. */
static int add_ports(const struct port_list *list, char ***argv)
{
	static const char *const names[] = {"--tcp-ports", "--udp-ports"};
	bool any[2] = {false, false};

	for (size_t i = 0; list && i < list->n; i++) {
		const struct port *p = &list->item[i];

		if (relay_is_local(p))
			continue;
		any[p->udp] = true;
		if (strv_push(argv, names[p->udp]) < 0 ||
		    strv_pushf(argv, "%s/%u:%u", p->host_ip, p->host_port, p->container_port) < 0)
			return -ENOMEM;
	}
	for (int udp = 0; udp < 2; udp++)
		if (!any[udp] && add_option(argv, names[udp], "none") < 0)
			return -ENOMEM;
	return 0;
}

static int build_argv(const struct net_request *request, char ***ret)
{
	static const char *const fixed[] = {
		PROGRAM,	   "--foreground", "--quiet",	  "--config-net", "--pid",
		"/proc/self/fd/1", "--no-dhcp",	   "--no-dhcpv6", "--no-ra",	  NULL,
	};
	_cleanup_strv_ char **argv = NULL;

	/* As root of an outer user namespace it would become nobody, and could not enter. */
	if (strv_extend(&argv, (char *const *)fixed) < 0 ||
	    (geteuid() == 0 && strv_push(&argv, "--runas=0") < 0) ||
	    strv_extend(&argv, request->network->arguments) < 0 ||
	    add_ports(request->ports, &argv) < 0 || strv_pushf(&argv, "%d", (int)request->init) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(argv);
	return 0;
}

static int start(const struct net_request *request, struct net_link *link, struct masu_error *err)
{
	_cleanup_strv_ char **argv = NULL;

	if (!request->own_userns) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "pasta needs a container with a user namespace of its own");
		return err_hint(err, "root's containers have none: use --network slirp4netns");
	}
	/* Root's init is closed to all processes without CAP_SYS_PTRACE, which pasta gives up first. */
	if (request->shut_out && geteuid() == 0) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "pasta cannot enter a container of root's");
		return err_hint(err, "use --network slirp4netns");
	}
	int r = request->ports ? host_ports_choose(request->ports, err) : 0;
	if (r < 0)
		return r;
	r = net_helper_prepare(&link->helper, err);
	if (r < 0)
		return r;
	r = build_argv(request, &argv);
	if (r < 0)
		return err_sys(err, r, "start pasta");
	const struct net_helper_spec spec = {
		.argv = argv, .package = PACKAGE, .ready_on_stdout = true, .pass_fd = -1};
	return net_helper_start(&link->helper, &spec, err);
}

/* pasta's message names an option and no reason. */
static int explain_ports(const struct port_list *list, int r, struct masu_error *err)
{
	for (size_t i = 0; list && i < list->n; i++) {
		_cleanup_err_ struct masu_error reason = ERR_INIT;

		if (host_port_explain(&list->item[i], &reason) < 0)
			return err_move(err, &reason);
	}
	return r;
}

/*
 * UDP from the host's own loopback goes through the relay, as with slirp4netns: pasta (2023) loses the
 * answers, and the container would see 127.0.0.1 as the sender.
 */
static int start_relay(const struct net_request *request, struct net_link *link,
		       struct masu_error *err)
{
	const struct port_list *list = request->ports;

	for (size_t i = 0; list && i < list->n; i++) {
		const struct port *p = &list->item[i];

		if (!p->udp || (!relay_is_local(p) && !streq(p->host_ip, "0.0.0.0")))
			continue;
		int r = relay_listen(&link->relay, p);
		if (r < 0 && host_port_explain(p, err) < 0)
			return r;
		if (r < 0)
			return err_sys(err, r, "listen on udp port %u of %s", p->host_port,
				       p->host_ip);
	}
	return relay_start(&link->relay, request->init, request->own_userns,
			   request->network->addresses.container, err);
}

static int finish(const struct net_request *request, struct net_link *link, struct masu_error *err)
{
	int r = net_helper_wait(&link->helper, PROGRAM, NET_READY_TIMEOUT_MS, err);

	if (r == -EIO)
		return explain_ports(request->ports, r, err);
	return r < 0 ? r : start_relay(request, link, err);
}

const struct net_backend pasta_backend = {
	.name = PROGRAM,
	.package = "passt",
	.parse = parse,
	.check_port = check_port,
	.start = start,
	.finish = finish,
};
