/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a bundle to a container: create, run and restore of masu-oci. */

#include "cgroup/manager.h"
#include "runtime/bundle.h"
#include "runtime/checkpoint.h"
#include "runtime/handover.h"

/* All is borrowed. */
struct run_options {
	const char *root, *id;		 /* the state directory */
	struct bundle *bundle;		 /* a mount and a variable may be added to its spec */
	const struct checkpoint *images; /* to restore from; NULL: a new container */
	struct handover handover;

	enum cgroup_manager manager;
	enum cgroup_lack lack;

	int n_listen_fds, n_preserve_fds; /* as container_plan has them */
	bool no_pivot, no_new_keyring;
	bool detach; /* return when it runs; otherwise supervise it to its end ... */
	bool keep;   /* ... and do not delete it then */
};

/* Creates the container, which instance_start() starts. After a failure nothing is left of it. */
int run_create(const struct run_options *o, struct masu_error *err);

/*
 * Creates and starts it, or restores it. With `detach` 0 when it runs; otherwise its exit status, 0 to
 * 255, with standard streams, terminal and signals of the caller connected to it meanwhile.
 */
int run_container(const struct run_options *o, struct masu_error *err);
