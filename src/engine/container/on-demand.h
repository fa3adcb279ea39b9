/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Containers whose ports are on demand. From a start by the user to a stop by the user, systemd listens on the ports
 * (systemd/socket-unit.h), and there need not be a process of masu. The first connection starts a proxy (launcher/proxy.c), which
 * starts the container.
 *
 *	RUN/ondemand/ID		a FIFO that the manager creates with the socket and removes with it: the ports are held. A byte
 *				written to it starts the proxy
 *	"ondemand"		a file in the container's directory, from that start to that stop: at boot the restart policy
 *				has the ports held again
 */

#include <stdbool.h>

#include "engine/container/container.h"

/* Of one container: all addresses fit into one request to systemd. */
#define ON_DEMAND_PORTS_MAX 64
#define ON_DEMAND_FILE	    "ondemand"

/* The idle time of the container: the longest one of its ports. 0: its ports are not on demand. */
unsigned int on_demand_seconds(const struct record *record);

/* Is it the text of a port on demand (net/ports.h)? */
bool on_demand_is_port(const char *text);

/* ERR_CONFLICT for a record with ports on demand and what excludes them. */
int on_demand_check(const struct record *record, struct masu_error *err);

/* Does systemd hold the ports of this container? */
bool on_demand_is_held(const struct masu_engine *e, const char *id);

/* The path of the FIFO, and the name of the units without suffix. The caller frees them; NULL when out of memory. */
char *on_demand_fifo(const struct masu_engine *e, const char *id);
char *on_demand_unit(const char *id);

/* Has the proxy started, unless it runs or systemd does not hold the ports. */
void on_demand_wake(const struct masu_engine *e, const char *id);

/* Corrects a state that was read without the record: the status, and the ports. 0 or -ENOMEM. */
int on_demand_correct(const masu_container *c, struct state *state, struct masu_error *err);

/*
 * Locks the ports against other commands that hold or release them: the file "ondemand", which this creates. The descriptor or
 * -errno. The directory stays open.
 */
int on_demand_lock(masu_container *c, struct masu_error *err);

/*
 * Has systemd let go of the ports and end the proxy; the container runs on, if it runs. 0 also if systemd does not hold them.
 * ERR_UNAVAILABLE if the manager cannot be reached.
 */
int on_demand_release(masu_container *c, struct masu_error *err);
