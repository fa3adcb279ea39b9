/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "net/files.h"
#include "net/host-port.h"
#include "net/network.h"
#include "net/wish.h"

/* Ports, read, as "IP:HOST->CONTAINER/PROTO ...". */
static void ports(const char *text, const char *expected)
{
	_cleanup_ports_ struct port_list list = PORT_LIST_INIT;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	assert_int_equal(ports_parse(text, &list, NULL), 0);
	for (size_t i = 0; i < list.n; i++) {
		_cleanup_free_ char *one = port_to_string(&list.item[i]);

		assert_int_equal(strbuf_addf(&b, "%s%s", i ? " " : "", one), 0);
		if (list.item[i].more_host_ports)
			assert_int_equal(strbuf_addf(&b, "+%u", list.item[i].more_host_ports), 0);
	}
	assert_string_equal(b.text, expected);
}

static void test_ports(void **state)
{
	ports("8080:80", "0.0.0.0:8080->80/tcp");
	ports("127.0.0.1:8080:80/udp", "127.0.0.1:8080->80/udp");
	ports("80", "0.0.0.0:0->80/tcp");
	ports("127.0.0.1::80", "127.0.0.1:0->80/tcp");
	ports("8080-8081:80-81", "0.0.0.0:8080->80/tcp 0.0.0.0:8081->81/tcp");
	ports("65535:65535", "0.0.0.0:65535->65535/tcp");
	ports(":80", "0.0.0.0:0->80/tcp");
	ports("::80", "0.0.0.0:0->80/tcp");
	ports(":8080:80", "0.0.0.0:8080->80/tcp");
	ports("0:80", "0.0.0.0:0->80/tcp");
	ports("127.0.0.1:0:80-81", "127.0.0.1:0->80/tcp 127.0.0.1:0->81/tcp");
	ports("80/TCP", "0.0.0.0:0->80/tcp");
	ports("8080:80/Udp", "0.0.0.0:8080->80/udp");
	ports("80-81/UDP", "0.0.0.0:0->80/udp 0.0.0.0:0->81/udp");
	ports("8000-8000:80", "0.0.0.0:8000->80/tcp");
	ports("8000-9000:80", "0.0.0.0:8000->80/tcp+1000");
	ports("127.0.0.1:1-65535:80/udp", "127.0.0.1:1->80/udp+65534");
	ports("[::1]:80:81", "[::1]:80->81/tcp");
	ports("[0::0]::80/udp", "[::]:0->80/udp");
}

static const char *const bad_ports[] = {
	"",
	":",
	"::",
	"80:",
	"0",
	"65536",
	"8080:0",
	"-1:80",
	"a:80",
	"80/x",
	"80/",
	"80/tcp/x",
	"1-2:3-5",
	"2-1",
	"1.2.3:1:2",
	"1:2:3:4",
	"[1.2.3.4]:1:2",
	"[::1:1:2",
	"[]:1:2",
	"[::1]1:2",
	"::1:80:80",
	"::::80",
	"80:1-2",
	"host:1:2",
	"0-1:80",
	"80-",
	"-80",
	"+80:80",
	" 80",
	"80 ",
	"0x50:80",
	"080808:80",
	"80:0-1",
	"1-0:80",
	"80/tcp/udp",
	"80/UDP ",
	"-",
	"1-2-3:80",
	"1,2:80",
};
static const char *const foreign_ports[] = {
	"80/sctp",
	"1-2:80/SCTP",
};

static void test_bad_ports(void **state)
{
	_cleanup_ports_ struct port_list list = PORT_LIST_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(bad_ports); i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_int_equal(ports_parse(bad_ports[i], &list, &err), -EINVAL);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_int_equal(list.n, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(foreign_ports); i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_true(ports_parse(foreign_ports[i], &list, &err) < 0);
		assert_int_equal(err.kind, ERR_UNSUPPORTED);
		assert_int_equal(list.n, 0);
	}
	assert_int_equal(ports_parse("127.0.0.1:80-90:80-90", &list, NULL), 0);
	assert_int_equal(ports_parse("85:85", &list, NULL), -EINVAL);
	assert_int_equal(ports_parse("127.0.0.2:85:85", &list, NULL), 0);
	assert_int_equal(ports_parse("85:85/udp", &list, NULL), 0);
	assert_int_equal(ports_parse("80-90:85", &list, NULL), 0); /* there may be another one */
	assert_int_equal(ports_parse("80-90:85", &list, NULL), 0);
	assert_int_equal(ports_parse("[::]:85:85", &list, NULL), 0);
	assert_int_equal(ports_parse("[::1]:85:85", &list, NULL), -EINVAL);
	assert_int_equal(list.n, 16);
}

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

/* Another process has the port: its error names it, and a choice goes around it. */
static void test_host_ports(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct port taken = {.host_ip = "127.0.0.1", .container_port = 80};
	struct port free_one = taken, elsewhere = taken;
	struct port_list list = {.item = &free_one, .n = 1};

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	taken.host_port = ntohs(address.sin_port);
	assert_int_equal(host_port_try(&taken), -EADDRINUSE);
	assert_int_equal(host_port_explain(&taken, &err), -EADDRINUSE);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_int_equal(host_ports_choose(&list, NULL), 0);
	assert_true(free_one.host_port > 0 && free_one.host_port != taken.host_port);
	list.item = &taken;
	taken.host_port = (uint16_t)MIN(taken.host_port, UINT16_MAX - 200);
	taken.more_host_ports = 200;
	assert_int_equal(host_ports_choose(&list, NULL), 0);
	assert_true(taken.host_port != ntohs(address.sin_port) && !taken.more_host_ports);
	(void)snprintf(elsewhere.host_ip, sizeof(elsewhere.host_ip), "203.0.113.7");
	err_done(&err);
	assert_int_equal(host_port_explain(&elsewhere, &err), -EADDRNOTAVAIL);
	assert_non_null(strstr(err.message, "203.0.113.7"));
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

static void resolv(const struct net_resolv *in, const char *expected)
{
	_cleanup_free_ char *got = NULL;

	assert_int_equal(net_resolv_conf(in, &got, NULL), 0);
	assert_string_equal(got, expected);
}

static void test_resolv_conf(void **state)
{
	static const char host[] =
		"# c\nnameserver 127.0.0.53\nnameserver 192.0.2.1\n"
		"nameserver fe80::1%eth0\nnameserver ::1\nsearch a.test b.test\n"
		"options edns0 trust-ad\nnameserver rubbish\nnameserver 192.0.2.1";
	char *servers[] = {(char *)"192.0.2.9", NULL}, *search[] = {(char *)"c.test", NULL};
	char *no_search[] = {(char *)".", NULL}, *options[] = {(char *)"ndots:2", NULL};
	char *bad[] = {(char *)"1.2.3.4\nx", NULL};
	char *got;

	resolv(&(struct net_resolv){.host = host, .nameserver = "10.0.2.3"},
	       "search a.test b.test\nnameserver 10.0.2.3\nnameserver 192.0.2.1\n"
	       "options edns0 trust-ad\n");
	resolv(&(struct net_resolv){.host = host, .host_network = true},
	       "search a.test b.test\nnameserver 127.0.0.53\nnameserver 192.0.2.1\n"
	       "nameserver fe80::1%eth0\nnameserver ::1\noptions edns0 trust-ad\n");
	resolv(&(struct net_resolv){.host = host,
				    .nameserver = "10.0.2.3",
				    .servers = servers,
				    .search = search,
				    .options = options},
	       "search c.test\nnameserver 192.0.2.9\noptions ndots:2\n");
	resolv(&(struct net_resolv){.host = "search a\n", .search = no_search}, "");
	resolv(&(struct net_resolv){.host = ""}, "");
	assert_int_equal(
		net_resolv_conf(&(struct net_resolv){.host = "", .servers = bad}, &got, NULL),
		-EINVAL);
	assert_int_equal(
		net_resolv_conf(&(struct net_resolv){.host = "", .search = bad}, &got, NULL),
		-EINVAL);
}

static void test_hosts(void **state)
{
	char *extra[] = {(char *)"db:192.0.2.7",    (char *)"up=host-gateway",
			 (char *)"six:2001:db8::1", (char *)"a;b.c=[::7]",
			 (char *)"db=192.0.2.8",    NULL};
	_cleanup_free_ char *got = NULL;
	char *none;

	assert_int_equal(net_hosts_file(&(struct net_hosts){.hostname = "abc",
							    .name = "web",
							    .address = "10.0.2.100",
							    .gateway = "10.0.2.2",
							    .add_host = extra},
					&got, NULL),
			 0);
	assert_string_equal(
		got,
		"192.0.2.7\tdb\n10.0.2.2\tup\n2001:db8::1\tsix\n::7\ta b.c\n192.0.2.8\tdb\n"
		"127.0.0.1\tlocalhost\n"
		"::1\tlocalhost ip6-localhost ip6-loopback\n"
		"10.0.2.2\thost.containers.internal host.docker.internal\n10.0.2.100\tabc web\n");
	free(got);
	const struct net_hosts dotted = {.hostname = "a.b.c", .name = "a"};
	assert_int_equal(net_hosts_file(&dotted, &got, NULL), 0);
	assert_non_null(strstr(got, "\n127.0.1.1\ta.b.c a\n"));
	free(got);
	const struct net_hosts of_host = {
		.base = "127.0.0.1 localhost # web\n10.1.2.3 vm.example vm\n10.1.2.4 host.docker.internal",
		.hostname = "vm",
		.gateway = "127.0.0.1",
		.name = "web"};
	assert_int_equal(net_hosts_file(&of_host, &got, NULL), 0);
	assert_string_equal(got, "127.0.0.1 localhost # web\n10.1.2.3 vm.example vm\n"
				 "10.1.2.4 host.docker.internal\n"
				 "127.0.0.1\thost.containers.internal\n127.0.1.1\tweb\n");
	const struct net_hosts no_gateway = {.hostname = "a", .add_host = extra};
	assert_int_equal(net_hosts_file(&no_gateway, &none, NULL), -ENETUNREACH);
}

static void test_bad_hosts(void **state)
{
	static const char *const bad[] = {"db",
					  "",
					  ":",
					  "=",
					  "db:",
					  ":1.2.3.4",
					  ";:1.2.3.4",
					  "a;:1.2.3.4",
					  "a b:1.2.3.4",
					  "a:1.2.3",
					  "a:[1.2.3.4",
					  "a:[]",
					  "a:[",
					  "a:]",
					  "a:fe80::1%eth0",
					  "a=host",
					  "a\nb:1.2.3.4",
					  "a:1.2.3.4\n",
					  "-a:1.2.3.4"};
	char *none;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *list[] = {(char *)bad[i], NULL};
		const struct net_hosts hosts = {.hostname = "a", .add_host = list};
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_int_equal(net_hosts_file(&hosts, &none, &err), -EINVAL);
	}
}

static void test_stub(void **state)
{
	assert_true(net_resolv_is_stub("# x\nnameserver 127.0.0.53\noptions edns0\n"));
	assert_true(net_resolv_is_stub("nameserver 127.0.0.53\nnameserver 127.0.0.54\n"));
	assert_false(net_resolv_is_stub("nameserver 127.0.0.53\nnameserver 192.0.2.1\n"));
	assert_false(net_resolv_is_stub("nameserver 127.0.0.1\n"));
	assert_false(net_resolv_is_stub("search a\n"));
	assert_false(net_resolv_is_stub(""));
}

static void test_hostnames(void **state)
{
	static const char *const bad[] = {
		"",    "-a",
		"a-",  "a..b",
		".a",  "a.",
		"a b", "a\n",
		"a/b", "a23456789012345678901234567890123456789012345678901234567890123456",
	};
	_cleanup_free_ char *got = NULL;
	char *none;

	assert_int_equal(net_hostname_file("a-b.c_1", &got, NULL), 0);
	assert_string_equal(got, "a-b.c_1\n");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_int_equal(net_hostname_file(bad[i], &none, &err), -EINVAL);
		assert_non_null(strstr(err.message, "': ")); /* and why */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),	      cmocka_unit_test(test_bad_ports),
		cmocka_unit_test(test_networks),      cmocka_unit_test(test_network_ports),
		cmocka_unit_test(test_host_ports),    cmocka_unit_test(test_bad_networks),
		cmocka_unit_test(test_wishes),	      cmocka_unit_test(test_stub),
		cmocka_unit_test(test_added_options), cmocka_unit_test(test_resolv_conf),
		cmocka_unit_test(test_hosts),	      cmocka_unit_test(test_bad_hosts),
		cmocka_unit_test(test_hostnames),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
