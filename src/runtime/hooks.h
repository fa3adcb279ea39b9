/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci/spec.h"
#include "oci/state.h"

/* Where the hooks of a kind run. */
struct hook_context {
	const char *state; /* the OCI state, for standard input */
	const char *dir;   /* the working directory; NULL to share the caller's */
	char *const *env;  /* the environment of a hook to which config.json gives none */
	int streams[2];	   /* standard output and standard error, or -1: hooks_open_streams() */
};

/*
 * Runs all hooks of a kind in their order (runtime-spec, config.md "POSIX-platform Hooks"). Stops at
 * the first that fails or takes longer than its timeout, and says which. Its stderr is part of the
 * error, unless it goes to one of the streams.
 *
 * A hook that runs on the host never gets the environment of process.env: the image may have written
 * it, and LD_PRELOAD there would run the image's code on the host.
 */
int hooks_run(const struct oci_spec *spec, enum oci_hook_kind kind,
	      const struct hook_context *context, struct err *err);

/*
 * Opens the files that annotations name for the standard output and the standard error of hooks;
 * -1 for one that they don't.
 */
int hooks_open_streams(const struct oci_spec *spec, int ret[2], struct err *err);

/* The state that a hook reads, as text that the caller frees. */
int hooks_state(const struct oci_spec *spec, const char *id, const char *bundle,
		enum oci_status status, pid_t pid, char **ret, struct err *err);

/*
 * Those of a container that is being created whose turn is on the host's side: prestart and
 * createRuntime. `ret_state` is what they read, and those of the container's side are to read.
 */
int hooks_run_creating(const struct oci_spec *spec, const char *id, const char *bundle, pid_t init,
		       char **ret_state, struct err *err);

/*
 * The poststart hooks of a container that has just been started. The caller stops a container whose hook
 * failed (runtime-spec 1.2.1, runtime.md, "Lifecycle", step 9).
 */
int hooks_run_poststart(const struct oci_spec *spec, const char *id, const char *bundle, pid_t init,
			struct err *err);

/* The same state with another status and pid, which is another in the container's namespace. */
int hooks_state_change(const char *state, enum oci_status status, pid_t pid, char **ret,
		       struct err *err);

/*
 * The poststop hooks of a container that is gone, all of them: the specification has failures
 * logged as warnings, and nothing else comes of them. So this one logs.
 */
void hooks_run_poststop(const struct oci_spec *spec, const char *id, const char *bundle);
