/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Typed messages between processes, on a SOCK_SEQPACKET pair: a message arrives whole, with its descriptor, or not at
 * all. End of file is never success: the receiver gets -ECONNRESET, and decides by the messages before it. Errors cross
 * with message and hint.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* The longest message; the socket's send buffer holds several. */
#define CHANNEL_MESSAGE_MAX 65536

/* The message type of an error. Users of a channel define all other types, from 1 on. */
#define CHANNEL_ERROR 0

/* Creates a connected pair, for this process and another. 0 or -errno. */
int channel_pair(int *ret_ours, int *ret_theirs);

/* Connects to a listening SOCK_SEQPACKET socket. The path may be longer than an address. The descriptor or -errno. */
int channel_connect(const char *path);

/*
 * Sends one message with `size` bytes and, if `fd` is not -1, that descriptor.
 * 0 or -errno: -EMSGSIZE over CHANNEL_MESSAGE_MAX, -EPIPE if the other side has closed the channel.
 */
int channel_send(int channel, uint32_t type, const void *bytes, size_t size, int fd);

/* Sends an error. Long texts are cut, and marked as cut. 0 or -errno. */
int channel_send_err(int channel, const struct masu_error *err);

struct channel_message {
	uint32_t type;
	int fd;	     /* a descriptor that came with it, or -1 */
	size_t size; /* of `bytes`, without the terminating NUL that is always there */
	char *bytes;
};
void channel_message_done(struct channel_message *m);
#define CHANNEL_MESSAGE_INIT	  ((struct channel_message){.fd = -1})
#define _cleanup_channel_message_ _cleanup_(channel_message_done)

/*
 * Waits for the next message, replacing *m. 0, or -errno: -ECONNRESET at end of file, -EBADMSG if channel_send() did not
 * send it.
 */
int channel_receive(int channel, struct channel_message *m);

/* Turns a received CHANNEL_ERROR into an error. Returns -errno of it. */
int channel_to_err(const struct channel_message *m, struct masu_error *err);

/* Connects to a stream socket. The path may be longer than an address. The descriptor or -errno. */
int socket_connect(const char *path);

/*
 * Sends bytes, at least one, to a stream socket, and a descriptor with the first of them. 0 or -errno, -EPIPE if the
 * other side has closed it.
 */
int socket_send_fd(int socket_fd, const char *bytes, size_t size, int fd);
