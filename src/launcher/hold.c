/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container/on-demand.h"
#include "engine/container/restart.h"
#include "launcher/start.h"
#include "net/host-port.h"
#include "systemd/manager.h"
#include "systemd/socket-unit.h"

/* The texts of the unit, and the ports in it. */
struct holding {
	char *name, *description, *fifo;
	char **listeners, **env, **argv;
	struct port_list ports;
};

static void holding_done(struct holding *h)
{
	free(h->name);
	free(h->description);
	free(h->fifo);
	strv_free(h->listeners);
	strv_free(h->env);
	strv_free(h->argv);
	port_list_done(&h->ports);
}

static int add_listeners(char *const *publish, struct holding *h, struct masu_error *err)
{
	int r = 0;

	STRV_FOREACH(text, publish)
		if (r == 0)
			r = ports_parse(*text, &h->ports, err);
	for (size_t i = 0; r == 0 && i < h->ports.n; i++) {
		const struct port *p = &h->ports.item[i];
		bool v6 = port_is_ipv6(p);

		if (strv_pushf(&h->listeners, "%s%s%s:%u", v6 ? "[" : "", p->host_ip, v6 ? "]" : "",
			       p->host_port) < 0)
			r = err_oom(err);
	}
	return r;
}

static int prepare(const masu_container *c, struct holding *h, struct masu_error *err)
{
	h->name = on_demand_unit(c->home.id);
	h->description = str_printf("ports on demand of masu container %s", c->record.name);
	h->fifo = on_demand_fifo(c->engine, c->home.id);
	if (!h->name || !h->description || !h->fifo || start_env(false, &h->env) < 0 ||
	    strv_push_owned(&h->argv, start_program()) < 0 ||
	    strv_push(&h->argv, PROXY_COMMAND) < 0 || strv_push(&h->argv, c->home.id) < 0 ||
	    strv_extend(&h->argv, c->record.publish) < 0)
		return err_oom(err);
	return add_listeners(c->record.publish, h, err);
}

/* systemd names neither the port that it cannot bind nor the reason. */
static int explain(const masu_container *c, const struct holding *h, int r, struct masu_error *err)
{
	for (size_t i = 0; r != -ENOTCONN && i < h->ports.n; i++) {
		_cleanup_err_ struct masu_error own = ERR_INIT;

		if (host_port_explain(&h->ports.item[i], &own) < 0)
			return err_move(err, &own);
	}
	(void)err_prefix(err, "cannot hold the ports of container '%s'", c->record.name);
	return r == -ENOTCONN
		       ? err_hint(err,
				  "ports on demand need systemd: publish them without ondemand, "
				  "or log in as a user with a user manager")
		       : r;
}

static int hold(masu_container *c, struct masu_error *err)
{
	_cleanup_(holding_done) struct holding h = {0};
	bool system = manager_is_system();
	int r = prepare(c, &h, err);

	if (r < 0)
		return r;
	const struct socket_unit unit = {
		.name = h.name,
		.description = h.description,
		.fifo = h.fifo,
		.listeners = h.listeners,
		.env = h.env,
		.argv = h.argv,
	};
	r = socket_unit_start(system, &unit, err);
	if (r < 0) {
		if (r != -ENOTCONN && r != -EEXIST) /* a request that was not answered */
			(void)socket_unit_stop(system, h.name, NULL);
		return explain(c, &h, r, err);
	}
	/* Lists read the state again. */
	(void)utimensat(AT_FDCWD, c->dir, NULL, 0);
	return 0;
}

int hold_ports(masu_container *c, struct masu_error *err)
{
	_cleanup_close_ int lock = on_demand_lock(c, err);
	bool held = on_demand_is_held(c->engine, c->home.id);
	int r = lock;

	if (lock >= 0) {
		restart_begin(c->home.fd, &c->record);
		r = held ? 0 : hold(c, err);
	}
	container_close(c);
	return r < 0 ? r : masu_container_refresh(c, err);
}
