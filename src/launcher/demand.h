/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The container behind ports on demand: started, paused and stopped by the proxy (launcher/proxy.h). */

#include "engine/container/container.h"
#include "net/connector.h"

struct demand {
	struct masu_engine *e;
	const char *name;  /* or its id */
	const char *unit;  /* the service that runs it, or NULL: masu itself starts it */
	masu_container *c; /* NULL before it was seen */
	int pidfd;	   /* of its init, or -1: it does not run */
	bool polls;	   /* poll(2) tells when that ends */
	bool frozen;
	struct connector connector;
};
#define DEMAND_INIT ((struct demand){.pidfd = -1, .connector = CONNECTOR_INIT})
void demand_done(struct demand *d);

/* Looks for a container that runs. 1, or 0 if none does. -ENOENT if it was removed: not with a unit, which creates it. */
int demand_look(struct demand *d, struct masu_error *err);

/* Starts the container unless it runs, and resumes it. *ret_started tells whether it was started. It may end at any time. */
int demand_up(struct demand *d, bool *ret_started, struct masu_error *err);

/* Has it ended? Then the next demand_up() starts it again. */
bool demand_has_ended(struct demand *d);

/* A new socket in its network, and its address; otherwise
 * -ECONNRESET if the container has ended, or the connector was killed, or the errors of connector_socket(). */
int demand_socket(struct demand *d, int family, struct sockaddr_storage *ret_address,
		  struct masu_error *err);

int demand_freeze(struct demand *d, struct masu_error *err);
int demand_stop(struct demand *d, struct masu_error *err);

/* Lets go of the ports of a container that was removed. This process is ended, too. */
int demand_abandon(const struct demand *d, struct masu_error *err);
