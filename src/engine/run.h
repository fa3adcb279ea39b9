/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Running a made container, with its launcher as supervisor: this process in the foreground, or a
 * child of it that becomes masu-monitor.
 */

#include <stdbool.h>

#include "engine/create.h"

/*
 * Starts the container with the caller's standard streams and waits for its end, which is recorded;
 * a container made with auto_remove is gone then. Signals to this process are sent on to the
 * container; without `sig_proxy` they end it. `ret_status` is 0 to 255, 128 and more for a signal.
 *
 * On failure the made container is left as it was.
 */
int engine_run_foreground(struct engine *e, struct made *m, bool sig_proxy, int *ret_status,
			  struct err *err);

/* Starts the container and returns when it runs. The process must have one thread. */
int engine_run_detached(struct engine *e, struct made *m, struct err *err);
