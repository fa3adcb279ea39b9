/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/socket-compose.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"

#define BACKLOG		   4096
#define RESTART_DELAY_USEC 100000
#define START_LIMIT_BURST  50 /* in the manager's interval, ten seconds */

struct socket_request {
	const char *description, *fifo;
	char *const *listeners;
	size_t n_listeners;
	char *const *env;
	size_t n_env;
	char *const *argv;
};

static int parse(char *const *args, struct socket_request *ret)
{
	uint64_t n;
	size_t length = strv_length(args), i = 3;

	if (length < 5 || str_to_uint64(args[2], length - 4, &n) < 0)
		return -EBADMSG;
	*ret = (struct socket_request){
		.description = args[0],
		.fifo = args[1],
		.listeners = args + i,
		.n_listeners = (size_t)n,
		.env = args + i + n,
	};
	for (i += n; i < length && !streq(args[i], "--"); i++)
		ret->n_env++;
	ret->argv = args + i + 1;
	return i + 1 < length && *ret->argv[0] == '/' ? 0 : -EBADMSG;
}

static int append_listeners(sd_bus_message *m, const struct socket_request *s)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "Listen");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "a(ss)");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(ss)");
	for (size_t i = 0; r >= 0 && i < s->n_listeners; i++)
		r = sd_bus_message_append(m, "(ss)", "Stream", s->listeners[i]);
	if (r >= 0)
		r = sd_bus_message_append(m, "(ss)", "FIFO", s->fifo);
	for (int i = 0; r >= 0 && i < 3; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_socket(sd_bus_message *m, const struct socket_request *s)
{
	int r = sd_bus_message_open_container(m, 'a', "(sv)");

	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)(sv)(sv)", "Description", "s",
					  s->description, "CollectMode", "s", "inactive-or-failed",
					  "SocketMode", "u", 0600, "RemoveOnStop", "b", 1,
					  "Backlog", "u", BACKLOG, "NoDelay", "b", 1,
					  "BindIPv6Only", "s", "ipv6-only");
	if (r >= 0)
		r = append_listeners(m, s);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_strings(sd_bus_message *m, char *const *strings, size_t n)
{
	int r = sd_bus_message_open_container(m, 'a', "s");

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append(m, "s", strings[i]);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_command(sd_bus_message *m, const struct socket_request *s)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "ExecStart");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "a(sasb)");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sasb)");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'r', "sasb");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", s->argv[0]);
	if (r >= 0)
		r = append_strings(m, s->argv, strv_length(s->argv));
	if (r >= 0)
		r = sd_bus_message_append(m, "b", 0);
	for (int i = 0; r >= 0 && i < 4; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_environment(sd_bus_message *m, const struct socket_request *s)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "Environment");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "as");
	if (r >= 0)
		r = append_strings(m, s->env, s->n_env);
	for (int i = 0; r >= 0 && i < 2; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

/* Killed, the service is started again, so that the container does not run for ever without connections. */
static int append_service(sd_bus_message *m, const char *name, const struct socket_request *s)
{
	int r = sd_bus_message_open_container(m, 'r', "sa(sv)");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = sd_bus_message_append(
			m, "(sv)(sv)(sv)(sv)(sv)(sv)(sv)", "Description", "s", s->description,
			"CollectMode", "s", "inactive-or-failed", "Type", "s", "exec", "Restart",
			"s", "on-abnormal", "RestartUSec", "t", (uint64_t)RESTART_DELAY_USEC,
			"StartLimitBurst", "u", START_LIMIT_BURST, "SyslogIdentifier", "s", "masu");
	if (r >= 0)
		r = append_environment(m, s);
	if (r >= 0)
		r = append_command(m, s);
	for (int i = 0; r >= 0 && i < 2; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

int socket_unit_compose(sd_bus_message *m, const char *unit, char *const *args)
{
	struct socket_request s;
	int r = parse(args, &s);
	_cleanup_free_ char *service = str_printf("%.*s.service",
						  (int)(strlen(unit) - strlen(".socket")), unit);

	if (r < 0 || !service)
		return r < 0 ? r : -ENOMEM;
	r = sd_bus_message_append(m, "ss", unit, "fail");
	if (r >= 0)
		r = append_socket(m, &s);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sa(sv))");
	if (r >= 0)
		r = append_service(m, service, &s);
	return r < 0 ? r : sd_bus_message_close_container(m);
}
