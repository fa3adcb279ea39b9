/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The clients of a container's attach socket; protocol.h has the messages.
 *
 * Theory: no queue of masu's own. What a client has not yet read lies in its socket's buffer, which
 * the kernel bounds (ATTACH_BUFFER). When that is full, a client that had kept up so far gets
 * ATTACH_PATIENCE_MS to make room: one that just reads, even on a slow terminal, gets all. If it
 * doesn't, it has fallen behind: output is left out for it, counted and told, at no cost to the container,
 * until it has read all that lies there. So a stopped terminal holds a container once for a
 * moment, and the monitor's memory doesn't grow. The way in has one buffer for all clients: as long
 * as the container hasn't taken what it holds, nothing is read from any of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/protocol.h"

#define ATTACH_BUFFER	   (256 * 1024)
#define ATTACH_PATIENCE_MS 100

struct attach_client {
	int fd; /* -1: free */
	bool behind;
	uint64_t lost; /* bytes, not yet told */
};

struct attach {
	int listener; /* -1 when it couldn't be made */
	struct attach_client clients[MONITOR_CLIENTS_MAX];
	int input;    /* borrowed: the container's stdin or console, -1 for none */
	bool console; /* `input` is a pty's master */
	size_t input_at, input_end;
	char input_bytes[1 + MONITOR_PAYLOAD_MAX];
};

/* Makes the socket in the run directory, replacing one that an earlier monitor left. 0 or -errno. */
int attach_open(struct attach *a, int run_dir, int input, bool console);

/* Takes a new client, if it may. */
void attach_accept(struct attach *a);

/* Sends output to all clients. */
void attach_send(struct attach *a, enum monitor_msg type, const void *bytes, size_t size);

/* What to poll client `i` for. Its descriptor may be -1. */
short attach_events(const struct attach *a, size_t i);

/* Acts on what poll said of client `i`. */
void attach_handle(struct attach *a, size_t i, short revents);

/* Is there input that the container has not taken yet? Poll `input` for POLLOUT then. */
bool attach_input_waits(const struct attach *a);

/* Hands it on. `input` is set to -1 when the container has closed its end. */
void attach_flush_input(struct attach *a);

/* Tells all clients the exit code and lets go of them and the socket. */
void attach_close(struct attach *a, int run_dir, int exit_code);
