/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "net/files.h"
#include "unit.h"

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
		cmocka_unit_test(test_resolv_conf), cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_bad_hosts),   cmocka_unit_test(test_stub),
		cmocka_unit_test(test_hostnames),
	};

	return cmocka_run_group_tests_name("net-files", tests, NULL, NULL);
}
