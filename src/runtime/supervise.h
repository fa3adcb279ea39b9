/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Supervising a container in the foreground: signals, terminal, streams.
 *
 * If the container has the caller's own streams (stdio.h), no byte passes through here: the supervisor
 * passes on signals and waits. Otherwise streams.c moves bytes.
 * All signals that would end this process are blocked from before the container exists until it is
 * cleaned up, so that the terminal is restored on every way out.
 */

#include <signal.h>
#include <stdbool.h>

#include "base/err.h"
#include "runtime/streams.h"
#include "runtime/terminal.h"

/* A descriptor that somebody else uses during the wait. */
struct supervisor_watch {
	int fd;	       /* -1: none */
	short events;  /* of poll(2) */
	bool children; /* `handle` is called also when a child may have ended */
	void (*handle)(struct supervisor_watch *w); /* may change `fd` and `events` */
	void *arg;
};
#define SUPERVISOR_WATCHES 2

struct supervisor {
	bool sig_proxy; /* signals are passed on to the container; otherwise they end it */
	bool told_to_end;
	int signals;
	sigset_t saved_mask;
	int init_pidfd, console; /* borrowed; -1 for no terminal */
	struct terminal terminal;
	struct streams streams; /* more may be added before the wait */
	struct supervisor_watch watches[SUPERVISOR_WATCHES];
	size_t n_watches;
};

/* Blocks signals. To be called before the container is created. */
int supervisor_new(bool sig_proxy, struct supervisor **ret, struct masu_error *err);

/* Restores signals and the terminal. Takes NULL. */
void supervisor_free(struct supervisor *s);
DEFINE_FREEP(supervisor)
#define _cleanup_supervisor_ _cleanup_(supervisor_freep)

/* The next signal that was sent to this process and concerns the container; 0: none. */
int supervisor_next_signal(struct supervisor *s);

/* Does the signal ask a program to end? */
bool supervisor_is_ending(int signal);

/* Connects the pty's master, if there is one, with the caller's terminal or streams. */
int supervisor_attach(struct supervisor *s, int init_pidfd, int console, bool interactive,
		      struct masu_error *err);

/* To be called before the wait. */
void supervisor_watch(struct supervisor *s, const struct supervisor_watch *watch);

/*
 * Waits until init has ended and its output is passed on, or until the user has typed the keys that detach
 * (streams_detached()). Does not reap it.
 */
void supervisor_wait(struct supervisor *s);
