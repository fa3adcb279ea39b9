/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* System calls that fail because the host lacks something, though it does not. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct fault {
	const char *name; /* of the errno */
	int error;
	/* Whether the call, on whose entry the process stands, can fail for this reason. */
	bool (*fits)(pid_t pid, uint64_t number, const uint64_t args[6]);
};

/* NULL: no such fault, or not on this architecture. */
const struct fault *fault_find(const char *name);

/* On the entry of a call: it will have no effect. On its exit: it has failed. Both return -1 with errno. */
int fault_begin(const struct fault *fault, pid_t pid);
int fault_end(const struct fault *fault, pid_t pid);
