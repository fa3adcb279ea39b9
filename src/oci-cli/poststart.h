/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "oci/spec.h"

/*
 * Runs the poststart hooks of a container that has just been started. The specification wants their
 * failures to be logged, and the container to go on.
 */
void poststart_run(const struct oci_spec *spec, const char *id, const char *bundle, pid_t pid);
