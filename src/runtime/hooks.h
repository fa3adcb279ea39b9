/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci/spec.h"
#include "oci/state.h"

/*
 * Runs all hooks of a kind in their order, each with the OCI state on its standard input and the
 * environment that config.json gives it and no other (runtime-spec, config.md "POSIX-platform
 * Hooks"): nothing of the image's reaches one. Stops at the first that fails or takes longer than
 * its timeout, and says which. Its stderr is part of the error, unless it goes to one of `streams`.
 */
int hooks_run(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state,
	      const int streams[2], struct err *err);

/*
 * Opens the files that annotations name for the standard output and the standard error of hooks;
 * -1 for one that they don't.
 */
int hooks_open_streams(const struct oci_spec *spec, int ret[2], struct err *err);

/* Runs them with those streams: for hooks of the host's side. */
int hooks_run_here(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state,
		   struct err *err);

/* The state that a hook reads, as text that the caller frees. */
int hooks_state(const struct oci_spec *spec, const char *id, const char *bundle,
		enum oci_status status, pid_t pid, char **ret, struct err *err);

/*
 * Those of a container that is being created whose turn is on the host's side: prestart and
 * createRuntime. `ret_state` is what they read, and those of the container's side are to read.
 */
int hooks_run_creating(const struct oci_spec *spec, const char *id, const char *bundle, pid_t init,
		       char **ret_state, struct err *err);

/* The same state with another status and pid, which is another in the container's namespace. */
int hooks_state_change(const char *state, enum oci_status status, pid_t pid, char **ret,
		       struct err *err);

/*
 * The poststop hooks of a container that is gone, all of them: the specification has failures
 * logged as warnings, and nothing else comes of them. So this one logs.
 */
void hooks_run_poststop(const struct oci_spec *spec, const char *id, const char *bundle);
