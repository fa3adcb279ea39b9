/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A criu(8) of the caller's own: a child that waits before it is criu, so that its cgroup can be
 * chosen, and that then serves one request over a socket ("criu swrk"), in the messages of criu's
 * rpc.proto.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "linux/userns.h"

/* Where criu runs. Zeroed fields: as the caller does. */
struct criu_context {
	const char *root;    /* mounted on itself, in a mount namespace that ends with criu ... */
	const char *dirs[2]; /* ... where these are opened: criu can mount in no other */
	const char *keyring; /* the id of the container to make a session keyring for */
	bool no_new_privs;   /* restored processes inherit it ... */
	bool new_cgroupns;   /* ... and a cgroup namespace, of the groups where criu was put */
	const int *pass; /* descriptors that keep their numbers, besides the streams; -1: none */
	size_t n_pass;
};

struct criu {
	struct userns_child child;
	int socket;
	int dirs[2]; /* as opened in the namespace of `root`; the caller may take them; or -1 */
};
#define CRIU_INIT ((struct criu){.child = USERNS_CHILD_INIT, .socket = -1, .dirs = {-1, -1}})

/* Starts the child. ERR_NOT_FOUND without criu, naming its package. `context` must outlive it. */
int criu_start(const struct criu_context *context, struct criu *ret, struct masu_error *err);

enum criu_type { CRIU_DUMP = 1, CRIU_RESTORE = 2, CRIU_PRE_DUMP = 4, CRIU_NOTIFY = 6 };

/* A notice of criu's, for whose answer it waits; `fd` is -1 or the handler's. */
struct criu_notice {
	const char *name; /* "setup-namespaces" */
	pid_t pid;	  /* of the container's init */
	int fd;
};
typedef int (*criu_handler)(void *arg, struct criu_notice *notice, struct masu_error *err);

struct criu_request {
	enum criu_type type;
	const struct strbuf *options; /* a message criu_opts */
	criu_handler handler;	      /* may be NULL; its error ends the request */
	void *arg;
};

/*
 * Lets the child execute criu, sends the request and waits for the answer. `ret_pid` is the pid of a
 * restored init; it may be NULL. ERR_UNAVAILABLE if criu fails or dies: its log has the reason.
 */
int criu_ask(struct criu *criu, const struct criu_request *request, pid_t *ret_pid,
	     struct masu_error *err);

/* After an answer: waits for its end. Otherwise kills it. Does nothing for CRIU_INIT. */
void criu_done(struct criu *criu);
#define _cleanup_criu_ _cleanup_(criu_done)
