/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What clang's analyzer can't see across files, told to it by tests/check/tidy, which includes this
 * before everything else: errno is positive after a failure, and setting an error never returns 0.
 * Without it each "return -errno" looks like a possible success with the outputs unset.
 */

#include <errno.h>

#include "base/err.h"

static inline int *model_errno(void)
{
	int *location = __errno_location();

	__builtin_assume(*location > 0);
	return location;
}
#undef errno
#define errno (*model_errno())

static inline int model_failure(int r)
{
	__builtin_assume(r < 0);
	return r;
}
#define err_set(...)	model_failure(err_set(__VA_ARGS__))
#define err_sys(...)	model_failure(err_sys(__VA_ARGS__))
#define err_prefix(...) model_failure(err_prefix(__VA_ARGS__))
#define err_hint(...)	model_failure(err_hint(__VA_ARGS__))
#define err_move(...)	model_failure(err_move(__VA_ARGS__))
