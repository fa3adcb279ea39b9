/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The moments at which the supervisor of a running container acts: the next health check, and the end of its time.
 *
 * Theory: one timerfd stands for the earlier of the two. A check is a child, "PROGRAM container-check ID", which does all
 * that needs the engine, and whose exit status tells the interval until the next one. While a check runs, no other is
 * planned, so checks never pile up. The child dies with the supervisor, and before the end of the container is recorded.
 * A container without a check and a timeout has no timer.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TIMER_CHECK_COMMAND "container-check"

/* Exit status of the check command: the next check follows after the start interval. All others: after the interval. */
#define TIMER_CHECK_SOON 1

/* Zeroed: none of it. */
struct timer_plan {
	const char *program, *id; /* of the check */
	int interval_ms, soon_ms; /* 0: no check */
	bool begins_soon;	  /* the first check comes after soon_ms */
	int timeout_s;		  /* 0: the container has no limit */
};

struct timer {
	struct timer_plan plan; /* borrowed */
	int fd;			/* polls as readable when timer_expire() is due, or -1 */
	int64_t check_ns;	/* CLOCK_MONOTONIC; 0: none is planned */
	int64_t end_ns;		/* the same */
	pid_t checker;		/* 0: no check runs */
};
#define TIMER_INIT ((struct timer){.fd = -1})

/* Starts to count. 0 or -errno; without a plan it does nothing. */
int timer_start(struct timer *t, const struct timer_plan *plan);

/* Starts a check if one is due. True once, when the container's time is over. */
bool timer_expire(struct timer *t);

/* Plans the next check if the child was the last one. False for another child. */
bool timer_take(struct timer *t, pid_t pid, int status);

/* The same without the caller's waitpid(2): reaps the check if it has ended. */
void timer_reap(struct timer *t);

/* Kills and reaps a check that runs, and closes the timer. */
void timer_stop(struct timer *t);
