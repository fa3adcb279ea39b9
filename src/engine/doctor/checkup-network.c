/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/doctor/checkup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/on-demand.h"
#include "net/host-port.h"
#include "net/network.h"
#include "net/port-owner.h"

#define STAT_SIZE 4096

static bool is_wildcard(const char *ip)
{
	return streq(ip, "0.0.0.0") || streq(ip, "::");
}

/* Does a port of a running container take this one? */
static bool clashes(const masu_container *other, const struct port *port)
{
	for (size_t i = 0; i < other->state.ports.n; i++) {
		const struct port *p = &other->state.ports.item[i];

		if (p->host_port == port->host_port && p->udp == port->udp &&
		    (streq(p->host_ip, port->host_ip) || is_wildcard(p->host_ip) ||
		     is_wildcard(port->host_ip)))
			return true;
	}
	return false;
}

/* The running container that publishes the port, or NULL. */
static const masu_container *find_container(const masu_container_list *running,
					    const struct port *port)
{
	for (size_t i = 0; i < running->n; i++)
		if (clashes(running->item[i], port))
			return running->item[i];
	return NULL;
}

static void add_in_use(struct checkup *k, const struct port *port,
		       const masu_container_list *running)
{
	const masu_container *other = find_container(running, port);
	struct checkup_finding f = {.id = "port-in-use", .severity = MASU_SEVERITY_ERROR};
	char name[PORT_OWNER_NAME_SIZE];
	pid_t pid = 0;

	f.object = str_printf("%s port %u of %s", port_protocol(port), port->host_port,
			      port->host_ip);
	if (other) {
		f.message = str_printf("container \"%s\" publishes it", other->record.name);
		f.fix = str_printf("masu stop %s", other->record.name);
		f.has_fix = true;
	} else if (port_owner(port, &pid, name) == 0) {
		f.message = str_printf("process %d (%s) uses it", (int)pid, name);
		f.fix = str_printf("kill %d", (int)pid);
		f.has_fix = true;
	} else {
		f.message = str_printf("a process of another user uses it; root sees it by: ss "
				       "-l%sp 'sport = :%u'",
				       port->udp ? "un" : "tn", port->host_port);
	}
	checkup_add(k, &f);
}

/* The first port of a choice stands for all. */
static void examine_port(struct checkup *k, const struct port *port,
			 const masu_container_list *running)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct port attempt = *port;
	int r = 0;

	if (!port->host_port)
		return;
	for (unsigned int i = 0; i <= port->more_host_ports; i++) {
		attempt.host_port = (uint16_t)(port->host_port + i);
		r = host_port_try(&attempt);
		if (r > 0)
			return;
	}
	if (r == -EADDRINUSE)
		return add_in_use(k, port, running);
	if (r != -EACCES && r != -EADDRNOTAVAIL)
		return;
	(void)host_port_explain(port, &err);
	checkup_add(k, &(struct checkup_finding){
			       .id = r == -EACCES ? "port-privileged" : "port-address",
			       .severity = MASU_SEVERITY_ERROR,
			       .object = str_printf("%s port %u of %s", port_protocol(port),
						    port->host_port, port->host_ip),
			       .message = strdup(str_or_empty(err.message)),
			       .has_fix = r == -EACCES,
			       .fix = r == -EACCES
					      ? str_printf("sudo sysctl "
							   "net.ipv4.ip_unprivileged_port_start=%u",
							   port->host_port)
					      : NULL,
		       });
}

static int examine_ports(struct checkup *k, struct masu_error *err)
{
	static const struct masu_list_options options = {.size = sizeof(options)};
	_cleanup_masu_container_list_ masu_container_list *running = NULL;
	_cleanup_ports_ struct port_list ports = PORT_LIST_INIT;
	int r = 0;

	STRV_FOREACH(text, k->c->record.publish)
		if (r == 0)
			r = ports_parse(*text, &ports, err);
	if (r < 0 || !ports.n)
		return r;
	if (on_demand_seconds(&k->c->record) && on_demand_is_held(k->c->engine, k->c->home.id))
		return 0; /* systemd has them */
	r = masu_container_list_read(k->c->engine, &options, &running, err);
	for (size_t i = 0; r == 0 && i < ports.n; i++)
		examine_port(k, &ports.item[i], running);
	return r;
}

/* The parent of a process and the name of its program. 0: it has ended. */
static pid_t read_parent(const char *pid, char name[PORT_OWNER_NAME_SIZE])
{
	_cleanup_free_ char *text = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	if (file_read(AT_FDCWD, path, STAT_SIZE, &text, NULL) < 0)
		return 0;
	/* "PID (NAME) STATE PARENT": a name may hold any character. */
	const char *begin = strchr(text, '('), *end = strrchr(text, ')');
	if (!begin || !end)
		return 0;
	(void)snprintf(name, PORT_OWNER_NAME_SIZE, "%.*s", (int)(end - begin - 1), begin + 1);
	return end[1] == ' ' && (end[2] == 'Z' || end[2] == 'X')
		       ? 0
		       : (pid_t)str_word_number(end + 1, 1);
}

/* Is there such a child? A program may append something to its name: pasta.avx2. True if that cannot be known. */
static bool has_child(pid_t parent, const char *wanted)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	char name[PORT_OWNER_NAME_SIZE];
	struct dirent *d;
	uint32_t pid;

	while (proc && (d = readdir(proc)))
		if (str_to_uint32(d->d_name, &pid) == 0 && read_parent(d->d_name, name) == parent &&
		    str_after(name, wanted))
			return true;
	return !proc;
}

/* The helper is a child of init's parent, the supervisor. */
static int examine_helper(struct checkup *k, struct masu_error *err)
{
	_cleanup_(network_done) struct network network = NETWORK_INIT;
	char pid[16], name[PORT_OWNER_NAME_SIZE];
	int r = network_parse(k->c->record.network, &network, err);

	if (r < 0 || !network_has_helper(&network))
		return r;
	(void)snprintf(pid, sizeof(pid), "%d", (int)k->c->state.run.pid);
	pid_t supervisor = read_parent(pid, name);
	if (!supervisor || has_child(supervisor, network.backend->name))
		return 0;
	/* A container that ends meanwhile ends its helper. */
	if (pidfd_kill(k->c->state.pidfd, 0) < 0)
		return 0;
	checkup_add(k,
		    &(struct checkup_finding){
			    .id = "network-helper",
			    .severity = MASU_SEVERITY_ERROR,
			    .object = strdup(network.backend->name),
			    .message = strdup("it has ended, so the container has no network and "
					      "its ports are closed"),
			    .has_fix = true,
			    .fix = checkup_masu(k, "restart"),
		    });
	return 0;
}

int checkup_network(struct checkup *k, struct masu_error *err)
{
	return state_is_alive(&k->c->state) ? examine_helper(k, err) : examine_ports(k, err);
}
