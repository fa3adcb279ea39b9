/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What went wrong, for a program (kind, errno) and for a person (message, and a hint that says what
 * to do about it). A function that can fail for a reason that a user meets takes a `struct masu_error *`
 * as its last parameter, fills it once, where the failure is understood, and returns -errno.
 * Callers add to the message only what the callee can't know (err_prefix).
 *
 * `err` may be NULL everywhere: the caller then wants the errno alone.
 */

#include "base/cleanup.h"

enum err_kind {
	ERR_INTERNAL,	    /* masu's own fault, or an unexpected answer of the kernel */
	ERR_INVALID,	    /* bad input: option, reference, config.json, manifest, archive */
	ERR_NOT_FOUND,	    /* the named object does not exist */
	ERR_CONFLICT,	    /* exists already, or is in a state that forbids the request */
	ERR_UNSUPPORTED,    /* this kernel, host or build cannot do it */
	ERR_DENIED,	    /* permission, or credentials */
	ERR_UNAVAILABLE,    /* a helper, service, registry or network that doesn't answer */
	ERR_NO_SPACE,	    /* disk, quota or memory */
	ERR_NOT_EXECUTABLE, /* the container's command exists but can't be executed */
	ERR_NO_COMMAND,	    /* the container's command doesn't exist */
	ERR_SIGNAL,	    /* told to end: see base/ending.h */
	ERR_KIND_MAX
};

struct masu_error {
	enum err_kind kind;
	int code;      /* positive errno, 0 when no error is set */
	char *message; /* without trailing newline or full stop */
	char *hint;    /* what to do about it, or NULL */
	int signal;    /* with ERR_SIGNAL */
};

#define ERR_INIT      ((struct masu_error){0})
#define _cleanup_err_ _cleanup_(err_done)

/* Releases the texts; the struct can be used again. */
void err_done(struct masu_error *err);

/* Sets kind, errno and message, replacing what was there. Returns -code, or -EIO for code 0. */
int err_set(struct masu_error *err, enum err_kind kind, int code, const char *format, ...)
	_printf_(4, 5);

/*
 * Sets an error from a failed system call: the kind follows from `code` (positive or negative
 * errno), and the message ends in ": " and strerror's text. Returns -errno.
 */
int err_sys(struct masu_error *err, int code, const char *format, ...) _printf_(3, 4);

/* Puts "text: " before the message. Returns -errno of the error set before. */
int err_prefix(struct masu_error *err, const char *format, ...) _printf_(2, 3);

/* Adds what the user can do about it. Returns -errno of the error set before. */
int err_hint(struct masu_error *err, const char *format, ...) _printf_(2, 3);

/* Moves an error to another place, dropping what was there. Returns -errno of it. */
int err_move(struct masu_error *to, struct masu_error *from);

/* The kind that an errno stands for when nothing more is known. */
enum err_kind err_kind_of_errno(int code);

/*
 * The exit status for a failure of masu's own, as Docker and Podman have it: 127 for a command
 * that does not exist, 126 for one that cannot be executed, 125 for all else; and 128 and the
 * number for a signal.
 */
int err_exit_status(const struct masu_error *err);
