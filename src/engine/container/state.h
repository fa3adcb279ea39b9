/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The state of a container. No process keeps a status up to date: it is derived each time from
 * runtime/container-state.h, which the container has from a start to the clean-up after its end, and
 * from the engine's files beside it: exit.json is the end as its supervisor saw it, "started" exists
 * after a start. All are in the container's directory: a clean-up of temporary files may remove RUN
 * while a container runs.
 *
 *	init lives, and has executed the command		running or paused
 *	init lives, and waits for masu start			initialized
 *	init lives						starting
 *	else held by a supervisor, and not ended yet		starting or stopping
 *	else a process waits to start it again (restart.h)	restarting
 *	else exit.json						exited, as it says
 *	else "started"						exited, 137: the supervisor was
 *								killed, or the machine went down
 *	else							created
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"
#include "engine/container/home.h"
#include "masu.h"
#include "net/ports.h"
#include "runtime/container-state.h"

#define STARTED_FILE "started" /* TIME [RESTARTS DELAY] */

/* The starts by the restart policy since the last one by the user. */
struct restarts {
	int count;
	int delay_ms; /* the wait before the last one */
};

struct state {
	enum masu_status status;
	struct container_state run; /* from a start to the clean-up; otherwise zeros */
	struct port_list ports;	    /* published, the same */
	bool unsettled;	     /* the state file exists: no clean-up has followed the last start */
	int pidfd;	     /* of init while it lives, or -1; a list has none */
	int64_t started_ns;  /* 0: never, or unknown */
	int64_t finished_ns; /* the same */
	int exit_code;
	bool oom_killed;
};
#define STATE_INIT	((struct state){.ports = PORT_LIST_INIT, .pidfd = -1})
#define _cleanup_state_ _cleanup_(state_done)
void state_done(struct state *s);

int state_get(const struct masu_engine *e, const struct home *home, struct state *ret,
	      struct masu_error *err);

/* Does the command run? It may be paused. */
static inline bool state_is_alive(const struct state *s)
{
	return s->status == MASU_STATUS_RUNNING || s->status == MASU_STATUS_PAUSED;
}

/* Does init live, even if it has not executed the command yet? Not of a list. */
static inline bool state_has_init(const struct state *s)
{
	return s->pidfd >= 0;
}

/* Was the last run only prepared, and its command never started? Then it has no end. */
static inline bool state_was_only_initialized(const struct state *s)
{
	return s->run.pid > 0 && !s->run.by_run && s->started_ns < s->run.created_ns;
}

/* For a cache (oci/fields-pack.h). The caller frees the members, also after a failure. */
void state_pack(const struct state *s, struct strbuf *b);
void state_pack_version(struct strbuf *b);
void state_unpack(struct unpack *u, struct state *ret);

/* The name of the container's group, which the caller frees: that of its scope, also in front of a group by mkdir. */
char *state_group(const struct state *s);

/* The name of the container's scope, which the caller frees. NULL if it has none, or no memory. */
char *state_scope(const struct state *s);

/* Removes the state and the run-time files, after the end or after a start that failed. */
void state_remove(const struct masu_engine *e, const struct home *home);

/* Writes the ports that a start publishes, before it publishes the state. */
int state_write_ports(const struct home *home, const struct port_list *ports,
		      struct masu_error *err);

/* Marks a start: to be called before the container is started. Forgets the last end. */
int state_mark_started(const struct home *home, int64_t now_ns, const struct restarts *restarts,
		       struct masu_error *err);

/* The restarts of the last start; zeros if it is not recorded. */
struct restarts state_restarts(const struct home *home);

/* The file of the last start, which each start replaces. Zeros before the first one. */
struct stat state_last_start(const struct home *home);
bool state_has_started_since(const struct home *home, const struct stat *last_start);

/* Keeps the reason of a start that failed, until the next start. A full disk loses it. */
void state_write_error(const struct home *home, const char *message);

/* The reason, which the caller frees. NULL if the last start has not failed. */
char *state_read_error(const struct home *home);

/* How a container ended, as exit.json has it (monitor/protocol.h). */
struct ending {
	int exit_code;
	int signal; /* 0: none */
	bool oom_killed;
	bool terminated; /* SIGTERM to the supervisor has ended it, as when the machine goes down */
	int64_t finished_ns;
};
int ending_write(int dirfd, const struct ending *ending, struct masu_error *err);
/* -ENOENT if it does not exist. */
int ending_read(int dirfd, struct ending *ret);
