/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The agent that decides about system calls which the filter notifies (SCMP_ACT_NOTIFY): it listens
 * on linux.seccomp.listenerPath and gets the filter's descriptor with the container process state
 * (runtime-spec, config-linux.md). See runtime/init/filter.c for how the descriptor gets out.
 */

#include "base/channel.h"
#include "oci/spec.h"

/* Where the agent listens: linux.seccomp's or an annotation's path; NULL: nowhere. */
const char *listener_path(const struct oci_spec *spec);

/* ERR_INVALID for a filter that notifies without anybody to be told. */
int listener_check(const struct oci_spec *spec, const struct seccomp_filter *filter,
		   struct err *err);

/*
 * What goes with the descriptor in INIT_LISTENER: path and document, given the container's state.
 */
int listener_message(const struct oci_spec *spec, const char *state, char **ret, size_t *ret_size,
		     struct err *err);

/*
 * Hands over to the agent what arrived in an INIT_LISTENER of the process `pid` (0: the container's
 * init), one connection for each, and tells the sender.
 */
int listener_deliver(int channel, const struct channel_message *m, pid_t pid, struct err *err);
