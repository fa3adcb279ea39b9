/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client of the Varlink protocol (https://varlink.org): a method is called by one JSON object on a stream socket, and
 * answered by another one; a NUL byte ends each. Descriptors go with the call, and its parameters name them by their
 * number, from 0 on (sd_varlink_push_fd(3)).
 *
 * The service is a program of the system, but its answer is checked like any other input.
 */

#include <json-c/json.h>
#include <stddef.h>

#include "base/err.h"

/* No answer that masu asks for is larger. */
#define VARLINK_REPLY_MAX 65536

struct varlink_call {
	const char *socket;		/* the path of the service's socket */
	const char *method;		/* "io.systemd.NamespaceResource.AllocateUserRange" */
	struct json_object *parameters; /* an object, or NULL */
	int fd;				/* a descriptor for the service, or -1 */
	int timeout_ms;			/* for the whole call */
};

struct varlink_reply {
	struct json_object *document;
	struct json_object *parameters; /* in the document; NULL: it has none */
	const char *
		error; /* in the document: "org.varlink.service.MethodNotFound"; NULL: the call succeeded */
};
void varlink_reply_done(struct varlink_reply *reply);
#define _cleanup_varlink_reply_ _cleanup_(varlink_reply_done)

/*
 * Calls the method and waits for its answer. An answer that reports an error is a success of this function. -ENOENT,
 * -ECONNREFUSED: no service; -EACCES: not for this user; -ETIMEDOUT; -EFBIG: over VARLINK_REPLY_MAX; -EBADMSG: not an
 * answer; -ECONNRESET: the service has closed the socket.
 */
int varlink_call(const struct varlink_call *call, struct varlink_reply *ret,
		 struct masu_error *err);

/* Parses an answer, without its NUL byte. 0, -EBADMSG, -EFBIG or -ENOMEM. */
int varlink_reply_parse(const char *text, size_t size, struct varlink_reply *ret,
			struct masu_error *err);
