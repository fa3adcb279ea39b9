/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container as the main process of a systemd service.
 *
 * `masu run -d` in a unit of Type=notify leaves the container to the manager: the launcher exits before init executes its
 * command, and the manager, a subreaper or process 1, becomes init's parent. Three processes take part:
 *
 *	masu		waits for the launcher's end, and sends MAINPID= with a barrier, while init still waits
 *	the launcher	has created the container; it forks, and exits
 *	its child	starts the container when masu says so, and becomes masu-monitor
 *
 * The manager accepts a main process only while that lives, and has its exit status only as its parent. So the order is
 * what matters, and no process is looked for.
 */

#include <stdbool.h>

#include "engine/container/record.h"
#include "launcher/start.h"

/* The messages from the launcher to masu, and back. */
enum { LAUNCHER_STARTED = 1, LAUNCHER_CREATED, LAUNCHER_GO };

struct adoption {
	bool wanted;
	struct start *start;
	int channel; /* from the launcher to masu */
	int masu;    /* its pidfd */
	int held;    /* keeps the channel of an init that has failed open */
	int manager; /* a socket to it, if it gets the container's messages, or -1 */
};
#define ADOPTION_INIT ((struct adoption){.channel = -1, .masu = -1, .held = -1, .manager = -1})

enum sdnotify { SDNOTIFY_IGNORE, SDNOTIFY_CONMON, SDNOTIFY_CONTAINER, SDNOTIFY_HEALTHY };

/* By the record, and whether the caller has a $NOTIFY_SOCKET. */
enum sdnotify adoption_mode(const struct record *record);

/*
 * For the launcher: has start_run() leave the container to the manager before the start. It returns in a child then; the
 * caller of start_run() has exited. If the start fails after that, the manager kills all other processes of the unit as soon
 * as init has exited: so masu reports the error first, and ends, and then init ends with its own exit status.
 */
int adoption_prepare(struct adoption *a, struct start *s, int channel, struct masu_error *err);

/* For masu, when LAUNCHER_CREATED has come: waits until the launcher has exited, tells the manager, and lets init go. */
int adoption_announce(int channel, pid_t launcher, pid_t init, const struct record *record,
		      struct masu_error *err);

/* Of a check of the container's health that found it healthy. To the manager, only the first time matters. */
void adoption_tell_healthy(const struct record *record);
