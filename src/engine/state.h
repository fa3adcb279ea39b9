/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a container is doing. Nobody keeps a status up to date: it is derived, each time, from what
 * can't lie. state.json names the init by pid, start time and boot, until the clean-up after the
 * end; exit.json is the end as its supervisor saw it; "started" says that there was a start. They are
 * in the container's directory: a clean-up of temporary files may remove RUN while a container runs.
 *
 *	init lives						running
 *	else held by a supervisor, and not ended yet		starting or stopping
 *	else exit.json						exited, as it says
 *	else "started"						exited, 137: the supervisor was
 *								killed, or the machine went down
 *	else							created
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "engine/home.h"
#include "net/ports.h"

/* What only holds while it runs. */
struct run_state {
	pid_t pid;
	uint64_t start_time;
	char *boot_id;
	int64_t started_ns;
	char *scope;		   /* the unit, or NULL */
	char *cgroup;		   /* path of the scope, or NULL */
	unsigned int cgroup_flags; /* enum cgroup_flags, as cgroup_open() takes them */
	struct port_list ports;
};
#define RUN_STATE_INIT	    ((struct run_state){.ports = PORT_LIST_INIT})
#define _cleanup_run_state_ _cleanup_(run_state_done)
void run_state_done(struct run_state *s);

/* state.json of the container's directory. The boot id is filled in by the writer. */
int run_state_write(const struct home *home, const struct run_state *s, struct err *err);
/* -ENOENT also when it is of an earlier boot or, after a power failure, not whole. */
int run_state_read(const struct home *home, struct run_state *ret, struct err *err);

/* Removes state.json and the run-time directory, after the end or after a start that failed. */
void run_state_remove(const struct engine *e, const struct home *home);

enum status {
	STATUS_CREATED,
	STATUS_STARTING,
	STATUS_RUNNING,
	STATUS_STOPPING,
	STATUS_EXITED,
	STATUS_MAX
};
const char *status_name(enum status status); /* "running" */

struct state {
	enum status status;
	struct run_state run; /* from a start to the clean-up, else as initialised */
	int pidfd;	      /* of the init while running, or -1 */
	int64_t started_ns;   /* 0: never, or not known */
	int64_t finished_ns;  /* the same */
	int exit_code;
	bool oom_killed;
};
#define STATE_INIT	((struct state){.run = RUN_STATE_INIT, .pidfd = -1})
#define _cleanup_state_ _cleanup_(state_done)
void state_done(struct state *s);

int state_get(const struct engine *e, const struct home *home, struct state *ret, struct err *err);

/* Marks a start: to be called before the container is let go. Forgets the last end. */
int state_mark_started(const struct home *home, int64_t now_ns, struct err *err);

/* How a container ended, as exit.json has it (monitor/protocol.h). */
struct ending {
	int exit_code;
	int signal; /* 0: none */
	bool oom_killed;
	int64_t finished_ns;
};
int ending_write(int dirfd, const struct ending *ending, struct err *err);
/* -ENOENT when there is none. */
int ending_read(int dirfd, struct ending *ret);
