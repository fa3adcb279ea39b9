/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One slirp4netns stands between a container's network namespace and the host: it makes the
 * container's interface and carries its packets in ordinary sockets of the user.
 *
 * It is started with no more of the host than it needs: an empty environment (so that it can't
 * reach the user's bus), four descriptors, and its own sandbox and system call filter. Its API
 * socket, through which ports are published, lies outside the container.
 *
 * Its life hangs on a pipe. It has the reading end and polls it; the supervisor alone has the
 * writing end. When the supervisor exits, or is killed, the pipe closes and slirp4netns ends: nothing
 * has to be remembered or found again.
 */
#include "net/slirp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/device.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"

#define PROGRAM	   "slirp4netns"
#define TAP_NAME   "tap0"
#define WITHOUT	   "--network none works without it"
#define MTU_MAX	   65521
#define SAID_MAX   4096
#define PREFIX_MAX 25 /* the hosts .2, .3 and .100 must be in it */

void slirp_options_done(struct slirp_options *options)
{
	free(options->cidr);
	free(options->outbound_addr);
	*options = SLIRP_OPTIONS_INIT;
}

static int parse_bool(const char *value, bool *ret)
{
	if (!streq(value, "true") && !streq(value, "false"))
		return -EINVAL;
	*ret = streq(value, "true");
	return 0;
}

/* "A.B.C.D/N", with the network's address in host order. */
static int parse_cidr(const char *text, uint32_t *ret_network)
{
	const char *slash = strchr(text, '/');
	struct in_addr address;
	char host[16];
	uint64_t prefix;

	if (!slash || (size_t)(slash - text) >= sizeof(host) ||
	    str_to_uint64(slash + 1, PREFIX_MAX, &prefix) < 0 || prefix < 8)
		return -EINVAL;
	(void)snprintf(host, sizeof(host), "%.*s", (int)(slash - text), text);
	if (inet_pton(AF_INET, host, &address) != 1)
		return -EINVAL;
	*ret_network = ntohl(address.s_addr);
	return *ret_network & (UINT32_MAX >> prefix) ? -EINVAL : 0;
}

static int set_cidr(struct slirp_options *o, const char *value)
{
	uint32_t network;

	if (parse_cidr(value, &network) < 0)
		return -EINVAL;
	free(o->cidr);
	o->cidr = strdup(value);
	return o->cidr ? 0 : -ENOMEM;
}

static int set_mtu(struct slirp_options *o, const char *value)
{
	/* Less than 576 isn't IPv4. */
	if (str_to_uint32(value, &o->mtu) < 0 || o->mtu < 576 || o->mtu > MTU_MAX)
		return -EINVAL;
	return 0;
}

static int set_outbound(struct slirp_options *o, const char *value)
{
	/* An address or the name of an interface; never something that looks like an option. */
	if (!*value || strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789._@") != strlen(value))
		return -EINVAL;
	free(o->outbound_addr);
	o->outbound_addr = strdup(value);
	return o->outbound_addr ? 0 : -ENOMEM;
}

static int set_option(struct slirp_options *o, const char *name, const char *value)
{
	if (streq(name, "allow_host_loopback"))
		return parse_bool(value, &o->allow_host_loopback);
	if (streq(name, "enable_ipv6"))
		return parse_bool(value, &o->enable_ipv6);
	if (streq(name, "mtu"))
		return set_mtu(o, value);
	if (streq(name, "cidr"))
		return set_cidr(o, value);
	if (streq(name, "outbound_addr"))
		return set_outbound(o, value);
	if (streq(name, "port_handler"))
		return streq(value, PROGRAM) ? 0 : -ENOTSUP;
	return -ENOENT;
}

static int parse_one(struct slirp_options *o, char *option, struct err *err)
{
	char *value = strchr(option, '=');

	if (value)
		*value++ = 0;
	int r = set_option(o, option, value ? value : "");
	switch (r) {
	case -ENOENT:
		(void)err_set(err, ERR_INVALID, EINVAL, "slirp4netns has no option '%s'", option);
		return err_hint(err, "there are allow_host_loopback, cidr, enable_ipv6, mtu, "
				     "outbound_addr and port_handler");
	case -ENOTSUP:
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "masu has no port handler '%s', only slirp4netns", value);
	case -EINVAL:
		return err_set(err, ERR_INVALID, EINVAL, "bad value '%s' of the option '%s'",
			       value ? value : "", option);
	}
	return r < 0 ? err_sys(err, r, "read the option '%s'", option) : 0;
}

int slirp_options_parse(const char *text, struct slirp_options *ret, struct err *err)
{
	_cleanup_(slirp_options_done) struct slirp_options options = SLIRP_OPTIONS_INIT;
	_cleanup_strv_ char **list = NULL;

	if (text && *text && !(list = strv_split(text, ",")))
		return err_sys(err, ENOMEM, "read the options of slirp4netns");
	STRV_FOREACH(option, list) {
		int r = parse_one(&options, *option, err);
		if (r < 0)
			return r;
	}
	*ret = options;
	options = SLIRP_OPTIONS_INIT;
	return 0;
}

void slirp_addresses(const struct slirp_options *options, struct slirp_addresses *ret)
{
	const struct {
		uint32_t host;
		char *text;
	} all[] = {{100, ret->container}, {2, ret->gateway}, {3, ret->dns}};
	uint32_t network = 0;

	(void)parse_cidr(options->cidr ? options->cidr : SLIRP_CIDR_DEFAULT, &network);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct in_addr address = {htonl(network + all[i].host)};

		(void)inet_ntop(AF_INET, &address, all[i].text, sizeof(ret->container));
	}
}

/* What is handed to slirp4netns, and closed on our side afterwards. */
struct ends {
	int ready;   /* it writes "1" when all is set up */
	int exit;    /* it reads; end-of-file tells it to end */
	int run_dir; /* only when the socket's path is too long for bind(2) */
};

static void ends_done(struct ends *e)
{
	closep(&e->ready);
	closep(&e->exit);
	closep(&e->run_dir);
}

static int make_pipe(int *ret_read, int *ret_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret_read = fds[0];
	*ret_write = fds[1];
	return 0;
}

/*
 * Where its messages go for as long as it lives: a few KiB of memory of fixed size. A pipe would
 * kill it once nobody reads, and a file could grow for ever.
 */
static int make_notepad(void)
{
	_cleanup_close_ int fd = memfd_create("slirp4netns-said", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, SAID_MAX) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int make_ends(const struct slirp_request *request, struct slirp *slirp, struct ends *ends)
{
	int r = make_pipe(&slirp->ready_fd, &ends->ready);

	if (r == 0)
		r = make_pipe(&ends->exit, &slirp->exit_fd);
	if (r < 0)
		return r;
	slirp->said_fd = make_notepad();
	if (slirp->said_fd < 0)
		return slirp->said_fd;
	if (strlen(request->run_dir) + 1 + strlen(SLIRP_SOCKET_NAME) >=
	    sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
		ends->run_dir = open(request->run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (ends->run_dir < 0)
			return -errno;
	}
	return 0;
}

/*
 * By pid where there is a user namespace: given paths, slirp4netns (1.2) doesn't enter the user
 * namespace with the process that sandboxes itself, and fails to become root.
 */
static int build_argv(const struct slirp_request *request, const struct ends *ends, char ***ret)
{
	const struct slirp_options *o = request->options;
	_cleanup_strv_ char **argv = NULL;
	char dir[FD_PATH_MAX];
	const char *run = ends->run_dir >= 0 ? fd_path(ends->run_dir, dir) : request->run_dir;
	int r = strv_push(&argv, PROGRAM);

	if (r == 0)
		r = strv_pushf(&argv, "--mtu=%u", o->mtu);
	if (r == 0)
		r = strv_pushf(&argv, "--ready-fd=%d", ends->ready);
	if (r == 0)
		r = strv_pushf(&argv, "--exit-fd=%d", ends->exit);
	if (r == 0)
		r = strv_pushf(&argv, "--api-socket=%s/%s", run, SLIRP_SOCKET_NAME);
	if (r == 0 && o->cidr)
		r = strv_pushf(&argv, "--cidr=%s", o->cidr);
	if (r == 0 && o->outbound_addr)
		r = strv_pushf(&argv, "--outbound-addr=%s", o->outbound_addr);
	const char *const fixed[] = {
		"--configure",
		"--enable-sandbox",
		"--enable-seccomp",
		request->own_userns ? NULL : "--netns-type=path",
		o->allow_host_loopback ? NULL : "--disable-host-loopback",
		o->enable_ipv6 ? "--enable-ipv6" : NULL,
	};
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(fixed); i++)
		if (fixed[i])
			r = strv_push(&argv, fixed[i]);
	if (r == 0)
		r = request->own_userns ? strv_pushf(&argv, "%d", (int)request->pid)
					: strv_pushf(&argv, "/proc/%d/ns/net", (int)request->pid);
	if (r == 0)
		r = strv_push(&argv, TAP_NAME);
	if (r == 0)
		*ret = TAKE_PTR(argv);
	return r;
}

/* slirp4netns leaves it behind, and bind(2) would fail on it at the container's next start. */
static void remove_old_socket(const char *run_dir)
{
	_cleanup_free_ char *path = path_join(run_dir, SLIRP_SOCKET_NAME);

	if (path)
		(void)unlink(path); /* mostly there is none */
}

int slirp_begin(const struct slirp_request *request, struct slirp *ret, struct err *err)
{
	_cleanup_(ends_done) struct ends ends = {.ready = -1, .exit = -1, .run_dir = -1};
	_cleanup_slirp_ struct slirp slirp = SLIRP_INIT;
	_cleanup_strv_ char **argv = NULL;
	int r = make_ends(request, &slirp, &ends);

	if (r == 0)
		r = build_argv(request, &ends, &argv);
	if (r < 0)
		return err_sys(err, r, "start slirp4netns");
	const int stdio[] = {-1, slirp.said_fd, slirp.said_fd};
	const int pass[] = {ends.ready, ends.exit, ends.run_dir};
	const struct proc_spec spec = {
		.path = PROGRAM,
		.argv = argv,
		.own_group = true, /* it has to last as long as the container */
		.default_signals = true,
		.stdio = stdio,
		.pass = pass,
		.n_pass = ends.run_dir >= 0 ? 3 : 2,
	};
	remove_old_socket(request->run_dir);
	/* Nobody else is to reach the socket, whatever directory it lies in. */
	mode_t mask = umask(0077);
	r = proc_spawn(&spec, &slirp.pid, &slirp.pidfd, err);
	(void)umask(mask);
	if (r == -ENOENT) {
		(void)err_prefix(err, "networking needs slirp4netns");
		return err_hint(err, "install the package slirp4netns, or use --network none or "
				     "--network host");
	}
	if (r < 0)
		return r;
	*ret = slirp;
	slirp = SLIRP_INIT;
	return 0;
}

/* Its last words, on one line, without the warnings that it begins with. */
static int said_by(const struct slirp *slirp, char **ret)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char said[SAID_MAX + 1];
	ssize_t n = pread(slirp->said_fd, said, SAID_MAX, 0);

	said[MAX(n, 0)] = 0;
	_cleanup_strv_ char **lines = strv_split(said, "\n");
	STRV_FOREACH(line, lines)
		if (**line && !str_after(*line, "WARNING:") &&
		    strbuf_addf(&b, "%s %s", b.length ? ";" : ":", *line) < 0)
			return -ENOMEM;
	*ret = strbuf_take(&b);
	return *ret ? 0 : -ENOMEM;
}

static int failed(const struct slirp *slirp, struct err *err)
{
	_cleanup_free_ char *said = NULL;
	int r = device_check("/dev/net/tun", "tun", WITHOUT, err);

	if (r < 0)
		return err_prefix(err, "the container's network");
	r = said_by(slirp, &said);
	(void)err_set(err, ERR_UNAVAILABLE, EIO, "slirp4netns failed%s", r < 0 ? "" : said);
	return err_hint(err, WITHOUT);
}

int slirp_ready(struct slirp *slirp, int timeout_ms, struct err *err)
{
	int64_t deadline = time_monotonic_ms() + timeout_ms;
	struct pollfd wait = {.fd = slirp->ready_fd, .events = POLLIN};
	char byte;
	int n;

	do
		n = poll(&wait, 1, (int)MAX(deadline - time_monotonic_ms(), 0));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, errno, "wait for slirp4netns");
	if (n == 0) {
		(void)failed(slirp, err);
		return err_prefix(err, "not ready in %d s", timeout_ms / 1000);
	}
	/* The end of the pipe without the byte: it has exited. */
	if (fd_read_full(slirp->ready_fd, &byte, 1) != 1)
		return failed(slirp, err);
	fd_close(&slirp->ready_fd);
	return 0;
}

void slirp_done(struct slirp *slirp)
{
	fd_close(&slirp->exit_fd);
	fd_close(&slirp->ready_fd);
	fd_close(&slirp->said_fd);
	if (slirp->pid > 0) {
		/* Before it is set up it doesn't look at the pipe. */
		(void)proc_pidfd_kill(slirp->pidfd, SIGKILL);
		(void)proc_wait(slirp->pid);
	}
	fd_close(&slirp->pidfd);
	*slirp = SLIRP_INIT;
}
