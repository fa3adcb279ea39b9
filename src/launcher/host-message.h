/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * `masu box host-exec`: a command of the host's, run from inside a box.
 *
 *	box       masu (host-exec.c), mounted there at SESSION_CLIENT
 *	           |  SOCK_SEQPACKET at $XDG_RUNTIME_DIR/HOST_SOCKET, which a box shares
 *	host      masu host-command (host-command.c), an instance of masu-host@.service, started by masu-host.socket
 *	           '-- the command, in a process group of its own
 *
 * So the user manager is the ancestor of the command, and its environment is that of the user's session. The client sends the
 * streams, words and variables, each as a message, and then HOST_EXECUTE. The socket adds no right to a box, which has the
 * bus of the session as well: the user manager executes any command for it. The host checks the user id of its peer.
 *
 * If a stream of the client is a terminal, the command gets a new one of the host, whose master the client receives. The client
 * copies between the two, so no byte passes through a third process, and the host's terminal has the keys that interrupt and
 * stop. The client sets its size.
 */

#include "base/channel.h"

#define HOST_SOCKET "masu-host.socket" /* in $XDG_RUNTIME_DIR, and the unit's name */

/* The most that the words and variables of a command may have together, in bytes. */
#define HOST_REQUEST_MAX (2U << 20)

enum {
	/* From the client */
	HOST_STREAM =
		1, /* stdin, stdout and stderr in this order: a descriptor, or none for the terminal */
	HOST_TERMINAL,	/* a struct winsize: a terminal is wanted */
	HOST_ARGUMENT,	/* a word of the command; at least one */
	HOST_VARIABLE,	/* "NAME=value", over the environment of the session */
	HOST_DIRECTORY, /* an absolute path */
	HOST_EXECUTE,
	HOST_SIGNAL, /* an int32_t, for the command; after HOST_EXECUTE */

	/* From the host, besides CHANNEL_ERROR, which is the last one */
	HOST_MASTER,  /* the descriptor of the terminal's master */
	HOST_NOTICE,  /* a line for the user */
	HOST_STOPPED, /* the command was stopped; it goes on by HOST_SIGNAL with SIGCONT */
	HOST_ENDED,   /* an int32_t: the exit status, or 128 and the signal */
};
