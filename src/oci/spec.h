/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The OCI runtime specification's config.json, version 1.3, as C structs.
 *
 * A zeroed member is an absent one; where zero means something there is a has_ member beside it.
 * All strings and arrays belong to the spec and are freed by oci_spec_free(). Members of "linux"
 * are members of struct oci_spec itself. Members of the specification that masu does not implement
 * are checked for their form and recorded by name in `unsupported`, for the runtime to refuse:
 * nothing is silently ignored. Keys that the specification does not have are ignored, as it demands.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "linux/caps.h"
#include "linux/rlimit.h"
#include "linux/schedule.h"
#include "oci/map.h"
#include "seccomp/filter.h"

#define OCI_VERSION	  "1.3.0"
#define OCI_SPEC_SIZE_MAX (16u << 20)

/* A range of ids: those of the container from container_id on are the host's from host_id on. */
struct oci_id_map {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

/* Appends them to a map as it is written to the kernel. Fails as idmap_add() does (linux/idmap.h). */
struct id_range;
int oci_id_map_ranges(const struct oci_id_map *list, size_t n, struct id_range **ranges,
		      size_t *n_ranges);

struct oci_user {
	uid_t uid;
	gid_t gid;
	bool has_umask;
	mode_t umask;
	gid_t *additional_gids;
	size_t n_additional_gids;
};

struct oci_process {
	bool terminal;
	unsigned int console_height; /* both 0: not given */
	unsigned int console_width;
	struct oci_user user;
	char **args;	       /* NULL where nothing is to be executed */
	char **env;	       /* each name once, as the last entry of the document has it */
	char *cwd;	       /* absolute, always there */
	bool has_capabilities; /* false: the process gets none */
	struct caps_sets capabilities;
	char **unknown_capabilities; /* names without a number: to be warned about, not refused */
	struct rlimit_setting *rlimits;
	size_t n_rlimits;
	bool no_new_privileges;
	bool has_oom_score_adj;
	int oom_score_adj;
	char *apparmor_profile;
	char *selinux_label;
	bool has_scheduler;
	struct schedule scheduler;
	bool has_io_priority;
	struct io_priority io_priority;
	char *exec_cpus_initial; /* lists of processors for those that join the container: */
	char *exec_cpus_final;	 /* until they are in its cgroup, and then */
};

struct oci_root {
	char *path; /* as written: relative to the bundle, or absolute */
	bool readonly;
};

struct oci_mount {
	char *destination; /* absolute and normal; a relative one (1.0 allowed it) was made so */
	char *type;
	char *source;
	char **options; /* as written */
	struct oci_id_map *uid_mappings;
	size_t n_uid_mappings;
	struct oci_id_map *gid_mappings;
	size_t n_gid_mappings;
};

struct oci_hook {
	char *path; /* absolute */
	char **args;
	char **env;
	unsigned int timeout; /* seconds; 0: none */
};

enum oci_hook_kind {
	OCI_HOOK_PRESTART,
	OCI_HOOK_CREATE_RUNTIME,
	OCI_HOOK_CREATE_CONTAINER,
	OCI_HOOK_START_CONTAINER,
	OCI_HOOK_POSTSTART,
	OCI_HOOK_POSTSTOP,
	OCI_HOOK_MAX
};
const char *oci_hook_kind_name(enum oci_hook_kind kind); /* "createRuntime" */

struct oci_hooks {
	struct oci_hook *list;
	size_t n;
};

enum oci_namespace_type {
	OCI_NS_PID,
	OCI_NS_NETWORK,
	OCI_NS_MOUNT,
	OCI_NS_IPC,
	OCI_NS_UTS,
	OCI_NS_USER,
	OCI_NS_CGROUP,
	OCI_NS_TIME,
	OCI_NS_MAX
};
const char *oci_namespace_name(enum oci_namespace_type type); /* "network" */
int oci_namespace_flag(enum oci_namespace_type type);	      /* CLONE_NEWNET */

struct oci_namespace {
	bool wanted;
	char *path; /* to join; NULL: a new one */
};

static inline bool oci_namespace_is_new(const struct oci_namespace *ns)
{
	return ns->wanted && !ns->path;
}

struct oci_device {
	char type;  /* c, u (the same), b or p */
	char *path; /* absolute and normal */
	int64_t major;
	int64_t minor;
	bool has_file_mode;
	mode_t file_mode;
	uid_t uid;
	gid_t gid;
};

#define OCI_DEVICE_ANY (-1) /* a major or minor that matches all */

/* A rule of the device controller; later ones win over earlier ones. */
struct oci_device_rule {
	bool allow;
	char type; /* a, b, c */
	int64_t major;
	int64_t minor;
	char access[4]; /* of r, w, m; empty stands for all */
};

struct oci_memory {
	int64_t limit; /* bytes; -1 unlimited; 0 not given; so for all of these */
	int64_t reservation;
	int64_t swap; /* memory and swap together */
	int64_t kernel;
	int64_t kernel_tcp;
	bool has_swappiness;
	uint64_t swappiness;
	bool disable_oom_killer;
	bool use_hierarchy;
	bool check_before_update;
};

struct oci_cpu {
	uint64_t shares;
	int64_t quota; /* microseconds a period; -1 unlimited */
	bool has_burst;
	uint64_t burst; /* 0 resets it */
	uint64_t period;
	int64_t realtime_runtime;
	uint64_t realtime_period;
	char *cpus;
	char *mems;
	bool has_idle;
	int64_t idle;
};

/* In all of these a weight, rate or id of 0 is an absent one. */
struct oci_weight_device {
	int64_t major;
	int64_t minor;
	uint16_t weight;
	uint16_t leaf_weight;
};

struct oci_throttle_device {
	int64_t major;
	int64_t minor;
	uint64_t rate; /* bytes or operations a second */
};

enum oci_throttle {
	OCI_THROTTLE_READ_BPS,
	OCI_THROTTLE_WRITE_BPS,
	OCI_THROTTLE_READ_IOPS,
	OCI_THROTTLE_WRITE_IOPS,
	OCI_THROTTLE_MAX
};
const char *oci_throttle_key(enum oci_throttle kind); /* "throttleReadBpsDevice" */

struct oci_block_io {
	uint16_t weight;
	uint16_t leaf_weight;
	struct oci_weight_device *weights;
	size_t n_weights;
	struct {
		struct oci_throttle_device *list;
		size_t n;
	} throttle[OCI_THROTTLE_MAX];
};

struct oci_hugepage_limit {
	char *page_size; /* "2MB" */
	uint64_t limit;	 /* bytes */
};

struct oci_priority {
	char *name; /* of a network interface */
	uint32_t priority;
};

struct oci_rdma_limit {
	char *device;
	bool has_handles;
	uint32_t handles;
	bool has_objects;
	uint32_t objects;
};

struct oci_resources {
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_block_io block_io;
	struct oci_hugepage_limit *hugepages;
	size_t n_hugepages;
	uint32_t class_id; /* of the network's packets */
	struct oci_priority *priorities;
	size_t n_priorities;
	struct oci_rdma_limit *rdma;
	size_t n_rdma;
	bool has_pids_limit;
	int64_t pids_limit; /* -1 unlimited; 0: no process but those that enter */
	struct oci_device_rule *devices;
	size_t n_devices;
	struct oci_map unified; /* names and values of cgroup v2 files */
};

struct oci_time_offset {
	bool wanted;
	int64_t secs;
	uint32_t nanosecs;
};

/* A device of the host's network, and its name in the container. */
struct oci_net_device {
	char *name;
	char *inside;
};

/* The container's share of caches and of memory bandwidth, by resctrl. */
struct oci_intel_rdt {
	bool wanted;
	char *clos_id;	 /* of a class that may be shared; "/": the root's; NULL: its own */
	char **schemata; /* lines; NULL: none */
	char *l3_cache_schema;
	char *mem_bw_schema;
	bool enable_monitoring;
};

struct oci_spec {
	char *version;
	struct oci_process *process; /* NULL: may be created but not started */
	struct oci_root root;	     /* root.path NULL: absent */
	char *hostname;
	char *domainname;
	struct oci_mount *mounts;
	size_t n_mounts;
	struct oci_map annotations;
	struct oci_hooks hooks[OCI_HOOK_MAX];

	struct oci_namespace namespaces[OCI_NS_MAX]; /* a mount namespace is always wanted */
	struct oci_id_map *uid_mappings;
	size_t n_uid_mappings;
	struct oci_id_map *gid_mappings;
	size_t n_gid_mappings;
	struct oci_time_offset boottime;
	struct oci_time_offset monotonic;
	struct oci_device *devices;
	size_t n_devices;
	struct oci_net_device *net_devices;
	size_t n_net_devices;
	char *cgroups_path;
	struct oci_resources resources;
	char *rootfs_propagation; /* private, shared, slave, unbindable, with r before it or not */
	struct seccomp_policy *seccomp; /* NULL: no filter */
	struct oci_map sysctl;
	char **masked_paths; /* absolute and normal */
	char **readonly_paths;
	char *mount_label;
	bool has_personality;
	unsigned long personality; /* PER_LINUX or PER_LINUX32 */
	bool has_memory_policy;
	struct memory_policy memory_policy;
	struct oci_intel_rdt intel_rdt;

	char **unsupported; /* "linux.personality.flags": see above */
};

void oci_spec_free(struct oci_spec *spec);
DEFINE_FREEP(oci_spec)
#define _cleanup_oci_spec_ _cleanup_(oci_spec_freep)

void oci_process_free(struct oci_process *process);
DEFINE_FREEP(oci_process)
#define _cleanup_oci_process_ _cleanup_(oci_process_freep)

/*
 * Reads a document and checks it against the specification. ERR_INVALID names the place
 * ("process.rlimits[2].type").
 */
int oci_spec_parse(struct json_object *o, struct oci_spec **ret, struct masu_error *err);

/* Reads BUNDLE/config.json. ERR_NOT_FOUND names the bundle. */
int oci_spec_read(int bundle_fd, const char *bundle, struct oci_spec **ret, struct masu_error *err);

/* The "process" object alone, as `exec --process FILE` has it. */
int oci_process_parse(struct json_object *o, struct oci_process **ret, char ***ret_unsupported,
		      struct masu_error *err);

/* The resources object alone, as `update --resources FILE` has it. */
int oci_resources_parse(struct json_object *o, struct oci_resources *ret, char ***ret_unsupported,
			struct masu_error *err);
void oci_resources_done(struct oci_resources *resources);

/*
 * Moves the values that `from` has into the limits; the replaced values are left in it. A list replaces the whole list.
 * 0 or -ENOMEM.
 */
int oci_resources_merge(struct oci_resources *into, struct oci_resources *from);

/* The resources object alone. */
int oci_resources_to_json(const struct oci_resources *resources, struct json_object **ret,
			  struct masu_error *err);

/* ERR_UNSUPPORTED naming the first unsupported member that the document has; 0 when none. */
int oci_spec_check_supported(const struct oci_spec *spec, struct masu_error *err);

/* The document of a spec; parsing it gives an equal spec, but for what isn't supported. */
int oci_spec_to_json(const struct oci_spec *spec, struct json_object **ret, struct masu_error *err);

/*
 * The spec that `masu-oci spec` writes and the engine starts from: a shell on a read-only rootfs
 * with the default mounts, namespaces, capabilities, masked and read-only paths. With `rootless`,
 * a user namespace that maps root to the caller, and mounts that need no more than that.
 */
int oci_spec_default(bool rootless, struct oci_spec **ret, struct masu_error *err);

/*
 * Builders, which copy their strings. NULL or -ENOMEM, the spec then being as before. Mount options
 * are given as one comma-separated text; a limit replaces one of the same resource. The result
 * is valid until the next of its kind is added.
 */
struct oci_mount *oci_spec_add_mount(struct oci_spec *spec, const char *destination,
				     const char *type, const char *source, const char *options);
/* The first mount at a destination, or NULL. */
struct oci_mount *oci_spec_find_mount(const struct oci_spec *spec, const char *destination);
int oci_id_map_add(struct oci_id_map **list, size_t *n, struct oci_id_map entry);
int oci_process_add_rlimit(struct oci_process *process, struct rlimit_setting limit);
