/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a bundle to a container: what create and run have in common. */

#include "oci-cli/bundle.h"
#include "runtime/container.h"

struct checkpoint;

struct launch {
	const struct oci_options *options;
	const char *id;
	char *root;   /* of the states */
	char *bundle; /* absolute */
	char *rootfs; /* absolute, or NULL */
	char *config; /* the text of its config.json */
	int dirfd;    /* ROOT/ID */
	struct oci_spec *spec;
	const struct checkpoint *images; /* what it is restored from; NULL: it is new */

	struct container_plan plan;
	struct container container;
	struct idmap idmap;
	struct seccomp_filter filter;
	struct cgroup_plan cgroup;
	char *slice, *scope, *description, *record_link;
	struct unit_properties properties; /* of the scope, by annotations */
	int listener;
	int console_socket, pidfd_socket; /* connected, or -1 */
	int readiness;			  /* where the container says that it is ready, or -1 */
};
#define LAUNCH_INIT                            \
	((struct launch){.dirfd = -1,          \
			 .listener = -1,       \
			 .console_socket = -1, \
			 .pidfd_socket = -1,   \
			 .readiness = -1,      \
			 .container = CONTAINER_INIT})
void launch_done(struct launch *l);
#define _cleanup_launch_ _cleanup_(launch_done)

/* Reads the bundle and makes the plan and ROOT/ID. */
int launch_prepare(struct launch *l, const struct oci_options *options, const char *id,
		   struct err *err);

/*
 * Makes the container up to its exec and its state.json, hands its terminal over and writes the pid
 * file. With `listen` anybody can start it later. On failure ROOT/ID is gone again.
 */
int launch_create(struct launch *l, bool listen, struct err *err);

/* After init's end, when nobody else is to delete the container. */
int launch_end(struct launch *l, struct err *err);

/*
 * launch_create(), and the start of what isn't restored: it runs when this returns, with --detach; else
 * until its end, and the result is its exit status.
 */
int launch_run(struct launch *l, struct err *err);

/* Undoes launch_create(). */
void launch_abort(struct launch *l);

/*
 * The part about the cgroup, by --cgroup-manager, linux.cgroupsPath and the annotations; and, when
 * ROOT is known, the link in ROOT/ID that names it before state.json is there.
 */
int launch_plan_cgroup(struct launch *l, struct err *err);
int launch_plan_record(struct launch *l, struct err *err);
