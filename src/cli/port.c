/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/cli.h"

struct wanted {
	uint32_t number; /* 0: all */
	bool udp;
};

/* "80", "80/tcp", "53/udp" */
static int parse_wanted(const char *text, struct wanted *ret, struct masu_error *err)
{
	const char *slash = strchr(text, '/'), *protocol = slash ? slash + 1 : "tcp";
	_cleanup_free_ char *number = strndup(text, strcspn(text, "/"));

	if (!number)
		return err_oom(err);
	if (str_to_uint32(number, &ret->number) < 0 || ret->number == 0 ||
	    ret->number > UINT16_MAX || (!streq(protocol, "tcp") && !streq(protocol, "udp")))
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid port '%s': must be PORT, PORT/tcp or PORT/udp", text);
	ret->udp = streq(protocol, "udp");
	return 0;
}

static void print_port(const struct masu_port *p, bool whole)
{
	bool v6 = strchr(p->host_ip, ':');

	if (whole)
		(void)printf("%u/%s -> ", p->container_port, p->udp ? "udp" : "tcp");
	(void)printf("%s%s%s:%u\n", v6 ? "[" : "", p->host_ip, v6 ? "]" : "", p->host_port);
}

/* Returns the number of printed ports. */
static size_t print_ports(const masu_container *c, const struct wanted *w)
{
	struct masu_port port = {.size = sizeof(port)};
	size_t n = 0;

	for (size_t i = 0; masu_container_port(c, i, &port) == 0; i++) {
		if (w->number && (port.container_port != w->number || port.udp != w->udp))
			continue;
		print_port(&port, !w->number);
		n++;
	}
	return n;
}

static int port_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	struct wanted w = {0};
	int r = operands[1] ? parse_wanted(operands[1], &w, err) : 0;

	if (r < 0)
		return r;
	r = cli_engine(&e, err);
	if (r < 0)
		return r;
	r = masu_container_find(e, operands[0], &c, err);
	if (r < 0)
		return r;
	if (print_ports(c, &w) == 0 && w.number)
		return err_set(err, ERR_NOT_FOUND, ENOENT,
			       "no public port '%u/%s' published for container '%s'", w.number,
			       w.udp ? "udp" : "tcp", masu_container_name(c));
	return 0;
}

static const struct option_row port_options[] = {LATEST_ROW(struct latest_options), {0}};

const struct command command_port = {
	.name = "port",
	.operands = "CONTAINER [PORT[/PROTOCOL]]",
	.summary = "Print the published ports of a container",
	.options = port_options,
	.values_size = sizeof(struct latest_options),
	.min_operands = 1,
	.max_operands = 2,
	.latest = LATEST_FIRST,
	.run = port_run,
};
