/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command in a network namespace with a network's helper, as the runtime does: for the checks of
 * networks.
 *
 *	network [-p PORT]... [-n NETWORK] RUN_DIR COMMAND...
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/time.h"
#include "net/network.h"

struct options {
	struct port_list ports;
	struct network network;
	const char *run_dir;
	char **command;
};

static int parse(int argc, char **argv, struct options *o, struct masu_error *err)
{
	int c, r = 0;

	*o = (struct options){0};
	r = network_parse(NULL, &o->network, err);
	while (r == 0 && (c = getopt(argc, argv, "+p:n:")) >= 0) {
		if (c == 'p')
			r = ports_parse(optarg, &o->ports, err);
		else if (c == 'n')
			r = network_parse(optarg, &o->network, err);
		else
			r = err_set(err, ERR_INVALID, EINVAL, "bad option");
	}
	if (r == 0 && argc - optind < 2)
		return err_set(err, ERR_INVALID, EINVAL, "a directory and a command are missing");
	o->run_dir = argv[optind];
	o->command = &argv[optind + 1];
	return r;
}

/* A child in namespaces of its own: it tells when it is there, and waits for the word. */
static pid_t start(char **command, int *ret_go)
{
	int go[2], there[2];
	char byte;

	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(there, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		(void)close(go[1]);
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
		    fd_write_full(there[1], "", 1) == 0 && fd_read_full(go[0], &byte, 1) == 1)
			(void)execvp(command[0], command);
		_exit(127);
	}
	(void)close(there[1]);
	(void)close(go[0]);
	if (fd_read_full(there[0], &byte, 1) != 1)
		return -1;
	(void)close(there[0]);
	*ret_go = go[1];
	return pid;
}

static void write_map(pid_t pid, const char *file, unsigned id)
{
	char path[64], text[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	(void)snprintf(text, sizeof(text), "0 %u 1", id);
	if (file_write_value(AT_FDCWD, path, text) < 0)
		(void)printf("no %s\n", file);
}

static void map(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)pid);
	(void)file_write_value(AT_FDCWD, path, "deny"); /* gid_map's own failure tells */
	write_map(pid, "uid_map", geteuid());
	write_map(pid, "gid_map", getegid());
}

static void print_ports(const struct port_list *ports)
{
	for (size_t i = 0; i < ports->n; i++) {
		const struct port *p = &ports->item[i];

		(void)printf("port %s:%u->%u/%s\n", p->host_ip, p->host_port, p->container_port,
			     port_protocol(p));
	}
}

static int run(struct options *o, struct masu_error *err)
{
	_cleanup_(network_stop) struct net_link link = NET_LINK_INIT;
	_cleanup_close_ int go = -1;
	pid_t pid = start(o->command, &go);
	const struct net_request request = {
		.network = &o->network,
		.init = pid,
		.own_userns = true,
		.run_dir = o->run_dir,
		.ports = &o->ports,
	};

	if (pid < 0)
		return err_sys(err, errno, "make namespaces");
	map(pid);
	int64_t begin = time_now();
	int r = network_check_ports(&o->network, &o->ports, err);
	if (r == 0)
		r = network_start(&request, &link, err);
	if (r == 0)
		r = network_finish(&request, &link, err);
	if (r < 0)
		return r;
	print_ports(&o->ports);
	(void)printf("helper %d\ntook %" PRId64 " us\n", (int)link.helper.pid,
		     (time_now() - begin) / 1000);
	(void)fflush(stdout);
	if (fd_write_full(go, "", 1) < 0)
		return -EPIPE;
	(void)printf("status %d\n", proc_wait(pid));
	return 0;
}

int main(int argc, char **argv)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct options o;

	log_init("network");
	return parse(argc, argv, &o, &err) < 0 || run(&o, &err) < 0 ? log_err(&err) : 0;
}
