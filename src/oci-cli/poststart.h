/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "oci/spec.h"

/*
 * Runs the poststart hooks of a container that has just been started. When one fails the container
 * is to be stopped (runtime-spec 1.2.1, runtime.md "Lifecycle", step 9); that is the caller's.
 */
int poststart_run(const struct oci_spec *spec, const char *id, const char *bundle, pid_t pid,
		  struct err *err);
