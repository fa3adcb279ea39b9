/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The id maps of a user namespace (user_namespaces(7)). newuidmap(1) and newgidmap(1), run side by side, write them for
 * an ordinary user with sub-ids. A caller with the capabilities writes them directly, and every caller a map of its
 * own single id.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct id_range {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

/* The kernel's own limit on lines of a map. */
#define IDMAP_RANGES_MAX 340

struct idmap {
	bool userns; /* false: no user namespace is made, and ids are the host's (root) */
	struct id_range *uids;
	size_t n_uids;
	struct id_range *gids;
	size_t n_gids;
	bool lent; /* the ids of files, for a user whose processes get lent ids (lent-ids.h) */
};

void idmap_done(struct idmap *map);
#define _cleanup_idmap_ _cleanup_(idmap_done)

/* Appends a range. 0, -E2BIG over IDMAP_RANGES_MAX, -EINVAL for overlap or overflow, -ENOMEM. */
int idmap_add(struct id_range **ranges, size_t *n, struct id_range range);

/* The number of ids in the ranges. */
uint64_t idmap_count(const struct id_range *ranges, size_t n);

/* A copy, to be released. 0 or -ENOMEM. */
int idmap_copy(const struct idmap *map, struct idmap *ret);

/*
 * The map in the ids of a user namespace with the map `held`. Each of its ranges must lie in one range of that: the kernel
 * accepts no other. 0, -ENOENT if one does not, -ENOMEM.
 */
int idmap_translate(const struct idmap *map, const struct idmap *held, struct idmap *ret);

/* The maps of the user namespace of a process, in the ids of the caller's. 0 or -errno. */
int idmap_read(pid_t pid, struct idmap *ret);

/* The host's id for one inside. 0 or -ENOENT if it is not mapped. */
int idmap_to_host(const struct id_range *ranges, size_t n, uint32_t inside, uint32_t *ret);

/* The reverse. */
int idmap_to_inside(const struct id_range *ranges, size_t n, uint32_t outside, uint32_t *ret);

/* Does it map the caller's user and group id? */
bool idmap_has_caller(const struct idmap *map);

/* Is root of the namespace the caller on the host? */
bool idmap_root_is_caller(const struct idmap *map);

/* May this process make mounts and namespaces without a user namespace of its own? */
bool idmap_caller_is_privileged(void);

/* The same, and not only in a user namespace (a container, podman's own). */
bool idmap_caller_is_host_root(void);

/* Does an ordinary user need newuidmap and newgidmap for it? */
bool idmap_needs_helpers(const struct idmap *map);

/* A map that is being written. */
struct idmap_helper {
	pid_t pid; /* 0 if the map was written directly */
	int stderr_fd;
};
struct idmap_job {
	struct idmap_helper uids, gids;
};
#define IDMAP_JOB_INIT ((struct idmap_job){.uids.stderr_fd = -1, .gids.stderr_fd = -1})

/* Starts to map process `pid`, whose user namespace has no map yet. */
int idmap_write_begin(const struct idmap *map, pid_t pid, struct idmap_job *ret,
		      struct masu_error *err);

/* Waits for the end of the helpers. To be called once after every begin. */
int idmap_write_finish(struct idmap_job *job, struct masu_error *err);
