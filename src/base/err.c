/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void err_done(struct masu_error *err)
{
	if (!err)
		return;
	free(err->message);
	free(err->hint);
	*err = ERR_INIT;
}

_printf_(4, 0) static int err_setv(struct masu_error *err, enum err_kind kind, int code,
				   const char *format, va_list ap)
{
	char *message;

	if (!code)
		code = EIO;
	if (!err)
		return -code;
	/* Out of memory leaves message NULL; log_err() then prints the errno's text. */
	if (vasprintf(&message, format, ap) < 0)
		message = NULL;
	err_done(err); /* not before: the arguments may be the old texts */
	*err = (struct masu_error){.kind = kind, .code = code, .message = message};
	return -code;
}

int err_set(struct masu_error *err, enum err_kind kind, int code, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int r = err_setv(err, kind, code, format, ap);
	va_end(ap);
	return r;
}

static enum err_kind kind_of_errno(int code)
{
	switch (code) {
	case ENOENT:
	case ESRCH:
		return ERR_NOT_FOUND;
	case EEXIST:
	case EBUSY:
	case ENOTEMPTY:
		return ERR_CONFLICT;
	case EINVAL:
	case E2BIG:
	case ENAMETOOLONG:
	case EBADMSG:
	case ELOOP:
	case ENOTDIR:
	case EISDIR:
		return ERR_INVALID;
	case ENOSYS:
	case EOPNOTSUPP:
		return ERR_UNSUPPORTED;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	case ECONNREFUSED:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return ERR_UNAVAILABLE;
	case ECANCELED:
		return ERR_SIGNAL;
	case ENOSPC:
	case EDQUOT:
	case ENOMEM:
		return ERR_NO_SPACE;
	default:
		return ERR_INTERNAL;
	}
}

int err_sys(struct masu_error *err, int code, const char *format, ...)
{
	char *what;
	va_list ap;

	code = code < 0 ? -code : code;
	if (!err)
		return code ? -code : -EIO;
	va_start(ap, format);
	int r = vasprintf(&what, format, ap);
	va_end(ap);
	if (r < 0)
		return err_set(err, kind_of_errno(code), code, "%s", strerror(code));
	r = err_set(err, kind_of_errno(code), code, "%s: %s", what, strerror(code));
	free(what);
	return r;
}

int err_oom(struct masu_error *err)
{
	return err_set(err, ERR_NO_SPACE, ENOMEM, "%s", strerror(ENOMEM));
}

int err_prefix(struct masu_error *err, const char *format, ...)
{
	char *prefix, *joined;
	va_list ap;

	if (!err)
		return -EIO;
	va_start(ap, format);
	int r = vasprintf(&prefix, format, ap);
	va_end(ap);
	if (r >= 0) {
		if (err->message && asprintf(&joined, "%s: %s", prefix, err->message) >= 0) {
			free(err->message);
			err->message = joined;
		}
		free(prefix);
	}
	return err->code ? -err->code : -EIO;
}

int err_hint(struct masu_error *err, const char *format, ...)
{
	char *hint;
	va_list ap;

	if (!err)
		return -EIO;
	va_start(ap, format);
	if (vasprintf(&hint, format, ap) < 0)
		hint = NULL;
	va_end(ap);
	free(err->hint);
	err->hint = hint;
	return err->code ? -err->code : -EIO;
}

int err_move(struct masu_error *to, struct masu_error *from)
{
	int code = from->code ? from->code : EIO;

	if (!to) {
		err_done(from);
		return -code;
	}
	err_done(to);
	*to = *from;
	*from = ERR_INIT;
	return -code;
}

int err_exit_status(const struct masu_error *err)
{
	switch (err->kind) {
	case ERR_NO_COMMAND:
		return 127;
	case ERR_NOT_EXECUTABLE:
		return 126;
	case ERR_SIGNAL:
		return 128 + err->signal;
	default:
		return 125;
	}
}
