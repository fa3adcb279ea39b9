/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "runtime/exec.h"

/*
 * Makes spec->process, which must be there, the process that exec executes. A document is completed from the container's own
 * process in what it leaves out. EINVAL for invalid options.
 */
int exec_process_set(struct oci_spec *spec, const struct exec_options *o, struct masu_error *err);
