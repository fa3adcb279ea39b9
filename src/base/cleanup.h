/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ownership by scope. A variable with one of these attributes releases its memory or descriptor at the end of its scope.
 * TAKE_PTR and TAKE_FD hand it to a new owner.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f)   __attribute__((__cleanup__(f)))
#define _printf_(a, b) __attribute__((__format__(__printf__, a, b)))
#define _noreturn_     __attribute__((__noreturn__))
#define _sentinel_     __attribute__((__sentinel__))

#define ARRAY_SIZE(x)  (sizeof(x) / sizeof((x)[0]))

/* Each argument is evaluated once. One may have another of these macros in it. */
#define MIN(a, b)		    EXTREME(<, a, b, __COUNTER__)
#define MAX(a, b)		    EXTREME(>, a, b, __COUNTER__)
#define EXTREME(is_better, a, b, n) EXTREME_BY(is_better, a, b, n)
#define EXTREME_BY(is_better, a, b, n)                                             \
	({                                                                         \
		const __typeof__(a) extreme_a##n = (a);                            \
		const __typeof__(b) extreme_b##n = (b);                            \
		extreme_a##n is_better extreme_b##n ? extreme_a##n : extreme_b##n; \
	})

#define TAKE(var, null)                               \
	({                                            \
		__typeof__(var) *taken_from = &(var); \
		__typeof__(var) taken = *taken_from;  \
		*taken_from = (null);                 \
		taken;                                \
	})
#define TAKE_PTR(ptr) TAKE(ptr, NULL)
#define TAKE_FD(fd)   TAKE(fd, -1)

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* writers check fsync(2), if it matters */
}

static inline void fclosep(FILE **f)
{
	if (*f)
		(void)fclose(*f); /* writers check fflush themselves */
}

static inline void closedirp(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

/* NAME_freep(), for _cleanup_, of a struct NAME that NAME_free() releases. */
#define DEFINE_FREEP(name)                                   \
	static inline void name##_freep(struct name **owned) \
	{                                                    \
		name##_free(*owned);                         \
	}

#define _cleanup_free_	   _cleanup_(freep)
#define _cleanup_close_	   _cleanup_(closep)
#define _cleanup_fclose_   _cleanup_(fclosep)
#define _cleanup_closedir_ _cleanup_(closedirp)
