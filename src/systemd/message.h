/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The messages between a client (systemd/helper.h) and masu-systemd, on a channel (base/channel.h). The
 * bytes of a message are strings in a fixed order, each ended by NUL.
 *
 * The client sends requests one after the other; each is answered by DONE or by an error. TIMEOUT is in
 * milliseconds. A PROPERTY is "NAME=VALUE": the value is in GVariant's text format.
 */

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

enum systemd_message {
	SYSTEMD_READY = 1, /* from masu-systemd, first of all: ADDRESS of the manager */
	SYSTEMD_DONE,	   /* the request succeeded */
	SYSTEMD_UNDONE,	   /* the client gave a start up, and its unit is stopped */
	SYSTEMD_START,	   /* TIMEOUT UNIT SLICE DESCRIPTION PIDS PROPERTY...; SLICE may be "" */
	SYSTEMD_STOP,	   /* TIMEOUT UNIT */
	SYSTEMD_SET,	   /* TIMEOUT UNIT PROPERTY... */
	SYSTEMD_ATTACH,	   /* TIMEOUT UNIT PATH PID; PATH is that of a cgroup below, or "" */
	SYSTEMD_SETTLE,	   /* TIMEOUT UNIT PID ACTION: see units_settle() */
	SYSTEMD_ENTRY,	   /* from `masu-systemd journal`: struct journal_record and a text */
	SYSTEMD_SERVICE,   /* TIMEOUT UNIT of a service to start too; sent with START, no answer */
	SYSTEMD_ACTIVATE,  /* TIMEOUT UNIT of a service to start and to wait for */
	SYSTEMD_SOCKET, /* TIMEOUT UNIT DESCRIPTION FIFO LISTENERS LISTENER... ENVIRONMENT... -- ARGUMENT... */
	SYSTEMD_JOB,   /* TIMEOUT UNIT VERB for a service: see service_call_job() */
	SYSTEMD_STATE, /* TIMEOUT UNIT; answered by SYSTEMD_STATE and the state of a service */
};

/* Strings of one message; a longer message is neither sent nor accepted. */
#define SYSTEMD_STRINGS_MAX 256

/* Appends the strings to `to`. 0 or -ENOMEM. */
int message_pack(char *const *strings, struct strbuf *to);

/*
 * Splits the bytes of a message. -EBADMSG if the last string has no end, -E2BIG for too many strings,
 * -EILSEQ for text that is not UTF-8, -ENOMEM.
 */
int message_unpack(const char *bytes, size_t size, char ***ret);
