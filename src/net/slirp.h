/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * User-mode networking: one slirp4netns for each container. It is begun as soon as the network
 * namespace exists and waited for when the container is about to start.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define SLIRP_MTU_DEFAULT  65520
#define SLIRP_CIDR_DEFAULT "10.0.2.0/24"
#define SLIRP_SOCKET_NAME  "slirp.sock"

struct slirp_options {
	bool allow_host_loopback; /* 10.0.2.2 reaches the host's 127.0.0.1 */
	bool enable_ipv6;
	uint32_t mtu;
	char *cidr;	     /* NULL: SLIRP_CIDR_DEFAULT */
	char *outbound_addr; /* NULL: as the host routes */
};
#define SLIRP_OPTIONS_INIT ((struct slirp_options){.mtu = SLIRP_MTU_DEFAULT})
void slirp_options_done(struct slirp_options *options);

/*
 * "allow_host_loopback=true,mtu=1500,cidr=10.9.0.0/24,enable_ipv6=true,outbound_addr=192.0.2.1,
 * port_handler=slirp4netns"; NULL or "" gives the defaults. Unknown or bad: ERR_INVALID.
 */
int slirp_options_parse(const char *text, struct slirp_options *ret, struct err *err);

/* The addresses that slirp4netns uses inside the CIDR: .100, .2 and .3 of it, as texts. */
struct slirp_addresses {
	char container[16];
	char gateway[16];
	char dns[16];
};
void slirp_addresses(const struct slirp_options *options, struct slirp_addresses *ret);

struct slirp_request {
	pid_t pid;	     /* in the container's namespaces, and open to the caller's ptrace */
	bool own_userns;     /* false: the network namespace is of the caller's user namespace */
	const char *run_dir; /* RUN/containers/ID: the API socket is made there, for us alone */
	const struct slirp_options *options;
};

/*
 * A running slirp4netns. It lives as long as `exit_fd` is open in any process: the supervisor
 * (masu, or masu-monitor, which has it across its exec once O_CLOEXEC is cleared) holds it and
 * nobody else may; however the supervisor ends, slirp4netns ends too.
 */
struct slirp {
	pid_t pid;
	int pidfd;
	int ready_fd;
	int exit_fd;
	int said_fd; /* what it wrote to stderr, a few KiB at most */
};
#define SLIRP_INIT \
	((struct slirp){.pid = -1, .pidfd = -1, .ready_fd = -1, .exit_fd = -1, .said_fd = -1})
#define _cleanup_slirp_ _cleanup_(slirp_done)

/*
 * Starts it without waiting. The user namespace must have its maps, id 0 among them: that is who
 * slirp4netns becomes for its sandbox. ERR_UNAVAILABLE with a hint when it isn't installed.
 */
int slirp_begin(const struct slirp_request *request, struct slirp *ret, struct err *err);

/* Waits until the interface is up; an error quotes what slirp4netns said. */
int slirp_ready(struct slirp *slirp, int timeout_ms, struct err *err);

/* Closes the descriptors, and so ends it, and reaps it when it is this process's child. */
void slirp_done(struct slirp *slirp);
