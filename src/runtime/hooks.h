/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci/spec.h"
#include "oci/state.h"

/* The surroundings of hooks. */
struct hook_context {
	char *state;	  /* the OCI state, for standard input; owned */
	int streams[2];	  /* standard output and standard error, or -1; owned */
	const char *dir;  /* the working directory; NULL: the caller's */
	char *const *env; /* the environment of a hook to which config.json gives none */
};
#define HOOK_CONTEXT_INIT ((struct hook_context){.streams = {-1, -1}})
void hook_context_done(struct hook_context *context);
#define _cleanup_hook_context_ _cleanup_(hook_context_done)

/* Opens the files that annotations name for the output of hooks. */
int hook_context_open(struct hook_context *context, const struct oci_spec *spec,
		      struct masu_error *err);

/*
 * Runs all hooks of a kind in their order (runtime-spec, config.md "POSIX-platform Hooks"). Stops at the first
 * that fails or exceeds its timeout, and names it. Its stderr is part of the error, unless it goes to one of the
 * streams.
 *
 * A hook that runs on the host never gets the environment of process.env: the image may have written it, and
 * LD_PRELOAD there would run the image's code on the host.
 */
int hooks_run(const struct oci_spec *spec, enum oci_hook_kind kind,
	      const struct hook_context *context, struct masu_error *err);

/*
 * The state that a hook reads, as text that the caller frees. Version and annotations come from the spec, not
 * from `state`.
 */
int hooks_state(const struct oci_spec *spec, const struct oci_state *state, char **ret,
		struct masu_error *err);

/* Replaces status and pid in the text of a state: in the container's namespace the pid is another. */
int hooks_state_change(char **state, enum oci_status status, pid_t pid, struct masu_error *err);

/*
 * Runs the hooks of a container that is being created on the host's side: prestart and createRuntime.
 * `ret_state` is the state that the hooks of the container's side start from.
 */
int hooks_run_creating(const struct oci_spec *spec, const char *id, const char *bundle, pid_t init,
		       char **ret_state, struct masu_error *err);

/*
 * Runs the poststart hooks of a container that has just been started. The caller stops a container whose hook
 * failed (runtime-spec 1.2.1, runtime.md, "Lifecycle", step 9).
 */
int hooks_run_poststart(const struct oci_spec *spec, const char *id, const char *bundle, pid_t init,
			struct masu_error *err);

/*
 * Runs all poststop hooks of a container that is gone. The specification wants failures logged as warnings,
 * without any other effect: so this function logs.
 */
void hooks_run_poststop(const struct oci_spec *spec, const char *id, const char *bundle);
