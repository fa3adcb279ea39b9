/* SPDX-License-Identifier: Apache-2.0 */

/* The error objects of masu.h, which are the errors of the whole tree. */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "masu.h"

static_assert((int)MASU_ERROR_INVALID == ERR_INVALID &&
		      (int)MASU_ERROR_NOT_FOUND == ERR_NOT_FOUND &&
		      (int)MASU_ERROR_CONFLICT == ERR_CONFLICT &&
		      (int)MASU_ERROR_UNSUPPORTED == ERR_UNSUPPORTED &&
		      (int)MASU_ERROR_DENIED == ERR_DENIED &&
		      (int)MASU_ERROR_UNAVAILABLE == ERR_UNAVAILABLE &&
		      (int)MASU_ERROR_NO_SPACE == ERR_NO_SPACE &&
		      (int)MASU_ERROR_NOT_EXECUTABLE == ERR_NOT_EXECUTABLE &&
		      (int)MASU_ERROR_NO_COMMAND == ERR_NO_COMMAND &&
		      (int)MASU_ERROR_CANCELED == ERR_SIGNAL && (int)ERR_SIGNAL + 1 == ERR_KIND_MAX,
	      "masu.h and err.h differ in a kind");

int masu_error_new(masu_error **ret)
{
	struct masu_error *err = calloc(1, sizeof(*err));

	if (!err)
		return -ENOMEM;
	*ret = err;
	return 0;
}

void masu_error_free(masu_error *error)
{
	err_done(error);
	free(error);
}

enum masu_error_kind masu_error_get_kind(const masu_error *error)
{
	return (enum masu_error_kind)error->kind;
}

int masu_error_get_errno(const masu_error *error)
{
	return error->code;
}

const char *masu_error_get_message(const masu_error *error)
{
	return error->message ? error->message : strerror(error->code);
}

const char *masu_error_get_hint(const masu_error *error)
{
	return error->hint;
}
