/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The clients of a container's attach socket; protocol.h has the messages.
 *
 * Theory: masu has no queue. Output that a client has not read is in its socket's buffer, whose size
 * the kernel limits (ATTACH_BUFFER). When the buffer is full, a client that has kept up so far gets
 * ATTACH_TIMEOUT_MS to make room: a client that reads, even on a slow terminal, gets everything. After
 * the timeout it has fallen behind: its output is dropped, counted and reported, at no cost to the
 * container, until it has read its buffer. So a stopped terminal holds a container once for a moment,
 * and the monitor's memory does not grow. Input has one buffer for all clients: until the container
 * has read it, nothing is read from any of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/protocol.h"

#define ATTACH_BUFFER	  (256 * 1024)
#define ATTACH_TIMEOUT_MS 1000 /* a busy machine lets a client that reads wait for a processor */

struct attach_client {
	int fd; /* -1: free */
	bool behind;
	uint64_t lost; /* bytes, not reported yet */
};

struct attach {
	int listener; /* -1 if it could not be created */
	struct attach_client clients[MONITOR_CLIENTS_MAX];
	int input;    /* borrowed: the container's stdin or console, -1 for none */
	bool console; /* `input` is a pty's master */
	size_t input_at, input_end;
	char input_bytes[1 + MONITOR_PAYLOAD_MAX];
};

/* Creates the socket in the run directory, in place of an earlier monitor's. 0 or -errno. */
int attach_open(struct attach *a, int run_dir, int input, bool console);

/* Accepts a new client, unless it is another user's or one too many. */
void attach_accept(struct attach *a);

/* Sends output to all clients. */
void attach_send(struct attach *a, enum monitor_msg type, const void *bytes, size_t size);

/* The events to poll client `i` for. Its descriptor may be -1. */
short attach_events(const struct attach *a, size_t i);

/* Handles the events of client `i`. */
void attach_handle(struct attach *a, size_t i, short revents);

/* Has the container input to read? Poll `input` for POLLOUT then. */
bool attach_input_waits(const struct attach *a);

/* Passes input on. `input` becomes -1 when the container has closed its end. */
void attach_flush_input(struct attach *a);

/* Sends all clients the exit code, and closes them and the socket. */
void attach_close(struct attach *a, int run_dir, int exit_code);
