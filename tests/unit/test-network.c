/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "net/network.h"
#include "net/wish.h"
#include "unit.h"

/* The result of --network: "ADDRESS GATEWAY NAMESERVER [host ADDRESS]: ARGUMENT..." */
static void network(const char *text, const char *expected)
{
	_cleanup_(network_done) struct network n = NETWORK_INIT;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	assert_int_equal(network_parse(text, &n, NULL), 0);
	assert_int_equal(strbuf_addf(&b, "%s %s %s%s%s:", n.addresses.container,
				     n.addresses.gateway, n.addresses.nameserver,
				     *n.addresses.host ? " host " : "", n.addresses.host),
			 0);
	STRV_FOREACH(argument, n.arguments)
		assert_int_equal(strbuf_addf(&b, " %s", *argument), 0);
	assert_string_equal(b.text, expected);
}

#define SLIRP	   "10.0.2.100 10.0.2.2 10.0.2.3: --mtu=65520 --disable-host-loopback"
#define PASTA_REST " --address 10.0.2.100 --gateway 10.0.2.2 --dns-forward 10.0.2.3"

static void test_networks(void **state)
{
	network(NULL, SLIRP);
	network("", SLIRP);
	network("default", SLIRP);
	network("bridge", SLIRP);
	network("private", SLIRP);
	network("slirp4netns:", SLIRP);
	network("none", "  :");
	network("host", "  :");
	network("slirp4netns:mtu=1500,cidr=10.9.8.0/24,enable_ipv6=true,outbound_addr=eth0,"
		"allow_host_loopback=true,port_handler=slirp4netns",
		"10.9.8.100 10.9.8.2 10.9.8.3 host 10.9.8.2: --mtu=1500 --cidr=10.9.8.0/24 "
		"--outbound-addr=eth0 --enable-ipv6");
	network("slirp4netns:macaddress=02:00:00:00:00:aB,enable_ipv6=true,outbound_addr6=fd00::1",
		"10.0.2.100 10.0.2.2 10.0.2.3: --mtu=65520 --outbound-addr6=fd00::1 "
		"--macaddress=02:00:00:00:00:ab --enable-ipv6 --disable-host-loopback");
	network("pasta", "10.0.2.100 10.0.2.2 10.0.2.3: --no-map-gw --netmask 24 --ns-ifname tap0 "
			 "--tcp-ns none --udp-ns none" PASTA_REST);
	network("pasta:--mtu,1400,-T,5201,-4,--map-gw,--udp-ns=5202-5203:6000-6001",
		"10.0.2.100 10.0.2.2 10.0.2.3 host 10.0.2.2: --mtu 1400 --tcp-ns 5201 --ipv4-only "
		"--udp-ns 5202-5203:6000-6001 --netmask 24 --ns-ifname tap0" PASTA_REST);
	network("pasta:-a,192.0.2.7,-a,2001:db8::7,-g,192.0.2.1,-n,255.255.255.0,-I,eth0,"
		"--dns-forward,192.0.2.9",
		"192.0.2.7 192.0.2.1 192.0.2.9: --address 2001:db8::7 --netmask 255.255.255.0 "
		"--ns-ifname eth0 --no-map-gw --tcp-ns none --udp-ns none --address 192.0.2.7 "
		"--gateway 192.0.2.1 --dns-forward 192.0.2.9");
	/* Examples of podman-run(1). */
	network("pasta:--ipv4-only,-a,10.0.2.0,-n,24,-g,10.0.2.2,--dns-forward,10.0.2.3,-m,1500,"
		"--no-ndp,--no-dhcpv6,--no-dhcp",
		"10.0.2.0 10.0.2.2 10.0.2.3: --ipv4-only --netmask 24 --mtu 1500 --no-ndp "
		"--no-map-gw --ns-ifname tap0 --tcp-ns none --udp-ns none --address 10.0.2.0 "
		"--gateway 10.0.2.2 --dns-forward 10.0.2.3");
	network("pasta:-T,auto,-U,auto",
		"10.0.2.100 10.0.2.2 10.0.2.3: --tcp-ns auto --udp-ns auto "
		"--no-map-gw --netmask 24 --ns-ifname tap0" PASTA_REST);
	/* A gateway in the network of another address. */
	network("pasta:-a,10.9.8.7",
		"10.9.8.7 10.9.8.1 10.0.2.3: --no-map-gw --netmask 24 --ns-ifname tap0 "
		"--tcp-ns none --udp-ns none --address 10.9.8.7 --gateway 10.9.8.1 "
		"--dns-forward 10.0.2.3");
	network("pasta:-a,10.9.0.1,-n,255.255.0.0,--map-gw",
		"10.9.0.1 10.9.0.2 10.0.2.3 host 10.9.0.2: --netmask 255.255.0.0 --ns-ifname tap0 "
		"--tcp-ns none --udp-ns none --address 10.9.0.1 --gateway 10.9.0.2 "
		"--dns-forward 10.0.2.3");
	network("pasta:--map-host-loopback,169.254.1.3",
		"10.0.2.100 10.0.2.2 10.0.2.3 host 169.254.1.3: --map-host-loopback 169.254.1.3 "
		"--netmask 24 --ns-ifname tap0 --tcp-ns none --udp-ns none" PASTA_REST);
}

/* A wish that is added to a text; "!" and the error's kind if it is refused. */
static void wish(const char *text, const struct net_wish *w, const char *expected)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *got = NULL;

	if (net_wish_add(text, w, &got, &err) < 0) {
		assert_string_equal(err.kind == ERR_UNSUPPORTED ? "!unsupported" : "!invalid",
				    expected);
		return;
	}
	assert_string_equal(str_or_empty(got), expected);
	_cleanup_(network_done) struct network n = NETWORK_INIT;
	assert_int_equal(network_parse(got, &n, NULL), 0);
}

static void test_wishes(void **state)
{
	const struct net_wish none = {0}, ip = {.ip = "10.9.8.7"}, v6 = {.ip6 = "fd00::7"},
			      mac = {.mac = "02:00:00:00:00:01"};

	wish("pasta", &none, "");
	wish("pasta", &ip, "pasta:--address=10.9.8.7");
	wish("pasta:-m,1400", &v6, "pasta:-m,1400,--address=fd00::7");
	wish("pasta", &mac, "pasta:--ns-mac-addr=02:00:00:00:00:01");
	wish(NULL, &mac, "slirp4netns:macaddress=02:00:00:00:00:01");
	wish("bridge", &mac, "slirp4netns:macaddress=02:00:00:00:00:01");
	wish("slirp4netns:mtu=1500", &mac, "slirp4netns:mtu=1500,macaddress=02:00:00:00:00:01");
	wish("slirp4netns", &ip, "!unsupported");
	wish("none", &mac, "!unsupported");
	wish("host", &ip, "!unsupported");
	wish("container:x", &v6, "!unsupported");
	wish("x", &ip, "!invalid");
	wish("pasta", &(struct net_wish){.ip = "fd00::7"}, "!invalid");
	wish("pasta", &(struct net_wish){.ip6 = "10.9.8.7"}, "!invalid");
	wish("pasta", &(struct net_wish){.ip = "10.9.8.7,-T,auto"}, "!invalid");
	static const char *const bad[] = {"",
					  "02:00:00:00:00",
					  "02:00:00:00:00:0g",
					  "02-00-00-00-00-01",
					  "01:00:5e:00:00:01",
					  "00:00:00:00:00:00",
					  "02:00:00:00:00:01:02",
					  "02:00:00:00:00:1,",
					  "2:0:0:0:0:1"};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		wish("pasta", &(struct net_wish){.mac = bad[i]}, "!invalid");
}

static void test_added_options(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{NULL, "slirp4netns:mtu=1500"},
		{"bridge", "slirp4netns:mtu=1500"},
		{"slirp4netns", "slirp4netns:mtu=1500"},
		{"slirp4netns:", "slirp4netns:mtu=1500"},
		{"slirp4netns:cidr=10.9.8.0/24", "slirp4netns:mtu=1500,cidr=10.9.8.0/24"},
		{"slirp4netns2", NULL},
		{"pasta", NULL},
		{"none", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = NULL;

		assert_int_equal(
			network_add_options(cases[i].text, "slirp4netns", "mtu=1500", &got, NULL),
			0);
		assert_int_equal(!got, !cases[i].expected);
		if (got)
			assert_string_equal(got, cases[i].expected);
	}
}

static int check_more(const char *text, const char *port, const char *more, enum err_kind *ret_kind)
{
	_cleanup_(network_done) struct network n = NETWORK_INIT;
	_cleanup_ports_ struct port_list list = PORT_LIST_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_int_equal(network_parse(text, &n, NULL), 0);
	assert_int_equal(ports_parse(port, &list, NULL), 0);
	if (more)
		assert_int_equal(ports_parse(more, &list, NULL), 0);
	int r = network_check_ports(&n, &list, &err);
	*ret_kind = err.kind;
	return r;
}

static int check_ports(const char *text, const char *port, enum err_kind *ret_kind)
{
	return check_more(text, port, NULL, ret_kind);
}

static void test_network_ports(void **state)
{
	enum err_kind kind;

	assert_int_equal(check_ports("slirp4netns", "80", &kind), 0);
	assert_int_equal(check_ports("pasta", "[::1]:80:80/udp", &kind), 0);
	assert_int_equal(check_ports("slirp4netns", "[::1]:80:80", &kind), -EAFNOSUPPORT);
	assert_int_equal(kind, ERR_UNSUPPORTED);
	assert_int_equal(check_ports("none", "80", &kind), -EINVAL);
	assert_int_equal(check_ports("host", "80", &kind), -EINVAL);
	assert_int_equal(kind, ERR_INVALID);
	assert_int_equal(check_ports("slirp4netns", "1-65535:1-65535/udp", &kind), 0);
	assert_int_equal(check_more("pasta", "80:80/udp", "81:80/udp", &kind), -ENOTSUP);
	assert_int_equal(kind, ERR_UNSUPPORTED);
	assert_int_equal(check_more("pasta", "80:80/udp", "81:80", &kind), 0);
	assert_int_equal(check_more("pasta", "80:80/udp", "[::]:81:80/udp", &kind), 0);
	assert_int_equal(check_more("pasta", "80:80/udp", "127.0.0.1:81:80/udp", &kind), 0);
	assert_int_equal(check_more("pasta", "80:80/udp", "81:81/udp", &kind), 0);
}

static void bad_network(const char *text, enum err_kind kind)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct network n;

	assert_true(network_parse(text, &n, &err) < 0);
	assert_int_equal(err.kind, kind);
}

static void test_bad_networks(void **state)
{
	static const char *const bad[] = {
		"x",
		"none:x",
		"slirp4netns:x",
		"slirp4netns:x=1",
		"slirp4netns:mtu=0",
		"slirp4netns:mtu=65522",
		"slirp4netns:cidr=10.0.0.1/24",
		"slirp4netns:cidr=10.0.0.0/26",
		"slirp4netns:cidr=10.0.0.0",
		"slirp4netns:allow_host_loopback=1",
		"slirp4netns:outbound_addr=-x y",
		"slirp4netns:,",
		"pasta:,",
		"pasta:x",
		"pasta:-t,80",
		"pasta:--pcap,/tmp/x",
		"pasta:--netns,/x",
		"pasta:--mtu",
		"pasta:--mtu,70000",
		"pasta:-4=1",
		"pasta:-a,10.0.2",
		"pasta:-a,10.9.8.7,-n,0.0.0.0",
		"pasta:-a,10.9.8.7,-n,255.0.255.0",
		"pasta:-n,0",
		"pasta:-i,-x",
		"pasta:-T,every",
		"pasta:-t,auto",
		"pasta:--ns-mac-addr,01:00:00:00:00:01",
		"pasta:--dns-forward,none",
		"slirp4netns:macaddress=x",
		"slirp4netns:outbound_addr6=fd00::1", /* without enable_ipv6 */
	};
	static const char *const elsewhere[] = {"bridge:x",
						"private:", "slirp4netns:port_handler=rootlesskit"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bad_network(bad[i], ERR_INVALID);
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		bad_network(elsewhere[i], ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_networks),      cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_added_options), cmocka_unit_test(test_network_ports),
		cmocka_unit_test(test_bad_networks),
	};

	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
