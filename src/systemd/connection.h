/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A connection to a systemd manager, and calls of its interface (org.freedesktop.systemd1(5)). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "base/err.h"

/* Where a manager may be reached. */
struct connection_address {
	bool private; /* the manager's own socket, one hop: no message bus */
	const char *address;
};

#define CONNECTION_ADDRESSES_MAX 4
struct connection_options {
	bool user; /* a user manager, else the system's */
	struct connection_address addresses[CONNECTION_ADDRESSES_MAX];
	size_t n;
};

struct connection {
	sd_bus *bus;
	bool user;
	char *job;     /* the job that is waited for, by its object path */
	char *manager; /* the sender of its path, on a message bus, where anybody may send signals */
	char *result;  /* of the job, once it has ended */
};
#define CONNECTION_INIT	     ((struct connection){0})
#define _cleanup_connection_ _cleanup_(connection_done)
void connection_done(struct connection *c);

/*
 * Connects to the first address that accepts the connection. The authentication is not waited for: it goes
 * on with the first call. -ENOTCONN (ERR_UNAVAILABLE).
 */
int connection_open(const struct connection_options *options, struct connection *ret,
		    const char **ret_address, struct masu_error *err);

/* A message that calls a method of the manager. */
int connection_new_call(struct connection *c, const char *member, sd_bus_message **ret);

/*
 * Calls a method, whose answer is in *ret_reply (or NULL). `deadline` is of time_monotonic_ms(). The error
 * names the unit. -ENOENT if the manager knows no such unit.
 */
int connection_call(struct connection *c, sd_bus_message *m, const char *unit, int64_t deadline,
		    sd_bus_message **ret_reply, struct masu_error *err);

/*
 * Calls a method that answers with a job, and waits for the end of the job. With an error after the
 * job was accepted, c->job is set.
 */
int connection_run_job(struct connection *c, sd_bus_message *m, const char *unit, int64_t deadline,
		       struct masu_error *err);
