/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/port-mapping.h"
#include "base/str.h"
#include "net/host-port.h"
#include "net/ports.h"
#include "unit.h"

/* Ports, read, as "IP:HOST->CONTAINER/PROTO ...". */
static void ports(const char *text, const char *expected)
{
	_cleanup_ports_ struct port_list list = PORT_LIST_INIT;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	assert_int_equal(ports_parse(text, &list, NULL), 0);
	for (size_t i = 0; i < list.n; i++) {
		const struct port *p = &list.item[i];
		bool v6 = port_is_ipv6(p);

		assert_int_equal(strbuf_addf(&b, "%s%s%s%s:%u->%u/%s", i ? " " : "", v6 ? "[" : "",
					     p->host_ip, v6 ? "]" : "", p->host_port,
					     p->container_port, port_protocol(p)),
				 0);
		if (p->more_host_ports)
			assert_int_equal(strbuf_addf(&b, "+%u", p->more_host_ports), 0);
	}
	assert_string_equal(b.text, expected);
}

static void on_demand(const char *text, unsigned int seconds, const char *written)
{
	struct port_mapping m;

	assert_int_equal(port_mapping_parse(text, &m, NULL), 0);
	assert_int_equal(m.on_demand_s, seconds);
	_cleanup_free_ char *again = port_mapping_to_string(&m);
	assert_string_equal(again, written);
}

static void test_on_demand(void **state)
{
	on_demand("8080:80", 0, "0.0.0.0:8080-8080:80-80/tcp");
	on_demand("8080:80,ondemand", 300, "0.0.0.0:8080-8080:80-80/tcp,ondemand=300");
	on_demand("8080:80/tcp,ondemand=7", 7, "0.0.0.0:8080-8080:80-80/tcp,ondemand=7");
	on_demand("[::1]:8080-8081:80-81,ondemand=604800", 604800,
		  "[::1]:8080-8081:80-81/tcp,ondemand=604800");
	ports("8080-8081:80-81,ondemand=5", "0.0.0.0:8080->80/tcp 0.0.0.0:8081->81/tcp");
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
	"8080:80,",
	"8080:80,ondemand=",
	"8080:80,ondemand=0",
	"8080:80,ondemand=604801",
	"8080:80,ondemand=-1",
	"8080:80,ondemand=1s",
	"8080:80,ondemandx",
	"8080:80,ondemand,ondemand",
	"8080:80/udp,ondemand",
	"80,ondemand",
	"0:80,ondemand",
	"8000-8001:80,ondemand",
	",ondemand",
	"8080,ondemand:80",
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_on_demand),
		cmocka_unit_test(test_bad_ports),
		cmocka_unit_test(test_host_ports),
	};

	return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
