/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * state.json: a container whose init exists, as its state directory records it (state-dir.h).
 *
 * No process keeps a status up to date. It is derived each time from facts that cannot be stale:
 * state.json names init by pid, start time and boot, and the kernel answers for the rest.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "cgroup/frozen.h"
#include "oci/fields-pack.h"
#include "oci/map.h"
#include "oci/state.h"

struct container_state {
	char *id, *bundle, *rootfs, *boot_id, *version;
	char *user; /* the default user of an exec, as container_plan has it; NULL: config.json's */
	pid_t pid;
	uint64_t start_time;
	int64_t created_ns;
	char *cgroup; /* for cgroup_open(), or NULL */
	uint32_t cgroup_flags;
	bool no_keyring;       /* the caller's session keyring was kept */
	bool keyring_optional; /* or it may have been, for lack of a key */
	bool default_seccomp;  /* the filter is that of the default profile, not of config.json */
	bool poststop;	       /* config.json has poststop hooks */
	bool resctrl;	       /* config.json has linux.intelRdt */
	bool supervised;       /* by a process that deletes the container when it ends */
	bool by_run; /* init starts by itself: until it has executed the command it is CREATING */
	struct oci_map annotations;
};
void container_state_done(struct container_state *s);
#define _cleanup_container_state_ _cleanup_(container_state_done)

/*
 * Writes the state in two steps: the slow part, while init still works, and a rename that makes it
 * count. The boot id is filled in.
 */
int container_state_draft(int dirfd, const struct container_state *s, struct masu_error *err);
int container_state_publish(int dirfd, struct masu_error *err);

/* Removes the state, or a draft of it, and the socket for the start. A state that stays names a process that is gone. */
void container_state_remove(int dirfd);

/* ENOENT if it does not exist, or only as a draft; EBADMSG for a malformed one. */
int container_state_read(int dirfd, struct container_state *ret, struct masu_error *err);

/* For a cache (oci/fields-pack.h). The caller frees the members, also after a failure. */
void container_state_pack(const struct container_state *s, struct strbuf *b);
void container_state_pack_version(struct strbuf *b);
void container_state_unpack(struct unpack *u, struct container_state *ret);

/* Is it of this boot? Otherwise its pid and its cgroup are of no process that exists. 1, 0 or -errno. */
int container_state_is_current(const struct container_state *s);

/*
 * The status, and a pidfd of init while that lives (else -1). 0, or the -errno of a lack of memory or descriptors: a
 * container must not be taken for a stopped one because of that. No process may enter a CREATING
 * container: its init may still hold files and network of the host, and has all privileges.
 */
int container_status(int dirfd, const struct container_state *s, enum oci_status *ret,
		     int *ret_pidfd);

/* The same of a state of this boot. */
int container_status_current(int dirfd, const struct container_state *s, enum oci_status *ret,
			     int *ret_pidfd);

/*
 * For lists of many, of a state of this boot: does init live, and is the container not paused? 1, 0 or -errno. It costs a
 * fifth of container_status(), which tells the rest.
 */
int container_state_runs(const struct container_state *s, struct freezers *freezers);

/* Opens the cgroup. ERR_UNSUPPORTED if the container has none; ENOENT after it was removed. */
int container_state_cgroup(const struct container_state *s, struct cgroup **ret,
			   struct masu_error *err);
