/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The limits of a container: `linux.resources` of the OCI runtime specification, in the terms of cgroup v1, checked
 * and translated to the files of cgroup v1 or v2. Device rules are in cgroup/devices.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "oci/spec.h"

#define CGROUP_CPU_PERIOD_DEFAULT 100000
#define CGROUP_SHARES_MIN	  2
#define CGROUP_SHARES_MAX	  262144
#define CGROUP_FILE_SWAP	  "memory.swap.max"
#define CGROUP_V1_FILE_SWAP	  "memory.memsw.limit_in_bytes"

/* Is any limit set? */
bool cgroup_limits_any(const struct oci_resources *limits);

/* Checks that are the same for v1 and v2: ranges, and contradicting limits. ERR_INVALID. */
int cgroup_limits_check(const struct oci_resources *limits, struct masu_error *err);

/* A limit of huge pages to 0 needs no controller if the host has none of that size. */
bool cgroup_host_has_hugepages(const char *page_size);

struct cgroup;

/*
 * Writes them into a container's groups, for a start or an update. An unlimited value needs no controller, nor does a
 * limit of swap on a host without swap.
 */
int cgroup_limits_apply(const struct cgroup *cg, const struct oci_resources *limits,
			struct masu_error *err);

/* Limits translated to the files of a cgroup and what to write to them. */

enum setting_flags {
	SETTING_UNLIMITED = 1 << 0, /* holds also where the file doesn't exist */
	SETTING_OPTIONAL = 1 << 1,  /* further, where the kernel has it; another setting binds */
	SETTING_OR_NEXT = 1 << 2,   /* the next one is for kernels that don't have this one */
};

struct cgroup_setting {
	int controller; /* of v2: enum cgroup_controller; -1 for cgroup.* and unknown ones */
	const char *v1; /* of v1: the controller's name; NULL: this is for a v2 group */
	char *file;
	char *value;
	enum setting_flags flags;
};

struct cgroup_settings {
	struct cgroup_setting *item;
	size_t n, room;
	bool failed; /* memory ran out: later settings are missing */
};
void cgroup_settings_done(struct cgroup_settings *settings);
#define _cleanup_settings_ _cleanup_(cgroup_settings_done)

/* Each adds one, or sets `failed`. */
void settings_add(struct cgroup_settings *s, struct cgroup_setting like, const char *file,
		  const char *format, ...) _printf_(4, 5);

/* The number; a negative one is written as "max", v2's word for unlimited. */
void settings_add_number(struct cgroup_settings *s, int controller, const char *file,
			 int64_t value);

/* The setting of a v1 controller. */
#define SETTING_V1(name)  ((struct cgroup_setting){.controller = -1, .v1 = (name)})
#define SETTING_V2(which) ((struct cgroup_setting){.controller = (which)})

/* The v2 controllers (1 << CGROUP_...) that the settings need. */
unsigned cgroup_settings_controllers(const struct cgroup_settings *settings);
