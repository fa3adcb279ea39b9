/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pasta, passt(1): it splices the container's TCP and UDP flows to sockets of the user, without a TCP
 * stack of its own. It enters the container's user namespace, then confines itself: an empty root,
 * no capabilities on the host, a system call filter.
 *
 * Its defaults are for a developer's shell and not for a container, so masu sets them all:
 *
 *	addresses	10.0.2.100/24 behind 10.0.2.2, as with slirp4netns, not the host's: /etc/hosts is
 *			written before the start, and the container need not know the host's address.
 *			IPv6, where the host has it, is the host's.
 *	host loopback	out of reach (--no-map-gw, no ports of the host by -T and -U), unless asked for
 *	ports		those of -p, each on an explicit address: for others pasta (2023) reports no
 *			error when a port is in use
 *	lifetime	--foreground, as a child that dies with its lifeline (helper.h): pasta (2023) does
 *			not notice the end of a namespace that is given by a pid
 *	ready		the pid "file" is the ready pipe: it is written when all is set up
 */
#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "net/backend.h"
#include "net/host-port.h"
#include "net/pasta-options.h"

#define PROGRAM "pasta"
#define PACKAGE "passt"

static int check_port(const struct port *port, struct masu_error *err)
{
	return 0;
}

/* One option a port: pasta fails for a range only when none of its ports can be bound. */
static int add_ports(const struct port_list *list, char ***argv)
{
	static const char *const names[] = {"--tcp-ports", "--udp-ports"};
	bool any[2] = {false, false};

	for (size_t i = 0; list && i < list->n; i++) {
		const struct port *p = &list->item[i];

		if (relay_is_local(p))
			continue;
		any[p->udp] = true;
		if (strv_push(argv, names[p->udp]) < 0 ||
		    strv_pushf(argv, "%s/%u:%u", p->host_ip, p->host_port, p->container_port) < 0)
			return -ENOMEM;
	}
	for (int udp = 0; udp < 2; udp++)
		if (!any[udp] && (strv_push(argv, names[udp]) < 0 || strv_push(argv, "none") < 0))
			return -ENOMEM;
	return 0;
}

static int build_argv(const struct net_request *request, char ***ret)
{
	static const char *const fixed[] = {
		PROGRAM,	   "--foreground", "--quiet",	  "--config-net", "--pid",
		"/proc/self/fd/1", "--no-dhcp",	   "--no-dhcpv6", "--no-ra",	  NULL,
	};
	_cleanup_strv_ char **argv = NULL;

	/* As root of an outer user namespace it would become nobody, and could not enter. */
	if (strv_extend(&argv, (char *const *)fixed) < 0 ||
	    (geteuid() == 0 && strv_push(&argv, "--runas=0") < 0) ||
	    strv_extend(&argv, request->network->arguments) < 0 ||
	    add_ports(request->ports, &argv) < 0 || strv_pushf(&argv, "%d", (int)request->init) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(argv);
	return 0;
}

static int start(const struct net_request *request, struct net_link *link, struct masu_error *err)
{
	_cleanup_strv_ char **argv = NULL;

	if (!request->own_userns) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "pasta needs a container with a user namespace of its own");
		return err_hint(err, "root's containers have none: use --network slirp4netns");
	}
	/* Root's init is closed to all processes without CAP_SYS_PTRACE, which pasta gives up first. */
	if (request->shut_out && geteuid() == 0) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "pasta cannot enter a container of root's");
		return err_hint(err, "use --network slirp4netns");
	}
	int r = request->ports ? host_ports_choose(request->ports, err) : 0;
	if (r < 0)
		return r;
	r = net_helper_prepare(&link->helper, err);
	if (r < 0)
		return r;
	r = build_argv(request, &argv);
	if (r < 0)
		return err_sys(err, r, "start pasta");
	const struct net_helper_spec spec = {
		.argv = argv, .package = PACKAGE, .ready_on_stdout = true, .pass_fd = -1};
	return net_helper_start(&link->helper, &spec, err);
}

/* pasta's message names an option and no reason. */
static int explain_ports(const struct port_list *list, int r, struct masu_error *err)
{
	for (size_t i = 0; list && i < list->n; i++) {
		_cleanup_err_ struct masu_error reason = ERR_INIT;

		if (host_port_explain(&list->item[i], &reason) < 0)
			return err_move(err, &reason);
	}
	return r;
}

/*
 * UDP from the host's own loopback goes through the relay, as with slirp4netns: pasta (2023) loses the
 * answers, and the container would see 127.0.0.1 as the sender.
 */
static int start_relay(const struct net_request *request, struct net_link *link,
		       struct masu_error *err)
{
	const struct port_list *list = request->ports;

	for (size_t i = 0; list && i < list->n; i++) {
		const struct port *p = &list->item[i];

		if (!p->udp || (!relay_is_local(p) && !streq(p->host_ip, "0.0.0.0")))
			continue;
		int r = relay_listen(&link->relay, p);
		if (r < 0 && host_port_explain(p, err) < 0)
			return r;
		if (r < 0)
			return err_sys(err, r, "listen on udp port %u of %s", p->host_port,
				       p->host_ip);
	}
	return relay_start(&link->relay, request->init, request->own_userns,
			   request->network->addresses.container, err);
}

static int finish(const struct net_request *request, struct net_link *link, struct masu_error *err)
{
	int r = net_helper_wait(&link->helper, PROGRAM, NET_READY_TIMEOUT_MS, err);

	if (r == -EIO)
		return explain_ports(request->ports, r, err);
	return r < 0 ? r : start_relay(request, link, err);
}

const struct net_backend pasta_backend = {
	.name = PROGRAM,
	.package = "passt",
	.ip_option = "--address=",
	.ip6_option = "--address=",
	.mac_option = "--ns-mac-addr=",
	.parse = pasta_options_parse,
	.check_port = check_port,
	.start = start,
	.finish = finish,
};
