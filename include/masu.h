/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MASU_H
#define MASU_H

/*
 * libmasu: containers of an ordinary user, for programs. masu(3) describes it with examples.
 *
 * Conventions
 *
 *   Handles     Types without a definition here are opaque. A function that creates one writes it to its
 *               `ret_` argument, on success only; the caller frees it by masu_TYPE_free(), which takes NULL.
 *   Results     0, or -errno. A function whose failure has a reason for a user takes a masu_error last; NULL
 *               means that the caller wants the errno alone.
 *   Options     Structs whose first member is their size: struct masu_stop_options o = {sizeof(o)}. A zero
 *               or NULL member is the default, so a new member changes nothing for a program that was
 *               compiled without it. A program that sets a member that this library does not have gets
 *               MASU_ERROR_UNSUPPORTED. An options argument may be NULL.
 *   Strings     In options and arguments they are borrowed for the time of the call; lists end with NULL.
 *               Returned `const` strings live as long as their handle. Returned `char *` are the caller's,
 *               for free(3). All are UTF-8 where the container or image is.
 *   Times       Nanoseconds since 1970, 0 for never. A timeout has its unit in its name or its comment.
 *   Callbacks   Run in the calling thread before the function returns, and must not use the same engine.
 *   Threads     One engine, with all that was obtained through it, serves one thread at a time. Different
 *               engines share nothing.
 *   Blocking    Every call that may wait ends with MASU_ERROR_CANCELED when the engine's cancel_fd is
 *               readable.
 *   Process     The library changes nothing of the process that belongs to it: no standard stream, signal,
 *               umask, directory, environment. It starts containers by running the program masu, and so needs
 *               SIGCHLD not to be ignored, no wait(2) for every child, and a umask that leaves the owner's
 *               permissions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MASU_API __attribute__((visibility("default")))

/* masu_TYPE_freep(), for a variable that is declared with __attribute__((cleanup(masu_TYPE_freep))). */
#define MASU_DEFINE_FREEP(type)                                 \
	static inline void masu_##type##_freep(masu_##type **p) \
	{                                                       \
		masu_##type##_free(*p);                         \
	}

/*
 * Errors. The caller creates one, passes it to any number of calls, and looks at it when one has failed.
 */

typedef struct masu_error masu_error;

enum masu_error_kind {
	MASU_ERROR_INTERNAL,	   /* a fault of masu, or an unexpected answer of the kernel */
	MASU_ERROR_INVALID,	   /* an invalid option, name, reference or image */
	MASU_ERROR_NOT_FOUND,	   /* the named object does not exist */
	MASU_ERROR_CONFLICT,	   /* it exists already, or its state forbids the call */
	MASU_ERROR_UNSUPPORTED,	   /* this kernel, host or build cannot do it */
	MASU_ERROR_DENIED,	   /* permissions or credentials */
	MASU_ERROR_UNAVAILABLE,	   /* a helper, service, registry or network does not answer */
	MASU_ERROR_NO_SPACE,	   /* disk, quota or memory */
	MASU_ERROR_NOT_EXECUTABLE, /* the container's command exists but cannot be executed */
	MASU_ERROR_NO_COMMAND,	   /* the container's command does not exist */
	MASU_ERROR_CANCELED,	   /* the caller or a signal ended the call */
};

MASU_API int masu_error_new(masu_error **ret);
MASU_API void masu_error_free(masu_error *error);
MASU_DEFINE_FREEP(error)
MASU_API enum masu_error_kind masu_error_get_kind(const masu_error *error);
MASU_API int masu_error_get_errno(const masu_error *error); /* positive; 0: no error was set */
/* One line without a full stop; never NULL. */
MASU_API const char *masu_error_get_message(const masu_error *error);
/* One command or setting that fixes it, or NULL. */
MASU_API const char *masu_error_get_hint(const masu_error *error);

/*
 * The engine: where containers and images live, and whose ids they have.
 */

typedef struct masu_engine masu_engine;

/* A line for the user. `repeated`: it is about this host, and was passed to a callback since the last boot. */
typedef void masu_notice_fn(void *userdata, const char *text, bool repeated);

struct masu_engine_options {
	size_t size;
	masu_notice_fn *notice; /* NULL: notices are dropped */
	void *userdata;
	/*
	 * A descriptor (an eventfd, a pipe, a signalfd) that the caller makes readable to end blocking calls,
	 * from another thread or a signal handler; 0 or -1: none. It is polled and never read.
	 */
	int cancel_fd;
	/* Do not clean up leftovers of killed processes; for callers that only read. A list still cleans up its containers. */
	bool no_sweep;
	/*
	 * Ignore masu.conf(5). Otherwise masu_container_create() and masu_engine_info() read the settings files, once for
	 * an engine, and so do masu_container_exec() and _attach() at a terminal without `detach_keys`.
	 */
	bool no_settings;
};

/* Finds the directories of the calling user, and creates them if they are missing. */
MASU_API int masu_engine_open(const struct masu_engine_options *options, masu_engine **ret,
			      masu_error *error);
MASU_API void masu_engine_free(masu_engine *engine);
MASU_DEFINE_FREEP(engine)

/* The facts about this host that decide what masu can do, as a JSON document. */
MASU_API int masu_engine_info(masu_engine *engine, char **ret_json, masu_error *error);

/*
 * The disk space of the store, as a JSON document with the members Images, Containers and Volumes. Each has TotalCount,
 * Active (objects in use), Size and Reclaimable (bytes), and Items. The size of images is that of all blobs and unpacked
 * layers in the store, each counted once; that of a container includes its log. An image is active with a container, a
 * container until it has exited, a volume with a container on record. It reads all directories of the store.
 */
MASU_API int masu_engine_disk_usage(masu_engine *engine, char **ret_json, masu_error *error);

/*
 * Executes a command in place of this process, as root of a new user namespace with the ids that containers have, and in a
 * mount namespace of its own. There the files of volumes and containers have the owners that containers see. The working
 * directory, the descriptors and the supplementary groups stay; MASU_DATA_DIR and MASU_RUN_DIR name this engine's
 * directories. It returns only after a failure: MASU_ERROR_UNSUPPORTED for root, MASU_ERROR_NO_COMMAND,
 * MASU_ERROR_NOT_EXECUTABLE. From libmasu, the program masu does it, and prints the reason of a failure.
 */
MASU_API int masu_unshare(masu_engine *engine, char *const *command, masu_error *error);

/* Problems of this host or of a container, each with its fix. */

enum masu_severity {
	MASU_SEVERITY_NOTE,    /* an optional feature is missing */
	MASU_SEVERITY_WARNING, /* containers start, but something does not work as expected */
	MASU_SEVERITY_ERROR,   /* it prevents starts, or has ended the container */
};
MASU_API const char *masu_severity_name(enum masu_severity severity); /* "warning" */

struct masu_finding {
	size_t size;
	const char *id; /* masu-doctor(1) has the list: "sub-ids", "port-in-use" */
	enum masu_severity severity;
	const char
		*object; /* the thing that it is about: a setting with its value, a path, a port */
	const char *message;
	const char *fix; /* a command for a shell, or NULL if no single command fixes it */
};

typedef struct masu_finding_list masu_finding_list;

/* Examines the host. The list has errors first; it is empty if nothing is wrong. */
MASU_API int masu_engine_doctor(masu_engine *engine, masu_finding_list **ret, masu_error *error);
MASU_API size_t masu_finding_list_count(const masu_finding_list *list);
/* Belongs to the list. NULL beyond its end. */
MASU_API const struct masu_finding *masu_finding_list_get(const masu_finding_list *list,
							  size_t index);
MASU_API void masu_finding_list_free(masu_finding_list *list);
MASU_DEFINE_FREEP(finding_list)

struct masu_check_options {
	size_t size;
	bool quick;  /* do not read the bytes of blobs, only their sizes */
	bool repair; /* fetch damaged blobs again, unpack missing layers, remove leftover files */
	bool force;  /* with `repair`: remove images and containers that cannot be repaired */
};

/*
 * Checks the store. A repair or removal is reported as a note; a remaining problem is an error. The findings are in
 * masu-system(1). MASU_ERROR_INVALID for `force` without `repair`.
 */
MASU_API int masu_engine_check(masu_engine *engine, const struct masu_check_options *options,
			       masu_finding_list **ret, masu_error *error);

MASU_API const char *masu_version(void);     /* "0.1.0" */
MASU_API const char *masu_oci_version(void); /* of the OCI runtime specification */

/*
 * Containers. A masu_container names one container and holds its state as of the moment when it was created, found
 * or refreshed. It holds no lock: others may start or remove the container at any time.
 */

typedef struct masu_container masu_container;
typedef struct masu_container_list masu_container_list;

enum masu_choice { MASU_ANY, MASU_YES, MASU_NO };

enum masu_pull_policy {
	MASU_PULL_MISSING, /* when the image is not in the store */
	MASU_PULL_ALWAYS,
	MASU_PULL_NEVER,
	MASU_PULL_NEWER, /* always; if the pull fails, an image in the store is used, with a notice */
};

enum masu_tls {
	MASU_TLS_DEFAULT, /* as masu-registries.conf(5) says for the registry */
	MASU_TLS_VERIFY,
	MASU_TLS_INSECURE, /* allow plain HTTP and unverified certificates */
};

enum masu_phase {
	MASU_PHASE_RESOLVING, /* the manifest is being fetched; no digest is known yet */
	MASU_PHASE_WAITING,   /* announces a layer: every layer, before any is downloaded */
	/* Bytes arrive, from a registry, an archive or the store itself. In a push, they are sent to the registry. */
	MASU_PHASE_DOWNLOADING,
	MASU_PHASE_UNPACKING, /* all bytes have arrived */
	MASU_PHASE_DONE,
	MASU_PHASE_EXISTS, /* done: the store had the layer already; in a push, the registry */
};

/* The phases of a layer only advance. A layer that an image uses several times is reported once. */
struct masu_progress {
	size_t size;
	const char *digest; /* of the compressed layer, hexadecimal; "" while resolving */
	enum masu_phase phase;
	uint64_t done, total; /* bytes */
};

typedef void masu_progress_fn(void *userdata, const struct masu_progress *progress);

enum masu_mount_type {
	MASU_MOUNT_BIND,
	MASU_MOUNT_VOLUME,
	MASU_MOUNT_TMPFS,
	MASU_MOUNT_GLOB, /* a bind mount of each file whose path fits the pattern `source`, glob(7) */
	MASU_MOUNT_IMAGE, /* the files of an image, which is pulled as that of the container */
	MASU_MOUNT_DEVPTS,
	MASU_MOUNT_RAMFS,
};

struct masu_mount {
	size_t size;
	enum masu_mount_type type;
	/* bind: a path; volume: its name, NULL for an anonymous one; glob: a pattern; image: its name */
	const char *source;
	const char *
		target; /* absolute; glob: the directory for the mounts, NULL: each is at its own path */
	bool read_only;
	bool no_copy; /* volume: do not fill a new one with what it covers */
	bool copy_up; /* tmpfs: fill it with what it covers */
	char *const
		*options; /* further ones, as mount(8) has them: "noexec", "rslave", "size=64m" */
	const char *subpath; /* volume, image: this part of it, resolved inside it */
	bool writable; /* image: changes are kept until the next start; else it is read-only */
	/*
	 * bind, volume: each start gives all files to the container's user. MASU_ERROR_INVALID for "/", a directory directly
	 * below it, and the caller's home.
	 */
	bool chown;
	/*
	 * bind: a directory's changes are kept apart from it until the next start, or in `upper_dir`, if it is set. That and
	 * `work_dir` are directories of one file system.
	 */
	bool overlay;
	const char *upper_dir, *work_dir;
};

struct masu_port {
	size_t size;
	const char *host_ip; /* IPv4 or IPv6; NULL: all IPv4 addresses */
	uint16_t host_port;  /* 0: any free port */
	uint16_t
		host_port_last; /* 0: host_port; for one container_port, any free one of the range */
	uint16_t container_port;
	uint16_t container_port_last; /* 0: container_port */
	bool udp;
	/*
	 * Not 0: on demand, with this idle time, at most a week. systemd holds the port from masu_container_start() to
	 * masu_container_stop(); the first connection starts the container. After the idle time without a connection the
	 * container is paused, after ten times that it is stopped, until the next connection. TCP alone, with a port of the
	 * host; then all ports of the container are on demand.
	 */
	unsigned int on_demand_s;
};

#define MASU_UNLIMITED UINT64_MAX

struct masu_ulimit {
	size_t size;
	const char *name; /* "nofile", as getrlimit(2) has it */
	uint64_t soft, hard;
};

enum masu_throttle_kind {
	MASU_THROTTLE_READ_BYTES,
	MASU_THROTTLE_WRITE_BYTES,
	MASU_THROTTLE_READ_OPERATIONS,
	MASU_THROTTLE_WRITE_OPERATIONS,
};

struct masu_throttle {
	size_t size;
	enum masu_throttle_kind kind;
	const char *device; /* the path of a block device of the host */
	uint64_t rate;	    /* a second, more than 0 */
};

/* A secret that a container gets. Each start reads its value anew. */
struct masu_secret_use {
	size_t size;
	const char *name;
	bool env; /* in a variable, also of masu_container_exec(); else in a file */
	/* The variable, or the file: absolute, or below /run/secrets. NULL: the name. */
	const char *target;
	uint32_t uid, gid; /* of the file, in the container */
	bool has_mode;
	mode_t mode; /* of the file, up to 0777; by default 0444 */
};

/* Which exits of a container that was started in the background start it again. */
enum masu_restart {
	MASU_RESTART_DEFAULT, /* a new container: MASU_RESTART_NO; an update: leave it as it is */
	MASU_RESTART_NO,
	MASU_RESTART_ON_FAILURE, /* exits with a code that is not 0 */
	MASU_RESTART_ALWAYS,
	MASU_RESTART_UNLESS_STOPPED, /* the same, but at boot not if the user has stopped it */
};

/* An action at the moment when a container becomes unhealthy. */
enum masu_health_action {
	MASU_HEALTH_ACTION_DEFAULT, /* a new container: MASU_HEALTH_ACTION_NONE; an update: leave it as it is */
	MASU_HEALTH_ACTION_NONE,
	MASU_HEALTH_ACTION_KILL, /* by SIGKILL; a restart policy may start it again */
	MASU_HEALTH_ACTION_RESTART,
	MASU_HEALTH_ACTION_STOP, /* as masu_container_stop() does */
};

/*
 * The health check of a container or an image. Times are nanoseconds. 0 or NULL stands for the setting of the image or, in
 * an update, the present one; without one, for the default in parentheses. MASU_ERROR_INVALID if one of the others is set
 * without a check.
 */
struct masu_health_options {
	size_t size;
	/* "CMD" and the arguments of a command, "CMD-SHELL" and a text for its /bin/sh, or "NONE" */
	char *const *test;
	int64_t interval;     /* between checks (30 s); -1: only masu_container_health_check() */
	int64_t timeout;      /* of one check, after which its processes are killed (30 s) */
	int64_t start_period; /* in which failures do not count until a success (none); -1: none */
	int64_t start_interval; /* between checks in the start period, before a success (5 s) */
	int retries;		/* so many failures in a row make it unhealthy (3) */
	enum masu_health_action on_failure; /* RESTART: not with auto_remove; not for an image */
};

/* The volumes that the config of an image asks for, where nothing else is mounted. */
enum masu_image_volumes {
	MASU_IMAGE_VOLUMES_ANONYMOUS, /* anonymous volumes, filled with the image's files */
	MASU_IMAGE_VOLUMES_TMPFS,     /* a tmpfs at each start, filled with the image's files */
	MASU_IMAGE_VOLUMES_IGNORE,    /* none */
};

/* Whether the container is prepared for a systemd as its command: masu-run(1), --systemd. */
enum masu_systemd {
	MASU_SYSTEMD_NO,
	MASU_SYSTEMD_DETECT, /* if its command is systemd by its name, or /sbin/init */
	MASU_SYSTEMD_ALWAYS, /* not with `init` */
};

struct masu_create_options {
	size_t size;

	/* The command and its files. */
	const char *
		image; /* required: a reference, oci:DIR, oci-archive:FILE, docker-archive:FILE, rootfs:DIR */
	bool rootfs; /* `image` is a directory */
	enum masu_pull_policy pull;
	const char *platform;	    /* OS/ARCH[/VARIANT] */
	masu_progress_fn *progress; /* of a pull; may be NULL */
	void *progress_userdata;
	char *const *command;	 /* NULL or empty: the image's */
	char *const *entrypoint; /* NULL: the image's; empty: none */
	char *const *env;	 /* "NAME=value", over the image's */
	const char *user;	 /* USER[:GROUP], names or numbers; NULL: the image's */
	const gid_t *groups;	 /* further groups */
	size_t n_groups;
	const char *workdir; /* absolute */
	/* `init` with an empty entrypoint and no command: masu-init alone, which reaps until it is stopped */
	bool tty, interactive, init, read_only;

	/* Its name, its end, its log. */
	const char *name; /* NULL: two random words */
	const char *hostname;
	bool replace;				  /* remove a container of the same name first */
	bool auto_remove;			  /* remove it when it has exited */
	char *const *labels, *const *annotations; /* "KEY=VALUE" */
	int stop_signal;			  /* 0: the image's, or SIGTERM */
	int stop_timeout_s;			  /* 0: 10 seconds; -1: SIGKILL at once */
	const char
		*log_driver;  /* masu-run(1), --log-driver; NULL: k8s-file when started detached */
	int64_t log_max_size; /* bytes of one file; 0: the default; -1: no limit */
	int log_max_files;    /* 0: the default */
	const char *log_tag;  /* of the journal's entries; NULL: the default */

	/* Files. */
	const struct masu_mount *const *mounts; /* a list that ends with NULL */
	int64_t shm_size;			/* bytes; 0: 64 MiB; -1: no limit */

	/* Network. */
	const char
		*network; /* "slirp4netns[:OPTIONS]" (default), "pasta[:OPTIONS]", "none", "host",
			     "container:NAME", "ns:PATH"; "default", "bridge", "private": the default */
	const struct masu_port *const *ports; /* a list that ends with NULL */
	char *const *add_hosts;		      /* "NAME[;NAME...]:IP" or with "=": masu-run(1) */
	char *const *dns,
		*const *dns_search; /* name servers and search domains in place of the host's */
	char *const *dns_options;

	/* Privileges. */
	char *const *cap_add, *const *cap_drop; /* "NET_ADMIN", "all" */
	const char *seccomp; /* NULL: the default; "unconfined"; or the path of a profile */
	bool no_new_privileges;
	bool unmask_all;      /* no masked and no read-only path below /proc and /sys */
	char *const *sysctls; /* "KEY=VALUE" */

	/* Limits; 0: none. */
	int64_t memory, memory_reservation; /* bytes */
	int64_t memory_swap; /* memory and swap together, bytes; 0: twice `memory`; -1: no limit */
	int64_t nano_cpus;   /* billionths of a processor */
	uint64_t cpu_shares; /* 2 to 262144 */
	const char *cpuset_cpus, *cpuset_mems; /* "0-2,4" */
	int64_t pids;			       /* -1: explicitly none */
	bool has_oom_score_adj;
	int oom_score_adj;			  /* -1000 to 1000 */
	const struct masu_ulimit *const *ulimits; /* a list that ends with NULL */

	char *const *default_env; /* "NAME=value", under the image's */
	const char *timezone;	  /* a name below /usr/share/zoneinfo; "local": the host's */
	bool has_umask;
	mode_t umask;	       /* up to 0777; by default 022 */
	bool keep_groups;      /* of the caller; then there are no `groups` and `group_names` */
	int64_t cpu_quota;     /* microseconds in each period; not with nano_cpus */
	uint64_t cpu_period;   /* microseconds */
	uint16_t blkio_weight; /* 10 to 1000 */
	const struct masu_throttle *const *throttles; /* a list that ends with NULL */
	bool host_ulimits;	   /* all resource limits are the caller's, before `ulimits` */
	const char *cgroup_parent; /* "NAME.slice"; NULL: "masu.slice" */
	bool host_cgroupns;	   /* no cgroup namespace */
	bool privileged;	   /* masu-run(1), --privileged */
	char *const *
		devices; /* "HOST[:CONTAINER][:ACCESS]" or "VENDOR/CLASS=NAME", masu-run(1), --device */
	char *const *volumes_from; /* "CONTAINER[:ro|:rw]": its binds and volumes at free targets */
	/*
	 * "private" (default), "host", "container:NAME" or "ns:PATH"; ipc_mode also "shareable" (its default) and "none":
	 * masu-run(1), --pid and --ipc
	 */
	const char *pid_mode, *ipc_mode, *uts_mode;
	const char *pid_file; /* each start writes the process id of the container to this file */

	/*
	 * masu_container_stop() and _kill() end the policy until the next start. The wait before a restart is 100 ms,
	 * doubles with each one up to a minute, and is 100 ms again after a run of 10 seconds. Not with auto_remove.
	 */
	enum masu_restart restart;
	int restart_max; /* MASU_RESTART_ON_FAILURE: so many restarts; 0: no limit */
	const char
		*cgroupns_mode; /* "container:NAME" or "ns:PATH"; NULL: as host_cgroupns has it */
	char *const *required;	/* containers that each start of this one starts before it */
	const struct masu_secret_use *const *secrets; /* a list that ends with NULL */
	const char *
		gpus; /* "all", a number, or "device=NAME[,NAME...]": CDI devices of the first vendor of GPUs */
	char *const *cdi_spec_dirs; /* of CDI files; NULL or empty: /etc/cdi, /var/run/cdi */

	const struct masu_health_options *health; /* NULL: that of the image */
	int run_timeout_s;			   /* SIGKILL so long after each start; 0: never */

	/*
	 * The command line that creates such a container, up to the image: "masu", "run", "-d". It is recorded for
	 * masu_container_inspect(), and masu_container_doctor() bases fixes on it. NULL: not known.
	 */
	char *const *create_command;

	/*
	 * "host" (default), "keep-id[:uid=ID,gid=ID,size=N]", "nomap", "auto[:size=N,uidmapping=C:H:N,gidmapping=C:H:N]",
	 * "container:NAME", "ns:PATH": masu-run(1), --userns. MASU_ERROR_CONFLICT (ENOSPC) if no range is left for "auto".
	 */
	const char *userns;
	char *const *uid_maps,
		*const *gid_maps; /* "CONTAINER:HOST[:COUNT]": masu-run(1), --uidmap */

	const char *authfile; /* as in struct masu_pull_options, like the next */
	enum masu_tls tls;
	enum masu_image_volumes image_volumes;
	bool read_only_tmpfs; /* with read_only: a tmpfs at each of /run, /tmp and /var/tmp without another mount */
	const char *domainname; /* NIS */
	/*
	 * Changes of the variables of the image, the settings and default_env, before `env` is set. First, env_merge sets
	 * variables: "NAME=text", where ${NAME} and $NAME stand for such variables. Then unset_env removes the named
	 * ones, or unset_all_env all.
	 */
	char *const *env_merge, *const *unset_env;
	bool unset_all_env;
	bool no_cgroup; /* it stays in the cgroup of the process that starts it, and has no limits */
	/*
	 * It is in a group below that of the systemd unit that starts it, instead of a scope: masu-run(1), --cgroups.
	 * Excludes no_cgroup, cgroup_parent, and what starts it again (restart, health_on_failure RESTART): that is
	 * the unit's task. Each start outside a unit with Delegate=yes is MASU_ERROR_UNSUPPORTED.
	 */
	bool split_cgroup;
	/*
	 * The one that tells the systemd of the unit that the service is ready: "conmon" (masu), "container", "healthy",
	 * "ignore": masu-run(1), --sdnotify. NULL: "conmon" with split_cgroup, else "ignore". Without a $NOTIFY_SOCKET, a run
	 * in the foreground and a start with split_cgroup ignore it. masu_container_start() without split_cgroup refuses all
	 * but "ignore": MASU_ERROR_INVALID.
	 */
	const char *sdnotify;

	/*
	 * Names in /etc/subuid and /etc/subgid, whose ids the container gets, from 0 on. If one is NULL, the other counts for
	 * both. Excludes userns and maps. MASU_ERROR_DENIED for ids that are not the caller's.
	 */
	const char *subuid_name, *subgid_name;

	/* Addresses of the container in a network of its own: masu-run(1), --ip. NULL: any. */
	const char *ip, *ip6, *mac_address;
	/* The image's file, not masu's, is in /etc. The first excludes add_hosts and hosts_file, the second the dns lists. */
	bool image_hosts, image_resolv_conf, image_hostname;
	const char *hosts_file;	  /* the base of /etc/hosts; "none"; NULL: the default */
	const char *host_gateway; /* the address of host-gateway; "none"; NULL: a fitting one */

	char *const *expose; /* "PORT[-PORT][/PROTOCOL]": exposed ports besides those of the image */
	/*
	 * Each start publishes the exposed ports that `ports` lacks at free ports of the host. MASU_ERROR_INVALID if the
	 * network cannot publish ports.
	 */
	bool publish_all;
	/*
	 * The container is part of the caller's session on the host: each start mounts the caller's home, the directories of the
	 * session's sockets and those of removable media, if they exist: masu-box(1). With "keep-id" the caller is a user of the
	 * container, with the shell of $SHELL, in place of one of the image with the same id or name, and sudo asks no password.
	 */
	bool share_session;
	enum masu_systemd systemd;
	int retries, retry_delay_ms; /* of a pull, as in struct masu_pull_options */
	char *const *group_names; /* further groups, besides `groups`, by their names in the container's /etc/group */
};

/*
 * Creates a container without starting it; pulls the image if the policy says so. Options that are not set have the
 * defaults of masu.conf(5), unless the engine ignores it. MASU_ERROR_INVALID for a mistake in it.
 */
MASU_API int masu_container_create(masu_engine *engine, const struct masu_create_options *options,
				   masu_container **ret, masu_error *error);

/*
 * Boxes: containers that feel like the host's shell, masu-box(1). A box is a container with the label MASU_BOX_LABEL, and no
 * sandbox: its programs can do all that the caller can do on the host.
 */

#define MASU_BOX_LABEL "masu-box"

/*
 * Creates a box. Each option is as for masu_container_create(), but where it is not set the box's default counts:
 * share_session, "keep-id" for an ordinary user, the host's network, IPC, limits and time zone, privileged, keep_groups, and
 * masu-init alone as its process. The command and the entrypoint must not be set. `name` NULL: made of the image's.
 */
MASU_API int masu_box_create(masu_engine *engine, const struct masu_create_options *options,
			     masu_container **ret, masu_error *error);

/*
 * Finds a box by its name or id; NULL: the only one. MASU_ERROR_NOT_FOUND; MASU_ERROR_INVALID if the container is not a box,
 * or for NULL if there are several.
 */
MASU_API int masu_box_find(masu_engine *engine, const char *name, masu_container **ret,
			   masu_error *error);

struct masu_box_enter_options {
	size_t size;
	/*
	 * NULL: the shell of $SHELL as a login shell, /bin/bash if the box does not have it, or /bin/sh
	 */
	char *const *command;
	char *const *env;    /* "NAME=value", over the variables of the session that a box gets */
	const char *workdir; /* absolute; NULL: that of this process, or the home if a box does not show it */
	bool root;	     /* as root of the box */
	bool tty;
	const char *detach_keys; /* as in struct masu_exec_options */
};

/*
 * Executes a command in a box as masu_container_exec() does, with standard input. Starts the box first if it does not run;
 * another process may do so at the same time.
 */
MASU_API int masu_box_enter(masu_container *box, const struct masu_box_enter_options *options,
			    int *ret_status, masu_error *error);

struct masu_box_export_options {
	size_t size;
	/*
	 * One of both. The name of a desktop file of the box ("org.gnome.Maps", from /usr/share/applications), or its path;
	 * the path of a program of the box.
	 */
	const char *app, *bin;
	bool remove; /* the file of an earlier export */
};

/*
 * Puts an application or a program of a box on the host: a desktop file in $XDG_DATA_HOME/applications, with its icon, or a script
 * in ~/.local/bin, which enter the box. The removal of the box removes them. *ret_path, which the caller frees, is the file.
 * A file of the user, or of another box, stays: MASU_ERROR_CONFLICT. MASU_ERROR_NOT_FOUND, MASU_ERROR_INVALID for another
 * kind of file of the box.
 */
MASU_API int masu_box_export(masu_container *box, const struct masu_box_export_options *options,
			     char **ret_path, masu_error *error);

/* The paths of these files, as a JSON array. The caller frees it. */
MASU_API int masu_box_exports(masu_container *box, char **ret_json, masu_error *error);

struct masu_host_exec_options {
	size_t size;
	char *const *command; /* looked for in the host's PATH */
	char *const *env;     /* "NAME=value", over the variables of the session of this process and the host's */
	const char *workdir;  /* absolute, of the host; NULL: the name of that of this process, or the home with a notice */
	masu_notice_fn *notice; /* NULL: notices are dropped */
	void *userdata;		/* of the notice */
};

/*
 * For a process inside a box of an ordinary user: executes a command on the host, in the user's session, with the streams of this
 * process, and waits for it. If one of the streams is a terminal, the command gets a terminal of the host, and this one passes
 * on its keys. Signals to this process reach the command. *ret_status: its exit status, or 128 and the signal.
 * MASU_ERROR_UNAVAILABLE if the host does not listen (masu-host.socket), MASU_ERROR_DENIED for another user than the host's,
 * MASU_ERROR_NO_COMMAND, MASU_ERROR_NOT_EXECUTABLE. From libmasu, the program masu does it, which must be in the box; it prints
 * the reason of a failure, and *ret_status is 125 then, or 126 or 127 for the last two.
 */
MASU_API int masu_box_host_exec(const struct masu_host_exec_options *options, int *ret_status,
				masu_error *error);

/* Finds a container by its name, its id, or the beginning of exactly one id. */
MASU_API int masu_container_find(masu_engine *engine, const char *name, masu_container **ret,
				 masu_error *error);
MASU_API void masu_container_free(masu_container *container);
MASU_DEFINE_FREEP(container)

/* Reads its state again. */
MASU_API int masu_container_refresh(masu_container *container, masu_error *error);

enum masu_status {
	MASU_STATUS_CREATED,
	MASU_STATUS_STARTING, /* until it has executed the command */
	MASU_STATUS_RUNNING,
	MASU_STATUS_PAUSED,
	MASU_STATUS_STOPPING,
	MASU_STATUS_EXITED,
	MASU_STATUS_RESTARTING, /* has exited, and its restart policy starts it again after a wait */
	MASU_STATUS_ON_DEMAND,	/* does not run, and a connection to one of its ports starts it */
	MASU_STATUS_INITIALIZED, /* by masu_container_init() */
};
MASU_API const char *masu_status_name(enum masu_status status); /* "running" */

enum masu_health {
	MASU_HEALTH_NONE, /* it has no health check */
	MASU_HEALTH_STARTING,
	MASU_HEALTH_HEALTHY,
	MASU_HEALTH_UNHEALTHY,
};
MASU_API const char *masu_health_name(enum masu_health health); /* "healthy" */

MASU_API const char *masu_container_id(const masu_container *container);
MASU_API const char *masu_container_name(const masu_container *container);
MASU_API const char *masu_container_image(const masu_container *container);
/* The arguments of its process: those of the image's entrypoint, then the command. */
MASU_API char *const *masu_container_entrypoint(const masu_container *container);
MASU_API char *const *masu_container_command(const masu_container *container);
MASU_API const char *masu_container_label(const masu_container *container,
					  const char *key); /* or NULL */
MASU_API enum masu_status masu_container_status(const masu_container *container);
MASU_API pid_t masu_container_pid(const masu_container *container); /* 0: not running */
/* Of one that runs or is paused; otherwise MASU_HEALTH_NONE. */
MASU_API enum masu_health masu_container_health(const masu_container *container);
MASU_API int masu_container_exit_code(const masu_container *container);
MASU_API bool masu_container_oom_killed(const masu_container *container);
MASU_API int64_t masu_container_created(const masu_container *container);
MASU_API int64_t masu_container_started(const masu_container *container);
MASU_API int64_t masu_container_finished(const masu_container *container);

/*
 * Writes one published port of a running container to *port, whose size the caller has set. -ENOENT after the
 * last one.
 */
MASU_API int masu_container_port(const masu_container *container, size_t index,
				 struct masu_port *port);

/* Ports that a container exposes: those of its image and options, and the published ones. */
struct masu_exposed_ports {
	size_t size;
	uint16_t first, last; /* in the container */
	bool udp;
	bool published; /* also by the next start, if it does not run */
};

/* Writes one range of them to *ports, whose size the caller has set; published ones come last. -ENOENT after the last. */
MASU_API int masu_container_exposed(const masu_container *container, size_t index,
				    struct masu_exposed_ports *ports);

/*
 * The bytes in its files: those that it has written over its image, and with the image's. A container of a plain directory
 * has written none. It reads all directories.
 */
MASU_API int masu_container_size(const masu_container *container, uint64_t *ret_written,
				 uint64_t *ret_total, masu_error *error);

/*
 * Explains why it could not be started, or has ended, or does not work: from its record, its state, its files and the host.
 * The list has errors first; it is empty if nothing is wrong. Nothing is changed, except that missing mount points are
 * created as the next start would create them. It waits as masu_container_archive_stat() does.
 */
MASU_API int masu_container_doctor(masu_container *container, masu_finding_list **ret,
				   masu_error *error);

/* Everything that is known of it, or what a list shows, as JSON documents. */
MASU_API int masu_container_inspect(masu_container *container, char **ret_json, masu_error *error);
MASU_API int masu_container_summary(const masu_container *container, char **ret_json,
				    masu_error *error);

/*
 * Which containers: those for which all of this holds. Of the entries of a list one must fit; of `labels` all, of
 * `not_labels` none. A zero or NULL member does not matter.
 */
struct masu_list_options {
	size_t size;
	bool all;	     /* not only those that are running or wait for their restart */
	char *const *labels; /* "KEY" or "KEY=VALUE" */
	const char *image;   /* by name or id */
	char *const *not_labels;
	char *const *ids;   /* the beginning of its id */
	char *const *names; /* an extended regular expression for a part of its name: regex(7) */
	char *const
		*ancestors;    /* its image, by name or id, or one that stands on the same layers */
	char *const *volumes;  /* it mounts the volume, the file of the host, or at this path */
	char *const *networks; /* "none", "pasta" */
	unsigned int
		statuses; /* 1 << MASU_STATUS_CREATED etc.; with the next two `all` is implied */
	const int *exit_codes; /* it has exited with one of these */
	size_t n_exit_codes;
	const char *before, *since; /* it is older, or newer, than this container */
	int64_t created_before;
	size_t last;		       /* only so many of the newest; implies `all` */
	unsigned int healths;	       /* 1 << MASU_HEALTH_HEALTHY etc. */
	unsigned int restart_policies; /* 1 << MASU_RESTART_NO etc. */
	/*
	 * Its restart policy starts it when the machine boots: it has run, and the policy is MASU_RESTART_ALWAYS, or
	 * MASU_RESTART_UNLESS_STOPPED and the user has not stopped it.
	 */
	enum masu_choice start_on_boot;
	/* "PORT[-PORT][/PROTOCOL]", tcp by default: it exposes, or publishes, one of these ports of its own. */
	char *const *exposed, *const *published;
};

/*
 * Lists containers, the newest first. A container whose supervisor was killed is cleaned up first. An unreadable container
 * is left out and reported as a notice. MASU_ERROR_INVALID for an invalid regular expression or port,
 * MASU_ERROR_NOT_FOUND if `before` or `since` does not exist.
 */
MASU_API int masu_container_list_read(masu_engine *engine, const struct masu_list_options *options,
				      masu_container_list **ret, masu_error *error);
MASU_API size_t masu_container_list_count(const masu_container_list *list);
/* Belongs to the list. NULL beyond its end. */
MASU_API masu_container *masu_container_list_get(const masu_container_list *list, size_t index);
MASU_API void masu_container_list_free(masu_container_list *list);
MASU_DEFINE_FREEP(container_list)

/*
 * Removes the containers that pass the filter and do not run, but not their anonymous volumes, and returns them. A box stays
 * unless `labels` of the filter has MASU_BOX_LABEL. One that another process is starting is left out. Their handles are good
 * for what masu_container_id() and the like return.
 */
MASU_API int masu_container_prune(masu_engine *engine, const struct masu_list_options *filter,
				  masu_container_list **ret, masu_error *error);
/* The bytes of their files, of a list from a prune; 0 for those that could not be measured. */
MASU_API uint64_t masu_container_list_reclaimed(const masu_container_list *list);

/*
 * Prepares a created or exited container for its start in the background: namespaces, mounts, network, cgroup, and a process
 * that waits for masu_container_start(). 0 also if it is initialized; MASU_ERROR_CONFLICT if it runs. A stop or a kill
 * undoes it: the container is as before then.
 */
MASU_API int masu_container_init(masu_container *container, masu_error *error);

/*
 * Starts it in the background, and returns when its process runs. With ports on demand it returns when systemd holds them, and
 * starts no process: the first connection does. MASU_ERROR_UNAVAILABLE then without systemd.
 */
MASU_API int masu_container_start(masu_container *container, masu_error *error);

/* The same, but with ports on demand it also starts the process, unless it runs. Its idle time begins. */
MASU_API int masu_container_start_now(masu_container *container, masu_error *error);

/* Called for each container: after its start, with a NULL error, or after a failure. */
typedef void masu_started_fn(void *userdata, masu_container *container, const masu_error *error);

/*
 * Starts in the background the containers that pass the filter and are created or exited, the oldest first: a container
 * is younger than those whose namespaces it joins. A failure does not prevent the other starts: the callback gets it. A
 * container that another process starts meanwhile is skipped. Returns 0 also if starts have failed.
 */
MASU_API int masu_container_start_all(masu_engine *engine, const struct masu_list_options *filter,
				      masu_started_fn *started, void *userdata, masu_error *error);

struct masu_run_options {
	size_t size;
	const int *stdio;  /* three descriptors for its streams; NULL: those of this process */
	bool interactive;  /* pass standard input also if it was not created so */
	bool keep_signals; /* signals to this process end the container instead of being forwarded */
	bool no_stdout, no_stderr; /* do not pass the container's output; its log, if any, still has it */
	int preserve_fds; /* so many descriptors, from 3 on, are passed; only by the program masu */
};

/*
 * Starts it in the foreground, and waits for its exit, which is recorded; a container created with auto_remove is gone
 * then. A call that is canceled kills the container. A restart policy is MASU_ERROR_UNSUPPORTED. `ret_status` is 0 to
 * 255: the exit code, or 128 and the number of the signal. On failure the container is left as it was.
 */
MASU_API int masu_container_run(masu_container *container, const struct masu_run_options *options,
				int *ret_status, masu_error *error);

struct masu_stop_options {
	size_t size;
	int timeout_s; /* before SIGKILL; 0: that of its creation; -1: SIGKILL at once */
	int signal;    /* 0: that of its creation */
};

/*
 * Stops it, and waits until its exit is recorded and cleaned up. 0 also if it was not running. One that is starting gets the
 * signal when it has executed the command; if it has not done so within `timeout_s`, it is killed.
 */
MASU_API int masu_container_stop(masu_container *container, const struct masu_stop_options *options,
				 masu_error *error);

/*
 * Sends a signal to its process. One that is starting gets it when it has executed the command, but SIGKILL at once.
 * MASU_ERROR_CONFLICT if it is not running.
 */
MASU_API int masu_container_kill(masu_container *container, int signal, masu_error *error);

/*
 * Freezes all processes of the container, or lets them continue, and waits until it is so. MASU_ERROR_CONFLICT if it
 * is not running, or in that state already. A paused container can be stopped, killed and removed.
 */
MASU_API int masu_container_pause(masu_container *container, masu_error *error);
MASU_API int masu_container_unpause(masu_container *container, masu_error *error);

/* 0 or NULL leaves a limit as it is. -1 removes it, where it is not a weight or a list. */
struct masu_update_options {
	size_t size;
	int64_t memory, memory_reservation; /* bytes */
	int64_t memory_swap;		    /* memory and swap together, bytes */
	int64_t nano_cpus;   /* billionths of a processor; not with cpu_quota and cpu_period */
	int64_t cpu_quota;   /* microseconds of processor time in each period */
	uint64_t cpu_period; /* microseconds */
	uint64_t cpu_shares; /* 2 to 262144 */
	const char *cpuset_cpus, *cpuset_mems; /* "0-2,4" */
	int64_t pids;
	uint16_t blkio_weight;	   /* 10 to 1000 */
	enum masu_restart restart; /* as in struct masu_create_options */
	int restart_max;

	/* NULL: unchanged. A running container needs its next start for the intervals, and for a check if it had none. */
	const struct masu_health_options *health;
};

/*
 * Changes limits and the restart policy of a container: at once if it is running, and in its record, for later starts
 * and inspections. If the kernel refuses one, nothing is recorded, but those before it may be in force.
 */
MASU_API int masu_container_update(masu_container *container,
				   const struct masu_update_options *options, masu_error *error);

/*
 * Mounts the files of a stopped container, image and changes, in the mount namespace of the caller, where changes are the
 * container's. *ret_path is the directory, to be freed; also if it is mounted there already. Volumes and other mounts are
 * left out. The container can be neither started, copied nor removed until masu_container_unmount(), or until the end of the
 * mount namespace. The caller is root: of the host, or in the namespace that masu_unshare() makes; MASU_ERROR_DENIED for
 * others. MASU_ERROR_CONFLICT (EBUSY) if it is running, or mounted in another mount namespace; MASU_ERROR_UNSUPPORTED for a
 * plain directory as its root ("rootfs:DIR"), and for a container with an id map of its own.
 */
MASU_API int masu_container_mount(masu_container *container, char **ret_path, masu_error *error);

/*
 * Unmounts the files of a container. MASU_ERROR_CONFLICT if they are not mounted (EINVAL), or mounted in another mount
 * namespace (EBUSY); -EBUSY if a process uses one.
 */
MASU_API int masu_container_unmount(masu_container *container, masu_error *error);

/* The directory at which its files are mounted in the mount namespace of the caller, to be freed; NULL if they are not. */
MASU_API int masu_container_mount_path(masu_container *container, char **ret_path,
				       masu_error *error);

/*
 * Gives it another name, running or not. MASU_ERROR_CONFLICT if a container has the name, also this one. The string that
 * masu_container_name() has returned is no longer valid then. Other handles of the container keep the old name.
 */
MASU_API int masu_container_rename(masu_container *container, const char *name, masu_error *error);

struct masu_remove_options {
	size_t size;
	bool force;   /* kill it first if it is running */
	bool volumes; /* remove its anonymous volumes, too */
};

MASU_API int masu_container_remove(masu_container *container,
				   const struct masu_remove_options *options, masu_error *error);

/*
 * The processes of a running container, as {"Titles": [TEXT...], "Processes": [[TEXT...]...]}. `columns` are those of
 * masu-top(1), read from /proc, or else all are options of the host's ps(1), which is executed. NULL: some columns.
 */
MASU_API int masu_container_top(masu_container *container, char *const *columns, char **ret_json,
				masu_error *error);

#define MASU_UNKNOWN UINT64_MAX

/* The resources that a container uses. A number is MASU_UNKNOWN if this host does not count it. */
struct masu_stats {
	size_t size;
	int64_t time;	       /* of the sample */
	double cpu_percent;    /* of one processor, since the sample before or the start */
	uint64_t cpu_ns;       /* processor time since the start */
	uint64_t memory;       /* bytes, without file caches that the kernel can drop */
	uint64_t memory_limit; /* bytes; without a limit the memory of the machine */
	uint64_t network_received, network_sent; /* bytes, unless it has the host's network */
	uint64_t block_read, block_written;	 /* bytes */
	uint64_t pids, pids_limit;		 /* processes and threads; no limit: MASU_UNKNOWN */
};

/* Writes a sample to *stats, whose size the caller has set. MASU_ERROR_CONFLICT if it is not running. */
MASU_API int masu_container_stats(masu_container *container, struct masu_stats *stats,
				  masu_error *error);

/*
 * Samples of a running container in an interval of at least 10 milliseconds, for an event loop: masu_sampler_fd() polls
 * as readable when a sample is due, the first one at once, or when the container has exited. masu_sampler_step() does
 * not block. It returns 1 with a sample, 0 if none is due, or MASU_ERROR_CONFLICT if the container has exited.
 */
typedef struct masu_sampler masu_sampler;
MASU_API int masu_sampler_new(masu_container *container, int interval_ms, masu_sampler **ret,
			      masu_error *error);
MASU_API int masu_sampler_fd(const masu_sampler *sampler);
MASU_API int masu_sampler_step(masu_sampler *sampler, struct masu_stats *stats, masu_error *error);
MASU_API void masu_sampler_free(masu_sampler *sampler);
MASU_DEFINE_FREEP(sampler)

enum masu_stream { MASU_STDOUT = 1, MASU_STDERR = 2 };

/* Takes output of a container. 0, or -errno to end the call, which then returns that. */
typedef int masu_output_fn(void *userdata, enum masu_stream stream, const void *bytes, size_t size);

struct masu_logs_options {
	size_t size;
	masu_output_fn *output; /* required */
	void *userdata;
	int64_t tail;	      /* the last lines of both streams together; 0: all; -1: none */
	int64_t since, until; /* 0: no limit; applied to the lines that `tail` leaves */
	bool timestamps;      /* begin each line with its time */
	bool follow;	      /* continue until the container exits and is not started again */
};

/* Reads the log of a container. MASU_ERROR_NOT_FOUND if it has none. */
MASU_API int masu_container_logs(masu_container *container, const struct masu_logs_options *options,
				 masu_error *error);

/*
 * Images. A masu_image describes an image of the store at the time of the listing.
 */

typedef struct masu_image masu_image;
typedef struct masu_image_list masu_image_list;

struct masu_pull_options {
	size_t size;
	enum masu_pull_policy policy;
	const char *platform; /* OS/ARCH[/VARIANT] */
	const char *authfile; /* credentials, as podman and docker keep them */
	enum masu_tls tls;
	masu_progress_fn *progress; /* may be NULL */
	void *userdata;
	bool quiet;		     /* no progress, and no notices about this host */
	const char *user, *password; /* for the registry, in place of the authfile; both or none */
	const char *
		cert_dir; /* of *.crt, *.cert and *.key, containers-certs.d(5); NULL: the default places */
	/* A request that fails is repeated `retries` times without progress (0: 3; -1: never; up to 100). */
	int retries;
	int retry_delay_ms; /* before each repetition; 0: 500, doubled each time; up to an hour */
};

/* Pulls an image if the policy says so. `ret_digest`, which may be NULL, is that of its manifest: "sha256:HEX". */
MASU_API int masu_image_pull(masu_engine *engine, const char *reference,
			     const struct masu_pull_options *options, char **ret_digest,
			     masu_error *error);

struct masu_push_options {
	size_t size;
	const char *authfile, *user, *password, *cert_dir; /* as for a pull */
	enum masu_tls tls;
	masu_progress_fn *progress; /* may be NULL */
	void *userdata;
	bool quiet;		     /* no progress, and no notices */
	int retries, retry_delay_ms; /* as for a pull */
};

/*
 * Pushes an image, by name or id, to a registry. Its name there is `destination`, [REGISTRY/]NAME[:TAG]; NULL stands for
 * the name of the image, if that was given. Layers that the registry has are not sent again. The manifest is the one that
 * the store has, byte for byte; of an index it is that of the platform that was pulled. `ret_digest`, which may be NULL,
 * is its digest, "sha256:HEX". MASU_ERROR_NOT_FOUND; MASU_ERROR_INVALID if the image is damaged; MASU_ERROR_DENIED if the
 * registry refuses it to the user; MASU_ERROR_UNAVAILABLE. After an error, layers may be in the registry, but no image.
 */
MASU_API int masu_image_push(masu_engine *engine, const char *image, const char *destination,
			     const struct masu_push_options *options, char **ret_digest,
			     masu_error *error);

struct masu_login_options {
	size_t size;
	const char *user, *password; /* required; the user without a colon */
	const char *
		authfile; /* NULL: $REGISTRY_AUTH_FILE, or containers/auth.json in $XDG_RUNTIME_DIR or ~/.config */
	enum masu_tls tls;
	const char *cert_dir; /* as for a pull */
};

/*
 * Logs in to a registry, HOST[:PORT]: if it accepts the user and password, they are kept in the authfile, with mode 0600.
 * If the file names a credential helper for the registry, the program docker-credential-NAME gets them instead. Other entries
 * of the file are kept. MASU_ERROR_DENIED if the registry refuses them, or the helper fails.
 */
MASU_API int masu_registry_login(masu_engine *engine, const char *registry,
				 const struct masu_login_options *options, masu_error *error);

/*
 * Removes the entries of a registry, or all entries for NULL, from that file, and has its credential helper forget them.
 * MASU_ERROR_NOT_FOUND if neither has any.
 */
MASU_API int masu_registry_logout(masu_engine *engine, const char *registry, const char *authfile,
				  masu_error *error);

/* The user for whom credentials are known, in any file that a pull reads. MASU_ERROR_NOT_FOUND. */
MASU_API int masu_registry_user(masu_engine *engine, const char *registry, const char *authfile,
				char **ret_user, masu_error *error);

/* Which images: those for which all of this holds. A zero or NULL member does not matter. */
struct masu_image_filter {
	size_t size;
	char *const *labels;	 /* each "KEY" or "KEY=VALUE": it has all of them ... */
	char *const *not_labels; /* ... and none of these */
	/*
	 * One of these patterns, fnmatch(3) with slashes, fits its name: with or without the tag, and with or without
	 * "docker.io/" and "docker.io/library/".
	 */
	char *const *references;
	enum masu_choice dangling;  /* it has no name */
	enum masu_choice unused;    /* no container was created from it */
	const char *before, *since; /* it is older, or newer, than this image */
	int64_t created_before;
};

/* Lists the images of the store, the newest first. A damaged one is listed, too. MASU_ERROR_NOT_FOUND for `before`, `since`. */
MASU_API int masu_image_list_read(masu_engine *engine, const struct masu_image_filter *filter,
				  masu_image_list **ret, masu_error *error);
MASU_API size_t masu_image_list_count(const masu_image_list *list);
/* Belongs to the list. NULL beyond its end. */
MASU_API const masu_image *masu_image_list_get(const masu_image_list *list, size_t index);
MASU_API void masu_image_list_free(masu_image_list *list);
MASU_DEFINE_FREEP(image_list)

MASU_API const char *masu_image_id(const masu_image *image);	 /* hexadecimal; "" if damaged */
MASU_API const char *masu_image_digest(const masu_image *image); /* of its manifest, hexadecimal */
MASU_API const char *masu_image_name(
	const masu_image *image); /* "docker.io/library/debian:latest", or NULL */
MASU_API const char *masu_image_damage(
	const masu_image *image); /* the reason it cannot be used, or NULL */
MASU_API uint64_t masu_image_size(const masu_image *image); /* bytes, compressed */
MASU_API int64_t masu_image_created(const masu_image *image);

/* Everything that is known of an image, or what a list shows, as JSON documents. */
MASU_API int masu_image_inspect(masu_engine *engine, const char *name, char **ret_json,
				masu_error *error);
MASU_API int masu_image_summary(const masu_image *image, char **ret_json, masu_error *error);

/*
 * The steps that made an image, the top one first, as a JSON array of {"Id", "Tags", "CreatedAt", "CreatedBy", "Size",
 * "Comment"}. "Size" is the number of bytes of the step's compressed layer, or 0. Only the top step has an id and tags.
 * Texts are the builder's. MASU_ERROR_NOT_FOUND.
 */
MASU_API int masu_image_history(masu_engine *engine, const char *image, char **ret_json,
				masu_error *error);

/* Gives an image a further name. */
MASU_API int masu_image_tag(masu_engine *engine, const char *image, const char *name,
			    masu_error *error);

enum masu_save_format {
	MASU_SAVE_DOCKER_ARCHIVE, /* a tar archive for docker; an OCI image layout as well */
	MASU_SAVE_OCI_ARCHIVE,	  /* a tar archive of an OCI image layout */
	MASU_SAVE_OCI_DIR,	  /* an OCI image layout */
	MASU_SAVE_DOCKER_DIR,	  /* one image with a manifest of docker, as skopeo's "dir:" */
};

struct masu_image_save_options {
	size_t size;
	enum masu_save_format format;
	int fd; /* of a file, a pipe or a socket, or of an empty directory; a terminal is refused */
	bool quiet;		    /* no progress */
	masu_progress_fn *progress; /* may be NULL */
	void *userdata;
};

/*
 * Saves images, a NULL-terminated list of names and ids, with the names by which they were given. Layers are written as they
 * are stored, compressed, and verified again. The same images give the same bytes. MASU_ERROR_NOT_FOUND;
 * MASU_ERROR_INVALID if an image is damaged. After a failure a part may have been written, which no reader takes for an
 * archive of images.
 */
MASU_API int masu_image_save(masu_engine *engine, char *const *images,
			     const struct masu_image_save_options *options, masu_error *error);

struct masu_image_load_options {
	size_t size;
	int fd; /* of the archive, which is read to its end; a terminal is refused */
	const char *
		platform; /* OS/ARCH[/VARIANT], of images that have several; NULL: this machine's */
	bool replace;	  /* move names that other images have; else MASU_ERROR_CONFLICT */
	bool quiet;	  /* no progress, and no notices about this host */
	masu_progress_fn *progress; /* may be NULL */
	void *userdata;
};

/*
 * Loads the images of an archive: an OCI image layout, or what `docker save` writes, plain or compressed by gzip or zstd.
 * `ret`, which may be NULL, has each image once for every name that the archive gives it. All that is read is verified, and
 * an image is listed only when it is complete; after an error some images of the archive may be in the store.
 */
MASU_API int masu_image_load(masu_engine *engine, const struct masu_image_load_options *options,
			     masu_image_list **ret, masu_error *error);

struct masu_image_remove_options {
	size_t size;
	bool force; /* although containers use it, or its id has several names */
	/*
	 * How often the caller removes this id: an id that is given once for each of its names loses one name each
	 * time. 0: once.
	 */
	size_t times;
};

/*
 * Removes a name from its image or, for an id, the image with its name. The image goes with its last name; its files
 * go with the next masu_image_collect(). `ret_name` and `ret_id`, which may be NULL, get the removed name and the id
 * of the removed image, or NULL.
 */
MASU_API int masu_image_remove(masu_engine *engine, const char *image,
			       const struct masu_image_remove_options *options, char **ret_name,
			       char **ret_id, masu_error *error);

/* Removes the files that no image and no container needs. */
MASU_API int masu_image_collect(masu_engine *engine, masu_error *error);

/*
 * Removes the images that pass the filter and that no container was created from, with their files, and returns them. An
 * image with several names loses those that pass.
 */
MASU_API int masu_image_prune(masu_engine *engine, const struct masu_image_filter *filter,
			      masu_image_list **ret, masu_error *error);
/* The bytes of the blobs and layers that the prune has removed, also of images that were removed before. */
MASU_API uint64_t masu_image_list_reclaimed(const masu_image_list *list);

/*
 * Processes and streams of a running container, connected to this process's standard streams.
 */

struct masu_exec_options {
	size_t size;
	char *const *command; /* required */
	char *const *env;     /* "NAME=value", over the container's */
	const char
		*user; /* USER[:GROUP], names or numbers of the container; NULL: the container's */
	const char *workdir; /* absolute; NULL: the container's */
	bool tty, interactive;
	bool detach; /* return when the command was executed; its streams are /dev/null */
	const char *detach_keys; /* "ctrl-p,ctrl-q" (NULL); "": none */
	int preserve_fds;	 /* so many descriptors, from 3 on, are passed */
	bool privileged; /* all capabilities; devices and the filter of system calls are the container's */
};

/*
 * Executes a command in the container and waits for its exit, forwarding signals. `ret_status` is as for
 * masu_container_run(); 0 if it was left running, with `detach` or by the keys that detach. The container's exit
 * ends it; that of this process does not. One that is starting is awaited.
 */
MASU_API int masu_container_exec(masu_container *container, const struct masu_exec_options *options,
				 int *ret_status, masu_error *error);

/*
 * Executes the health check of a running container, waits for its end and records the result, as the supervisor does at
 * each interval; an action of health_on_failure follows at once. `ret_exit_code` is that of the check, 0 if it has
 * passed, or -1 after its timeout. MASU_ERROR_INVALID without a health check, MASU_ERROR_CONFLICT if the container does not
 * run, is paused, or has exited meanwhile.
 */
MASU_API int masu_container_health_check(masu_container *container, int *ret_exit_code,
					 masu_error *error);

struct masu_attach_options {
	size_t size;
	bool no_stdin;
	bool keep_signals;	 /* signals end this call instead of being forwarded */
	const char *detach_keys; /* as in struct masu_exec_options */
};

/*
 * Connects to the streams of a container that was started in the background, until its exit is recorded and
 * cleaned up; `ret_status` is its exit code. It is 0 if the user has typed the keys that detach.
 */
MASU_API int masu_container_attach(masu_container *container,
				   const struct masu_attach_options *options, int *ret_status,
				   masu_error *error);

/*
 * Stops the container as masu_container_stop() does, and starts it in the background with the same settings. One
 * that is not running is started. auto_remove does not remove it in between.
 */
MASU_API int masu_container_restart(masu_container *container,
				    const struct masu_stop_options *options, masu_error *error);

/*
 * Files of a container, running, paused or not, as tar archives. They are seen as the container sees them, with its
 * mounts and volumes; one that does not run is locked for the time of the call, and its tmpfs are empty. Paths are
 * absolute in the container (or relative to its root) and cannot lead out of it, whatever its processes do meanwhile.
 * Archives are read and written by processes that reach no file of the host.
 */

struct masu_path_stat {
	size_t size;
	char name[256]; /* the last part of the path; "/" for the root */
	uint64_t bytes;
	mode_t mode;		/* as st_mode of stat(2) */
	int64_t modified;	/* time */
	char link_target[4096]; /* of a symbolic link; else "" */
};

/* Fills *stat, whose size the caller has set. A symbolic link is not followed. MASU_ERROR_NOT_FOUND. */
MASU_API int masu_container_archive_stat(masu_container *container, const char *path,
					 struct masu_path_stat *stat, masu_error *error);

/* Takes bytes of an archive. 0, or -errno to end the call, which then returns that. */
typedef int masu_write_fn(void *userdata, const void *bytes, size_t size);

/* Returns the number of bytes that it has written to the buffer, 0 at the end, or -errno. */
typedef ssize_t masu_read_fn(void *userdata, void *buffer, size_t size);

struct masu_archive_get_options {
	size_t size;
	masu_write_fn *write; /* required */
	void *userdata;
	bool follow_link; /* if the path itself is a symbolic link */
	bool bare; /* only the file system of the container's root, without mounts and volumes; of "/": event "export" */
};

/*
 * Writes an archive of a file or of a directory with all that is in it. Names begin with the last part of the path, or
 * with "." if that is "."; those of "/" begin below it. Holes of sparse files, hard links and extended attributes (user.* and
 * file capabilities) are kept; sockets are left out.
 */
MASU_API int masu_container_archive_get(masu_container *container, const char *path,
					const struct masu_archive_get_options *options,
					masu_error *error);

struct masu_archive_put_options {
	size_t size;
	masu_read_fn *read; /* required */
	void *userdata;
	bool owners; /* keep the archive's numbers of users and groups; else all belongs to the container's root */
	bool overwrite; /* a directory may replace another file, and the reverse; else MASU_ERROR_CONFLICT */
};

/*
 * Unpacks an archive, which may be compressed by gzip or zstd, below a directory of the container. Existing files are
 * replaced; device nodes are left out. After a failure, or when it is canceled, a part may have been unpacked.
 */
MASU_API int masu_container_archive_put(masu_container *container, const char *path,
					const struct masu_archive_put_options *options,
					masu_error *error);

struct masu_copy_options {
	size_t size;
	masu_container *source, *target;       /* NULL: the host */
	const char *source_path, *target_path; /* required */
	bool follow_link;		       /* if the source itself is a symbolic link */
	bool owners,
		overwrite; /* as of struct masu_archive_put_options; only root keeps owners on the host */
};

/*
 * Copies a file or a directory between the host and a container, or two containers, by the rules of masu-cp(1). On the
 * host files get no set-id bits and no capabilities.
 */
MASU_API int masu_copy(masu_engine *engine, const struct masu_copy_options *options,
		       masu_error *error);

/*
 * The changes of a container against its image, running or not. The files of mounts
 * and the mount points that a start creates are left out.
 */

typedef struct masu_change masu_change;
typedef struct masu_change_list masu_change_list;

enum masu_change_kind {
	MASU_CHANGE_MODIFIED, /* of a directory: also if only a file in it has changed */
	MASU_CHANGE_ADDED,
	MASU_CHANGE_DELETED,
};

/*
 * Lists the changes, sorted by path, without reading the contents of files. A directory is listed with its changed files,
 * but a deleted one without its files. MASU_ERROR_UNSUPPORTED for a container with a plain directory as its root ("rootfs:DIR").
 */
MASU_API int masu_container_changes(masu_container *container, masu_change_list **ret,
				    masu_error *error);
MASU_API size_t masu_change_list_count(const masu_change_list *list);
/* Belongs to the list. NULL beyond its end. */
MASU_API const masu_change *masu_change_list_get(const masu_change_list *list, size_t index);
MASU_API void masu_change_list_free(masu_change_list *list);
MASU_DEFINE_FREEP(change_list)

MASU_API enum masu_change_kind masu_change_kind(const masu_change *change);
MASU_API const char *masu_change_path(const masu_change *change); /* absolute, in any encoding */

struct masu_commit_options {
	size_t size;
	const char *name; /* of the image, moved from another one if need be; NULL: none */
	const char *author, *message;
	enum masu_choice pause; /* a running container meanwhile; MASU_ANY: if it is possible */
	bool quiet;		/* no progress */
	masu_progress_fn *progress;
	void *userdata;

	/* Settings of the image; NULL: those that this container was created with */
	char *const *command, *const *entrypoint; /* an empty list: none */
	const char *user, *workdir, *stop_signal;
	/* Added to what image and container have: "NAME=value", "KEY=VALUE", "80/tcp", absolute paths */
	char *const *env, *const *labels, *const *ports, *const *volumes;

	const struct masu_health_options *health; /* NULL: that of the container's image */
};

/*
 * Makes an image of the container's image and a further layer with its changes. Sockets, device nodes and the files of
 * mounts are left out. `ret_id`, which may be NULL, is the id of the image. It is listed only when it is complete.
 * MASU_ERROR_NOT_FOUND if the container's image is no longer in the store, MASU_ERROR_UNSUPPORTED for "rootfs:DIR". If the
 * calling process is killed meanwhile, a running container stays paused.
 */
MASU_API int masu_container_commit(masu_container *container,
				   const struct masu_commit_options *options, char **ret_id,
				   masu_error *error);

struct masu_import_options {
	size_t size;
	int fd; /* of a tar archive, plain or compressed by gzip or zstd, which is read to its end */
	const char *platform; /* OS/ARCH[/VARIANT]; NULL: this machine's */
	const struct masu_commit_options
		*image; /* name, settings and progress; `pause` does not matter; or NULL */
};

/*
 * Makes an image with one layer, of an archive of files such as masu_container_archive_get() writes. `ret_id`, which may be
 * NULL, is the id of the image. It is listed only when it is complete. MASU_ERROR_INVALID for an archive that is damaged
 * or empty, and for a file of another format.
 */
MASU_API int masu_image_import(masu_engine *engine, const struct masu_import_options *options,
			       char **ret_id, masu_error *error);

/*
 * Waiting for a container. Nothing is polled: the kernel reports each change.
 */

enum masu_wait_condition {
	/* it has run and exited, and is not started again; a created container is waited for, too */
	MASU_WAIT_STOPPED = 1 << 0,
	MASU_WAIT_CREATED = 1 << 1,
	MASU_WAIT_RUNNING = 1 << 2,
	MASU_WAIT_REMOVED = 1 << 3,
	/* It runs and has this health. MASU_ERROR_INVALID if it has no health check. */
	MASU_WAIT_HEALTHY = 1 << 4,
	MASU_WAIT_UNHEALTHY = 1 << 5,
	MASU_WAIT_PAUSED = 1 << 6, /* also by a commit */
	MASU_WAIT_INITIALIZED = 1 << 7,
};

/*
 * Waits for one of the conditions (0: MASU_WAIT_STOPPED). `ret_exit_code` is 0 to 255, or -1 if the container has
 * not exited. A stopped container is cleaned up by then, and can be started or removed at once. The exit code is
 * known also for a container that is removed as it exits. MASU_ERROR_NOT_FOUND if the container was removed, its
 * exit code is not known, and MASU_WAIT_REMOVED is not among the conditions.
 */
MASU_API int masu_container_wait(masu_container *container, unsigned int conditions,
				 int *ret_exit_code, masu_error *error);

/*
 * The same for an event loop: masu_wait_fd() polls as readable when masu_wait_step() may have something to report. That
 * returns 1 when a condition holds, or 0; it does not block for long. It is to be called once before the first poll.
 */
typedef struct masu_wait masu_wait;
MASU_API int masu_wait_new(masu_container *container, unsigned int conditions, masu_wait **ret,
			   masu_error *error);
MASU_API int masu_wait_fd(const masu_wait *wait);
MASU_API int masu_wait_step(masu_wait *wait, int *ret_exit_code, masu_error *error);
MASU_API void masu_wait_free(masu_wait *wait);
MASU_DEFINE_FREEP(wait)

/*
 * Volumes: directories that outlive containers. A volume is in use while a container exists that mounts it.
 */

typedef struct masu_volume masu_volume;
typedef struct masu_volume_list masu_volume_list;

struct masu_volume_create_options {
	size_t size;
	char *const *labels; /* "KEY=VALUE" */
	bool ignore;	     /* accept an existing volume, which keeps its labels and options */

	/*
	 * "type=tmpfs", or "type=none" with "o=bind", "device=PATH" and "o=WORD,...": each container that mounts the volume makes
	 * this mount, and the files are those of the device. A tmpfs is not shared between containers, and is empty at each
	 * start.
	 */
	char *const *options;
};

/*
 * Creates a volume; `name` NULL: with an id as its name. The first container that mounts it fills it with the files
 * that it covers, unless it has files by then, or options. MASU_ERROR_CONFLICT if it exists. MASU_ERROR_INVALID for an unknown option;
 * MASU_ERROR_UNSUPPORTED for another type, since a user namespace may not mount it. The name is the caller's, for free(3).
 */
MASU_API int masu_volume_create(masu_engine *engine, const char *name,
				const struct masu_volume_create_options *options, char **ret_name,
				masu_error *error);

MASU_API int masu_volume_find(masu_engine *engine, const char *name, masu_volume **ret,
			      masu_error *error);
MASU_API void masu_volume_free(masu_volume *volume);
MASU_DEFINE_FREEP(volume)

MASU_API const char *masu_volume_name(const masu_volume *volume);
MASU_API const char *masu_volume_path(const masu_volume *volume); /* of its files */
MASU_API const char *masu_volume_label(const masu_volume *volume, const char *key); /* or NULL */
MASU_API int64_t
masu_volume_created(const masu_volume *volume); /* 0: the file system does not record it */
MASU_API bool masu_volume_is_anonymous(const masu_volume *volume); /* its name is an id */
MASU_API int masu_volume_inspect(const masu_volume *volume, char **ret_json, masu_error *error);

/* Which volumes: those for which all of this holds. */
struct masu_volume_filter {
	size_t size;
	char *const *labels;	 /* each "KEY" or "KEY=VALUE": it has all of them ... */
	char *const *not_labels; /* ... and none of these */
	char *const *names;	 /* its name contains one of them */
	int64_t created_before;	 /* 0: at any time */
	enum masu_choice unused, anonymous;
};

/* Lists volumes, sorted by name. */
MASU_API int masu_volume_list_read(masu_engine *engine, const struct masu_volume_filter *filter,
				   masu_volume_list **ret, masu_error *error);
MASU_API size_t masu_volume_list_count(const masu_volume_list *list);
/* Belongs to the list. NULL beyond its end. */
MASU_API const masu_volume *masu_volume_list_get(const masu_volume_list *list, size_t index);
MASU_API void masu_volume_list_free(masu_volume_list *list);
MASU_DEFINE_FREEP(volume_list)

/*
 * Removes a volume with its files. MASU_ERROR_CONFLICT if it is in use. With `force` the containers that use it are
 * removed first, running or not, and a missing volume is accepted.
 */
MASU_API int masu_volume_remove(masu_engine *engine, const char *name, bool force,
				masu_error *error);

/*
 * Writes an archive of the files of a volume, whose names begin below it; the numbers of users and groups are those that
 * containers see. `follow_link` and `bare` have no meaning. The reverse unpacks an archive into a volume, as
 * masu_container_archive_put() does. Containers may use the volume meanwhile. MASU_ERROR_CONFLICT while the first start
 * fills it.
 */
MASU_API int masu_volume_archive_get(masu_engine *engine, const char *name,
				     const struct masu_archive_get_options *options,
				     masu_error *error);
MASU_API int masu_volume_archive_put(masu_engine *engine, const char *name,
				     const struct masu_archive_put_options *options,
				     masu_error *error);

/* Removes the unused volumes that pass the filter, and returns them. */
MASU_API int masu_volume_prune(masu_engine *engine, const struct masu_volume_filter *filter,
			       masu_volume_list **ret, masu_error *error);
/* The bytes of their files, of a list from a prune; 0 for those that could not be measured. */
MASU_API uint64_t masu_volume_list_reclaimed(const masu_volume_list *list);

/*
 * Secrets: passwords and keys for containers, in DATA/secrets, in files that only their owner can read. They are not
 * encrypted. The library writes their bytes into no message, log, event or argument of a program.
 */

typedef struct masu_secret masu_secret;
typedef struct masu_secret_list masu_secret_list;

#define MASU_SECRET_SIZE_MAX 512000 /* bytes */

struct masu_secret_create_options {
	size_t size;
	const void *bytes;   /* required */
	size_t n_bytes;	     /* 1 to MASU_SECRET_SIZE_MAX */
	char *const *labels; /* "KEY=VALUE" */
	bool replace;	     /* an existing secret, which keeps its id and time of creation */
	bool ignore;	     /* accept an existing secret, which keeps its bytes */
};

/*
 * Stores a secret, which is on the disk when it returns. `ret_id`, which may be NULL, is the caller's, for free(3).
 * MASU_ERROR_CONFLICT if the name is in use.
 */
MASU_API int masu_secret_create(masu_engine *engine, const char *name,
				const struct masu_secret_create_options *options, char **ret_id,
				masu_error *error);

/* Finds a secret by its name, its id, or the beginning of exactly one id. */
MASU_API int masu_secret_find(masu_engine *engine, const char *name, masu_secret **ret,
			      masu_error *error);
MASU_API void masu_secret_free(masu_secret *secret); /* overwrites the bytes in memory */
MASU_DEFINE_FREEP(secret)

MASU_API const char *masu_secret_id(const masu_secret *secret);
MASU_API const char *masu_secret_name(const masu_secret *secret);
MASU_API const char *masu_secret_label(const masu_secret *secret, const char *key); /* or NULL */
MASU_API int64_t masu_secret_created(const masu_secret *secret);		    /* time */
MASU_API int64_t masu_secret_updated(const masu_secret *secret);		    /* time */
/* Belongs to the secret; not terminated. NULL for a secret of a list. */
MASU_API const void *masu_secret_bytes(const masu_secret *secret, size_t *ret_size);
/*
 * With `show` also the bytes, as SecretData. MASU_ERROR_UNSUPPORTED then for bytes that are not UTF-8, which JSON cannot
 * hold, and for a secret of a list.
 */
MASU_API int masu_secret_inspect(const masu_secret *secret, bool show, char **ret_json,
				 masu_error *error);

/* Which secrets: those for which all of this holds. */
struct masu_secret_filter {
	size_t size;
	char *const *labels; /* each "KEY" or "KEY=VALUE": it has all of them */
	char *const *names;  /* its name contains one of them */
	char *const *ids;    /* its id begins with one of them */
};

/* Lists secrets without their bytes, sorted by name. An unreadable secret is left out and reported as a notice. */
MASU_API int masu_secret_list_read(masu_engine *engine, const struct masu_secret_filter *filter,
				   masu_secret_list **ret, masu_error *error);
MASU_API size_t masu_secret_list_count(const masu_secret_list *list);
/* Belongs to the list. NULL beyond its end. */
MASU_API const masu_secret *masu_secret_list_get(const masu_secret_list *list, size_t index);
MASU_API void masu_secret_list_free(masu_secret_list *list);
MASU_DEFINE_FREEP(secret_list)

/*
 * Removes a secret, named as for masu_secret_find(). Running containers keep it; a container that was created with it
 * cannot be started any more.
 */
MASU_API int masu_secret_remove(masu_engine *engine, const char *name, masu_error *error);

/*
 * Updates of services: masu-auto-update(1). A container takes part if it runs, and its label MASU_AUTO_UPDATE_LABEL is
 * "registry" (or "image") or "local". Its label MASU_UNIT_LABEL names the service of the caller's systemd manager that
 * starts it by the name of its image. Labels of images do not count.
 */

#define MASU_AUTO_UPDATE_LABEL "io.containers.autoupdate"
#define MASU_UNIT_LABEL	       "PODMAN_SYSTEMD_UNIT"

enum masu_updated {
	MASU_UPDATED_NO,	  /* no newer image exists */
	MASU_UPDATED_PENDING,	  /* one exists; with dry_run */
	MASU_UPDATED_YES,	  /* the service runs the newer image */
	MASU_UPDATED_FAILED,	  /* no check, no update, or no roll-back was possible */
	MASU_UPDATED_ROLLED_BACK, /* the newer image failed; the service runs the former image again */
};
MASU_API const char *masu_updated_name(enum masu_updated updated); /* "rolled back" */

/* The result for one container. Its strings are valid during the callback. */
struct masu_auto_update {
	size_t size;
	const char *unit;   /* "" without the label */
	const char *id;	    /* of the container that was examined; a restart may replace it */
	const char *name;   /* of the container */
	const char *image;  /* as the container was created with */
	const char *policy; /* the text of the label */
	enum masu_updated updated;
	const masu_error *error; /* of FAILED and ROLLED_BACK: the reason; else NULL */
};

typedef void masu_auto_update_fn(void *userdata, const struct masu_auto_update *update);

struct masu_auto_update_options {
	size_t size;
	bool dry_run;		/* change nothing */
	bool no_rollback;	/* leave a service with the newer image, also if it fails */
	const char *authfile;	/* as in struct masu_pull_options; the label io.containers.autoupdate.authfile precedes it */
	enum masu_tls tls;
	masu_progress_fn *progress; /* of pulls; may be NULL */
	masu_auto_update_fn *updated;
	void *userdata; /* for both */
};

/*
 * Pulls newer images, restarts the services of their containers, one after the other, and goes back to the former image if
 * a restart fails, or the new container becomes unhealthy. First it finishes an update that was interrupted. A failure at
 * one service does not end the call: the callback gets it. Returns 0 also then. MASU_ERROR_CONFLICT if another process
 * updates the services of this store; MASU_ERROR_UNAVAILABLE if an interrupted update cannot be finished without systemd. A
 * call that is canceled leaves an update that the next call finishes.
 */
MASU_API int masu_auto_update(masu_engine *engine, const struct masu_auto_update_options *options,
			      masu_error *error);

/*
 * Events: changes of containers, images and volumes, in their order. The store keeps the latest events, several
 * thousand, in DATA/events, across reboots; no process needs to run for that. An event that cannot be written, for
 * example to a full disk, is missing.
 */

enum masu_event_type { MASU_EVENT_CONTAINER, MASU_EVENT_IMAGE, MASU_EVENT_VOLUME };
MASU_API const char *masu_event_type_name(enum masu_event_type type); /* "container" */

struct masu_event {
	size_t size;
	int64_t time;
	enum masu_event_type type;
	/* masu-events(1) has the list: "create", "start", "died", ... */
	const char *action;
	const char *id;	     /* of the container or image; NULL for a volume */
	const char *name;    /* of the container, image or volume, or NULL */
	const char *image;   /* of a container, or NULL */
	const char *exec_id; /* of "exec" and "exec_died"; else NULL */
	bool has_exit_code;  /* "died" and "exec_died" have one */
	int exit_code;
	bool oom_killed;      /* "died": the kernel killed a process of it for lack of memory */
	int signal;	      /* of "kill"; else 0 */
	const char *old_name; /* of "rename"; else NULL */
	char *const *labels;  /* of a container: "KEY=VALUE"; never NULL */
	const char *health;   /* of "health_status": "healthy"; else NULL */
	const char *error;    /* of "start_failed": the reason; else NULL */
};

struct masu_events_options {
	size_t size;
	int64_t since; /* 0: the oldest ones, too; -1: only those after this call */
	int64_t until; /* 0: no limit */
	bool follow;   /* wait for further ones, until `until` */
	/*
	 * Filters: an event passes a list if one of its entries fits, and must pass each list that is not NULL.
	 */
	char *const *types;	 /* "container", "image", "volume" */
	char *const *actions;	 /* masu-events(1): "start"; docker's words for them, too: "die" */
	char *const *containers; /* events of containers, by name or by the beginning of the id */
	char *const *images;	 /* events of images and of their containers, the same */
	char *const *volumes;	 /* events of volumes, by name */
	char *const *labels;	 /* "KEY" or "KEY=VALUE" */
};

typedef struct masu_events masu_events;

/* MASU_ERROR_INVALID for an unknown type or action. */
MASU_API int masu_events_new(masu_engine *engine, const struct masu_events_options *options,
			     masu_events **ret, masu_error *error);
MASU_API void masu_events_free(masu_events *events);
MASU_DEFINE_FREEP(events)

/* Polls as readable when masu_events_next() may have something to report. To be polled after a call that timed out. */
MASU_API int masu_events_fd(const masu_events *events);

/*
 * Writes the next event to *event, whose size the caller has set; its strings are valid until the next call. Returns 1,
 * or 0 after the last one. Following, it waits for one: at most `timeout_ms`, then -ETIMEDOUT without an error; -1: without
 * limit. Nothing is polled: the kernel reports each change of the log.
 */
MASU_API int masu_events_next(masu_events *events, int timeout_ms, struct masu_event *event,
			      masu_error *error);

#ifdef __cplusplus
}
#endif

#endif
