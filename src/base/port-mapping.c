/* SPDX-License-Identifier: Apache-2.0 */
#include "base/port-mapping.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

static int parse_port(const char *text, size_t length, uint16_t *ret)
{
	char number[6];
	uint32_t n;

	if (length == 0 || length >= sizeof(number))
		return -EINVAL;
	(void)snprintf(number, sizeof(number), "%.*s", (int)length, text);
	if (str_to_uint32(number, &n) < 0 || n > UINT16_MAX)
		return -EINVAL;
	*ret = (uint16_t)n;
	return 0;
}

/* "80" or "80-85", of `length` bytes. */
static int parse_range(const char *text, size_t length, uint16_t *ret_first, uint16_t *ret_last)
{
	const char *dash = memchr(text, '-', length);
	size_t first_length = dash ? (size_t)(dash - text) : length;

	if (parse_port(text, first_length, ret_first) < 0)
		return -EINVAL;
	*ret_last = *ret_first;
	if (dash && parse_port(dash + 1, length - first_length - 1, ret_last) < 0)
		return -EINVAL;
	return *ret_last < *ret_first || (dash && *ret_first == 0) ? -EINVAL : 0;
}

static int parse_ip(const char *text, size_t length, struct port_mapping *m)
{
	bool brackets = length > 2 && *text == '[' && text[length - 1] == ']';
	int family = brackets ? AF_INET6 : AF_INET;
	char ip[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (length == 0)
		return 0;
	if (length - 2 * brackets >= sizeof(ip))
		return -EINVAL;
	(void)snprintf(ip, sizeof(ip), "%.*s", (int)length - 2 * brackets, text + brackets);
	if (inet_pton(family, ip, &address) != 1)
		return -EINVAL;
	return inet_ntop(family, &address, m->host_ip, sizeof(m->host_ip)) ? 0 : -errno;
}

static int parse_host(const char *text, size_t length, struct port_mapping *m)
{
	const char *colon = memrchr(text, ':', length);
	const char *port = colon ? colon + 1 : text;
	size_t port_length = length - (size_t)(port - text);
	int r = port_length ? parse_range(port, port_length, &m->host_first, &m->host_last) : 0;

	return r == 0 && colon ? parse_ip(text, (size_t)(colon - text), m) : r;
}

static int parse_protocol(const char *text, bool *ret_udp)
{
	*ret_udp = strcasecmp(text, "udp") == 0;
	if (*ret_udp || strcasecmp(text, "tcp") == 0)
		return 0;
	return strcasecmp(text, "sctp") == 0 ? -EPROTONOSUPPORT : -EINVAL;
}

static int parse_plain(const char *text, struct port_mapping *m)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	const char *colon = memrchr(text, ':', length);
	const char *container = colon ? colon + 1 : text;
	int r = slash ? parse_protocol(slash + 1, &m->udp) : 0;

	if (r < 0)
		return r;
	r = parse_range(container, length - (size_t)(container - text), &m->container_first,
			&m->container_last);
	if (r < 0)
		return r;
	return colon ? parse_host(text, (size_t)(colon - text), m) : 0;
}

static int parse_on_demand(const char *option, unsigned int *ret)
{
	const char *value = str_after(option, "ondemand");
	uint64_t seconds = PORT_ON_DEMAND_DEFAULT_S;

	if (!value || (*value && *value != '='))
		return -EINVAL;
	if (*value && (str_to_uint64(value + 1, PORT_ON_DEMAND_MAX_S, &seconds) < 0 || !seconds))
		return -ERANGE;
	*ret = (unsigned int)seconds;
	return 0;
}

static int parse(const char *text, struct port_mapping *m)
{
	char plain[INET6_ADDRSTRLEN + 32];
	size_t length = strcspn(text, ",");
	int r = text[length] ? parse_on_demand(text + length + 1, &m->on_demand_s) : 0;

	if (r < 0 || length >= sizeof(plain))
		return r < 0 ? r : -EINVAL;
	(void)snprintf(plain, sizeof(plain), "%.*s", (int)length, text);
	return parse_plain(plain, m);
}

static int refuse(const char *text, int code, struct masu_error *err)
{
	if (code == -EPROTONOSUPPORT)
		return err_set(err, ERR_UNSUPPORTED, -code,
			       "invalid port \"%s\": the protocol must be one of tcp, udp", text);
	if (code == -ERANGE)
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid port \"%s\": the idle time must be from 1 to %u seconds",
			       text, PORT_ON_DEMAND_MAX_S);
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid port: \"%s\"", text);
	return err_hint(err, "write [IP:][HOST:]CONTAINER[/tcp|udp], as in 8080:80");
}

/* systemd holds these ports, whether the container runs or not. */
static int check_on_demand(const struct port_mapping *m, const char *text, struct masu_error *err)
{
	if (m->on_demand_s > PORT_ON_DEMAND_MAX_S)
		return refuse(text, -ERANGE, err);
	if (m->udp)
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid port \"%s\": only a port of TCP can be on demand", text);
	if (m->host_first != 0 &&
	    m->host_last - m->host_first == m->container_last - m->container_first)
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL,
		      "invalid port \"%s\": on demand, the port of the host must be fixed", text);
	return err_hint(err, "name it, as in 8080:80,ondemand");
}

int port_mapping_check(const struct port_mapping *m, const char *text, struct masu_error *err)
{
	int family = strchr(m->host_ip, ':') ? AF_INET6 : AF_INET;
	struct in6_addr address;

	if (m->container_first == 0 || m->container_last < m->container_first ||
	    m->host_last < m->host_first || inet_pton(family, m->host_ip, &address) != 1)
		return refuse(text, -EINVAL, err);
	if (m->on_demand_s)
		return check_on_demand(m, text, err);
	/* One port of the container may get any port of a range of the host. */
	if (m->host_first == 0 || m->container_last == m->container_first ||
	    m->host_last - m->host_first == m->container_last - m->container_first)
		return 0;
	return err_set(err, ERR_INVALID, EINVAL,
		       "invalid port \"%s\": the two ranges differ in length", text);
}

int port_mapping_parse(const char *text, struct port_mapping *ret, struct masu_error *err)
{
	struct port_mapping m = {.host_ip = "0.0.0.0"};
	int r = parse(text, &m);

	if (r < 0)
		return refuse(text, r, err);
	r = port_mapping_check(&m, text, err);
	if (r < 0)
		return r;
	*ret = m;
	return 0;
}

int port_mapping_parse_exposed(const char *text, struct port_mapping *ret, struct masu_error *err)
{
	struct port_mapping m = {.host_ip = "0.0.0.0"};
	int r = strchr(text, ':') ? -EINVAL : parse(text, &m);

	if (r == -EPROTONOSUPPORT)
		return refuse(text, r, err);
	if (r < 0 || m.container_first == 0 || m.on_demand_s) {
		(void)err_set(err, ERR_INVALID, EINVAL, "invalid port: \"%s\"", text);
		return err_hint(err, "write PORT[-PORT][/tcp|udp], as in 8080 or 8000-8010/udp");
	}
	*ret = m;
	return 0;
}

bool port_mapping_overlaps(const struct port_mapping *a, const struct port_mapping *b)
{
	return a->udp == b->udp && a->container_first <= b->container_last &&
	       b->container_first <= a->container_last;
}

char *port_mapping_to_string(const struct port_mapping *m)
{
	bool v6 = strchr(m->host_ip, ':');
	char host[12] = "", option[24] = "";

	if (m->host_first)
		(void)snprintf(host, sizeof(host), "%u-%u", m->host_first, m->host_last);
	if (m->on_demand_s)
		(void)snprintf(option, sizeof(option), ",ondemand=%u", m->on_demand_s);
	return str_printf("%s%s%s:%s:%u-%u/%s%s", v6 ? "[" : "", m->host_ip, v6 ? "]" : "", host,
			  m->container_first, m->container_last, m->udp ? "udp" : "tcp", option);
}
