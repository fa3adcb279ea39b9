/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci/spec.h"

/*
 * Runs all hooks of a kind in their order, each with the OCI state on its standard input and the
 * environment that config.json gives it and no other (runtime-spec, config.md "POSIX-platform
 * Hooks"): nothing of the image's reaches one. Stops at the first that fails or takes longer than
 * its timeout, and says which. Its stderr is part of the error.
 */
int hooks_run(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state,
	      struct err *err);

/* The state that a hook reads, as text that the caller frees. */
int hooks_state(const struct oci_spec *spec, const char *id, const char *bundle, bool created,
		pid_t pid, char **ret, struct err *err);
