/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The containers of masu-oci, as they are on disk: ROOT/ID, where ROOT is --root or RUN/oci.
 *
 *	config.json	a copy of the bundle's, as it was read by create: engines change theirs
 *	state.json	init by pid, start time and boot; bundle; cgroup; written when init exists
 *	.state.json	the same, written while init is being made ready: nothing counts on it
 *	cgroup		a link whose text is what cgroup_open() takes, made before the group is
 *	start.sock	init listens on it until it is let go: there while the container is "created"
 *
 * Nobody looks after a container in between commands, so its status is derived each time.
 */

#include <stdint.h>

#include "cgroup/cgroup.h"
#include "oci-cli/oci-cli.h"
#include "oci/spec.h"
#include "oci/state.h"

#define BUNDLE_STATE  "state.json"
#define BUNDLE_CONFIG "config.json" /* the caller's, kept */
#define BUNDLE_SOCKET "start.sock"
#define BUNDLE_CGROUP "cgroup"

struct bundle_state {
	char *id, *bundle, *rootfs, *boot_id, *version;
	pid_t pid;
	uint64_t start_time;
	int64_t created_ns;
	char *cgroup; /* for cgroup_open(), or NULL */
	unsigned int cgroup_flags;
	bool no_keyring; /* the caller's session keyring was kept */
	bool poststop;	 /* config.json has hooks for its end */
	bool resctrl;	 /* config.json has linux.intelRdt */
	bool supervised; /* by a `run` that would have deleted it at its end */
	bool by_run;	 /* it may be found before init is ready, which then goes on by itself */
	struct oci_map annotations;
};
void bundle_state_done(struct bundle_state *s);
#define _cleanup_bundle_state_ _cleanup_(bundle_state_done)

/* [A-Za-z0-9_+-][A-Za-z0-9_+.-]*: the id becomes a file's name. EINVAL. */
int bundle_check_id(const char *id, struct err *err);

/* ROOT, which may be missing. */
int bundle_root(const struct oci_globals *g, char **ret, struct err *err);

/*
 * Makes ROOT/ID (and ROOT), opens and locks it. Where it exists it is ERR_CONFLICT, unless its maker
 * was killed before it was a container: then that is cleared away.
 */
int bundle_make(const char *root, const char *id, struct err *err);

/* Opens ROOT/ID. ENOENT: "container does not exist"; EPERM: it is another user's. */
int bundle_open(const char *root, const char *id, struct err *err);

/* Writes the state in two steps: what takes time, while init still works; and what makes it count. */
int bundle_draft(int dirfd, const struct bundle_state *s, struct err *err);
int bundle_publish(int dirfd, struct err *err);

/* ENOENT while it doesn't count, EBADMSG for what is no state. */
int bundle_read(int dirfd, struct bundle_state *ret, struct err *err);

/*
 * The status, and when init lives a pidfd of it (else -1). In one that is CREATING nobody has any
 * business: init may have the host's files and network in view, and has all privileges.
 */
enum oci_status bundle_status(int dirfd, const struct bundle_state *s, int *ret_pidfd);

/* A container as commands look it up: its state, and what it was doing at that moment. */
struct bundle {
	char *root;
	int dirfd; /* ROOT/ID */
	struct bundle_state state;
	enum oci_status status;
	int pidfd; /* init's, or -1 when the container is stopped */
};
#define BUNDLE_INIT ((struct bundle){.dirfd = -1, .pidfd = -1})
void bundle_done(struct bundle *b);
#define _cleanup_bundle_ _cleanup_(bundle_done)

/* Looks one up by its id. ERR_INVALID for what is no id, ENOENT: "container does not exist". */
int bundle_find(const struct oci_globals *g, const char *id, struct bundle *ret, struct err *err);

/* The path of its BUNDLE_SOCKET, or NULL. */
char *bundle_socket(const struct bundle *b);

/* The container's cgroup. ERR_UNSUPPORTED when it has none; ENOENT when it has gone. */
int bundle_cgroup(const struct bundle_state *s, struct cgroup **ret, struct err *err);

/* The same of one that runs, or is paused; else ERR_CONFLICT: "container not running". */
int bundle_live_cgroup(const struct bundle *b, struct cgroup **ret, struct err *err);

/* Stops all processes of the container, or lets them go on, and waits until that is so. */
int bundle_freeze(const struct bundle_state *s, bool frozen, struct err *err);

/* After init of a paused container was killed: where it couldn't die frozen, it is thawed. */
void bundle_let_die(const struct bundle_state *s);

/* Without state.json: is somebody at it (or else was killed at it)? */
bool bundle_is_being_made(int dirfd);

/*
 * For who is to remove it: 0 when it is nobody's and has no state.json; from then on it is the
 * caller's. Waits for its maker: a killed one is outlived, for a moment, by its init, which holds the
 * same lock. -EEXIST when there is a state.json by then, -EBUSY when it is still being made.
 */
int bundle_take_unfinished(int dirfd, int timeout_ms);

/* Removes ROOT/ID of which nobody wrote state.json, and its cgroup. */
int bundle_remove_unfinished(const char *root, const char *id, int dirfd, struct err *err);

/* Removes ROOT/ID, which is `dirfd`, and all in it. */
int bundle_remove(const char *root, const char *id, int dirfd, struct err *err);
