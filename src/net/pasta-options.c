/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pasta-options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "base/strv.h"
#include "net/files.h"

#define TAP_NAME   "tap0"
#define ADDRESS	   "10.0.2.100"
#define NETMASK	   "24"
#define GATEWAY	   "10.0.2.2"
#define NAMESERVER "10.0.2.3"

enum value {
	VALUE_NONE,
	VALUE_ADDRESS,
	VALUE_NETMASK,
	VALUE_MTU,
	VALUE_WORD,
	VALUE_MAC,
	VALUE_PORTS,
};

static const struct option {
	const char *brief, *name;
	enum value value;
} options[] = {
	{"-a", "--address", VALUE_ADDRESS},
	{"-n", "--netmask", VALUE_NETMASK},
	{"-g", "--gateway", VALUE_ADDRESS},
	{NULL, "--dns-forward", VALUE_ADDRESS},
	{"-m", "--mtu", VALUE_MTU},
	{"-I", "--ns-ifname", VALUE_WORD},
	{"-i", "--interface", VALUE_WORD},
	{"-o", "--outbound", VALUE_ADDRESS},
	{NULL, "--outbound-if4", VALUE_WORD},
	{NULL, "--outbound-if6", VALUE_WORD},
	{"-T", "--tcp-ns", VALUE_PORTS},
	{"-U", "--udp-ns", VALUE_PORTS},
	{"-4", "--ipv4-only", VALUE_NONE},
	{NULL, "--no-tcp", VALUE_NONE},
	{NULL, "--no-udp", VALUE_NONE},
	{NULL, "--no-icmp", VALUE_NONE},
	{NULL, "--ns-mac-addr", VALUE_MAC},
	{NULL, "--no-ndp", VALUE_NONE},
	{NULL, "--map-host-loopback", VALUE_ADDRESS},
	{NULL, "--map-guest-addr", VALUE_ADDRESS},
	{NULL, "--map-gw", VALUE_NONE}, /* as podman names it: the lack of --no-map-gw */
};

/* Options of users of podman that masu sets for every container. */
static const char *const always_set[] = {"--config-net", "--no-dhcp", "--no-dhcpv6", "--no-map-gw",
					 "--no-ra"};

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

/* One bit at least, and no gaps. */
static bool is_netmask(struct in_addr mask)
{
	uint32_t host = ~ntohl(mask.s_addr);

	return host != UINT32_MAX && !(host & (host + 1));
}

static bool is_value(enum value value, const char *text)
{
	char mac[NET_MAC_SIZE];
	struct in_addr mask;
	uint64_t n;

	switch (value) {
	case VALUE_ADDRESS:
		return net_is_address(text);
	case VALUE_NETMASK:
		return inet_pton(AF_INET, text, &mask) == 1
			       ? is_netmask(mask)
			       : str_to_uint64(text, 32, &n) == 0 && n > 0;
	case VALUE_MTU:
		return str_to_uint64(text, 65520, &n) == 0 && n >= 576;
	case VALUE_WORD:
		return net_is_plain_word(text);
	case VALUE_MAC:
		return net_mac_parse(text, mac) == 0;
	case VALUE_PORTS:
		return streq(text, "none") || streq(text, "auto") ||
		       (*text && strspn(text, "0123456789-:~") == strlen(text));
	case VALUE_NONE:
		break;
	}
	return false;
}

/* The length of a netmask, as text of either form that was checked before. */
static unsigned int prefix_of(const char *netmask)
{
	struct in_addr mask;
	uint64_t n = 0;

	if (inet_pton(AF_INET, netmask, &mask) == 1)
		return (unsigned int)__builtin_popcount(mask.s_addr);
	(void)str_to_uint64(netmask, 32, &n);
	return (unsigned int)n;
}

/* The options while they are read. */
struct reading {
	struct network *network;
	bool map_gateway;  /* the gateway's address reaches the host's loopback */
	bool maps_address; /* another one does */
	bool has_gateway;
};

/* Keeps a value that others need, too. Returns 1 if it is not for the command line as it is. */
static int keep(const struct option *o, const char *value, struct reading *r)
{
	struct net_addresses *a = &r->network->addresses;
	const struct {
		const char *name;
		char *v4, *v6;
	} known[] = {
		{"--address", a->container, a->container6}, {"--gateway", a->gateway, NULL},
		{"--dns-forward", a->nameserver, NULL},	    {"--map-host-loopback", a->host, NULL},
		{"--map-guest-addr", a->host, NULL},
	};
	bool v6 = value && strchr(value, ':');

	r->map_gateway |= streq(o->name, "--map-gw");
	r->maps_address |= streq(o->name, "--map-host-loopback");
	r->has_gateway |= streq(o->name, "--gateway") && !v6;
	if (streq(o->name, "--ns-mac-addr"))
		(void)net_mac_parse(value, a->mac); /* it was checked before */
	if (streq(o->name, "--netmask"))
		a->prefix = prefix_of(value);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (streq(o->name, known[i].name)) {
			char *to = v6 ? known[i].v6 : known[i].v4;

			if (to)
				(void)snprintf(to, v6 ? INET6_ADDRSTRLEN : INET_ADDRSTRLEN, "%s",
					       value);
			return !v6 && i < 3; /* add_defaults() adds these */
		}
	return streq(o->name, "--map-gw");
}

static bool is_always_set(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(always_set); i++)
		if (streq(text, always_set[i]))
			return true;
	return false;
}

/* One option, "--mtu=1400" or "--mtu" with its value in the next word. Returns the words it took. */
static int parse_one(char *const *words, struct reading *reading, struct masu_error *err)
{
	char ***arguments = &reading->network->arguments;
	size_t length = strcspn(*words, "=");
	const struct option *o = find_option(*words, length);
	bool joined = (*words)[length];
	const char *value = NULL;

	if (is_always_set(*words))
		return 1;
	if (!o || (joined && o->value == VALUE_NONE))
		return bad_option(*words, err);
	if (o->value != VALUE_NONE) {
		value = joined ? *words + length + 1 : words[1];
		if (!value || !is_value(o->value, value))
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid value \"%s\" of the option \"%s\" of pasta",
				       value ? value : "", o->name);
	}
	if (!keep(o, value, reading) &&
	    (strv_push(arguments, o->name) < 0 || (value && strv_push(arguments, value) < 0)))
		return err_oom(err);
	return 1 + (value && !joined);
}

static int add_option(char ***arguments, const char *name, const char *value)
{
	int r = strv_push(arguments, name);

	return r < 0 ? r : strv_push(arguments, value);
}

/* In the network of the address: its first host, or the second if the container has the first. */
static void choose_gateway(struct net_addresses *a)
{
	uint32_t mask = UINT32_MAX << (32 - a->prefix);
	struct in_addr address;

	if (inet_pton(AF_INET, a->container, &address) != 1)
		return;
	uint32_t own = ntohl(address.s_addr), gateway = (own & mask) + 1;
	address.s_addr = htonl(gateway == own ? own + 1 : gateway);
	(void)inet_ntop(AF_INET, &address, a->gateway, sizeof(a->gateway));
}

static int add_defaults(const struct reading *reading)
{
	static const char *const defaults[][2] = {
		{"--netmask", NETMASK},
		{"--ns-ifname", TAP_NAME},
		{"--tcp-ns", "none"},
		{"--udp-ns", "none"},
	};
	struct net_addresses *a = &reading->network->addresses;
	char ***arguments = &reading->network->arguments;

	if (!reading->has_gateway && !streq(a->container, ADDRESS))
		choose_gateway(a);
	if (reading->map_gateway && !reading->maps_address)
		(void)snprintf(a->host, sizeof(a->host), "%s", a->gateway);
	if (!reading->map_gateway && !reading->maps_address &&
	    strv_push(arguments, "--no-map-gw") < 0)
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

int pasta_options_parse(const char *text, struct network *network, struct masu_error *err)
{
	_cleanup_strv_ char **words = *text ? strv_split(text, ",") : NULL;
	struct reading reading = {.network = network};

	if (*text && !words)
		return err_oom(err);
	network->addresses = (struct net_addresses){ADDRESS, GATEWAY, NAMESERVER,
						    .prefix = prefix_of(NETMASK)};
	for (char *const *word = words; word && *word;) {
		int n = parse_one(word, &reading, err);
		if (n < 0)
			return n;
		word += n;
	}
	int r = add_defaults(&reading);
	return r < 0 ? err_sys(err, r, "read the options of pasta") : 0;
}
