/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The agent that decides about system calls which the filter notifies (SCMP_ACT_NOTIFY): it listens
 * on linux.seccomp.listenerPath and gets the filter's descriptor with the container process state
 * (runtime-spec, config-linux.md). See runtime/init/filter.c for how the descriptor gets out.
 */

#include "base/channel.h"
#include "oci/spec.h"

/* The agent's socket: linux.seccomp's or an annotation's path; NULL without one. */
const char *listener_path(const struct oci_spec *spec);

/* ERR_INVALID for a filter that notifies without an agent. */
int listener_check(const struct oci_spec *spec, const struct seccomp_filter *filter,
		   struct masu_error *err);

/*
 * The payload of INIT_LISTENER: path and document, from the container's state.
 */
int listener_message(const struct oci_spec *spec, const char *state, char **ret, size_t *ret_size,
		     struct masu_error *err);

/*
 * Sends the descriptor and the payload of an INIT_LISTENER of the process `pid` (0: the container's
 * init) to the agent, by a connection of its own, and answers the sender.
 */
int listener_deliver(int channel, const struct channel_message *m, pid_t pid,
		     struct masu_error *err);
