/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An error, for a program (kind, errno) and for a person (message, and a hint how to fix it). A function whose failure
 * matters to a user takes a `struct masu_error *` as its last parameter, fills it once, where the reason is known, and
 * returns -errno. Callers only add facts to the message that the function does not know (err_prefix).
 *
 * `err` may be NULL everywhere, if the caller needs the errno alone.
 */

#include "base/cleanup.h"
#include <errno.h>
#include <stdbool.h>

enum err_kind {
	ERR_INTERNAL,	    /* a fault of masu, or an unexpected answer of the kernel */
	ERR_INVALID,	    /* bad input: option, reference, config.json, manifest, archive */
	ERR_NOT_FOUND,	    /* the named object does not exist */
	ERR_CONFLICT,	    /* exists already, or its state forbids the request */
	ERR_UNSUPPORTED,    /* this kernel, host or build cannot do it */
	ERR_DENIED,	    /* permission, or credentials */
	ERR_UNAVAILABLE,    /* a helper, service, registry or network does not answer */
	ERR_NO_SPACE,	    /* disk, quota or memory */
	ERR_NOT_EXECUTABLE, /* the container's command exists, but cannot be executed */
	ERR_NO_COMMAND,	    /* the container's command does not exist */
	ERR_SIGNAL,	    /* told to end: see base/termination.h */
	ERR_KIND_MAX
};

struct masu_error {
	enum err_kind kind;
	int code;      /* positive errno, 0 when no error is set */
	char *message; /* without trailing newline or full stop */
	char *hint;    /* how to fix it, or NULL */
	int signal;    /* with ERR_SIGNAL */
};

/* Is this -errno a lack of memory or of descriptors? It says nothing about the object. */
static inline bool err_is_shortage(int r)
{
	return r == -EMFILE || r == -ENFILE || r == -ENOMEM;
}

#define ERR_INIT      ((struct masu_error){0})
#define _cleanup_err_ _cleanup_(err_done)

/* Releases the texts; the struct can be used again. */
void err_done(struct masu_error *err);

/* Sets kind, errno and message, replacing a former error. Returns -code, or -EIO for code 0. */
int err_set(struct masu_error *err, enum err_kind kind, int code, const char *format, ...)
	_printf_(4, 5);

/*
 * Sets an error from a failed system call: the kind follows from `code` (a positive or negative errno), and the message
 * ends in ": " and the text of strerror(3). Returns -errno.
 */
int err_sys(struct masu_error *err, int code, const char *format, ...) _printf_(3, 4);

/* Sets the error of a failed allocation. Returns -ENOMEM. */
int err_oom(struct masu_error *err);

/* Puts "text: " before the message. Returns -errno of the error set before. */
int err_prefix(struct masu_error *err, const char *format, ...) _printf_(2, 3);

/* Adds the hint. Returns -errno of the error set before. */
int err_hint(struct masu_error *err, const char *format, ...) _printf_(2, 3);

/* Moves an error to `to`, replacing a former error. Returns its -errno. */
int err_move(struct masu_error *to, struct masu_error *from);

/*
 * The exit status of masu for an error, as in docker and podman: 127 if the command does not exist, 126 if it cannot be
 * executed, 128 plus the number for a signal, else 125.
 */
int err_exit_status(const struct masu_error *err);
