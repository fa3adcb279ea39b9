/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Facts that clang's analyzer cannot see across files. tests/check/tidy includes this header
 * before everything else: errno is positive after a failure, and setting an error never returns 0.
 * Without it each "return -errno" looks like a possible success with the outputs unset.
 */

#include <errno.h>

#include "base/err.h"

/*
 * Any of those that code here tells apart, else EIO: concrete values, because clang 14 knows
 * nothing about the negative of an unknown one. No function, since it inlines only so deep.
 */
#undef errno
#define errno                                           \
	(*({                                            \
		int *model_errno_ = __errno_location(); \
		switch (*model_errno_) {                \
		case ENOENT:                            \
		case EEXIST:                            \
		case EINTR:                             \
		case EAGAIN:                            \
		case EPERM:                             \
			break;                          \
		default:                                \
			*model_errno_ = EIO;            \
		}                                       \
		model_errno_;                           \
	}))

static inline int model_failure(int r)
{
	__builtin_assume(r < 0);
	return r;
}
#define err_set(...)	model_failure(err_set(__VA_ARGS__))
#define err_sys(...)	model_failure(err_sys(__VA_ARGS__))
#define err_oom(...)	model_failure(err_oom(__VA_ARGS__))
#define err_prefix(...) model_failure(err_prefix(__VA_ARGS__))
#define err_hint(...)	model_failure(err_hint(__VA_ARGS__))
#define err_move(...)	model_failure(err_move(__VA_ARGS__))
