/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The engine's record of a container: record.json in its directory, written at its creation. A rename
 * replaces it. config.json beside it has the process, limits and mounts; engine/container/state.h the state.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "oci/fields-pack.h"
#include "oci/map.h"
#include "storage/paths.h"

/* Held by flock(2) while a record is replaced. */
#define RECORD_LOCK "record.lock"

/* Words for `seccomp` below, besides the file of a policy. */
#define SECCOMP_DEFAULT	   "default"
#define SECCOMP_UNCONFINED "unconfined"

struct record_mount {
	char *type;   /* "bind", "volume", "tmpfs", "image", "devpts" or "ramfs" */
	char *volume; /* its name, or NULL */
	char *source; /* absolute; NULL for tmpfs */
	char *destination;
	bool readonly;
	bool nocopy;	    /* when the volume is new, it doesn't get what it covers */
	char *subpath;	    /* the part of the volume or image that is mounted; NULL: all of it */
	bool chown;	    /* its files are the user's from each start on */
	char *overlay;	    /* of an overlay, its directory in the container's: overlay-dir.h */
	char *upper, *work; /* the user's directories for its changes; NULL: in `overlay` */
	char **layers;	    /* of an image, HEX of the chain ids, bottom first */
};

/* A secret that each start reads. */
struct record_secret {
	char *name;
	char *target; /* the variable, or the absolute path of the file */
	bool env;
	uint32_t uid, gid, mode; /* of the file */
};

/* The health check. All times and numbers are set if `test` is. */
struct record_health {
	char **test;	     /* "CMD" and arguments, or "CMD-SHELL" and a text; NULL: none */
	int64_t interval_ns; /* -1: no timer */
	int64_t timeout_ns, start_period_ns, start_interval_ns, retries;
	char *on_failure; /* as health_action_name() has it */
};

struct record {
	char *id;
	char *name;
	int64_t created_ns;

	char *image;	    /* as the user named it; of a plain directory "rootfs:DIR" */
	char *image_name;   /* canonical; NULL when an id named it */
	char *image_digest; /* HEX of the manifest */
	char *image_id;	    /* HEX of the config */
	char **layers;	    /* HEX of the chain ids, bottom first */
	char *rootfs;	    /* the plain directory instead of all these, absolute */

	char **entrypoint;
	char **command;
	char *user; /* "[name|uid][:[group|gid]]" */
	char *hostname;
	struct oci_map labels;
	bool tty, interactive, auto_remove, init;

	char *network;			      /* as network_parse() takes it; container:ID */
	char *pid_mode, *ipc_mode, *uts_mode; /* "host", "container:ID", "ns:PATH"; NULL: its own */
	char *cgroupns_mode; /* "container:ID", "ns:PATH"; NULL: as the spec has it */
	char **required;     /* ids of the containers that are started before it */
	char **publish;	     /* as ports_parse() takes each */
	char **expose;	     /* the other exposed ports, the same */
	bool publish_all;
	/* name-files.h; all as masu_create_options has them */
	char **add_hosts, **dns, **dns_search, **dns_options;
	char *hosts_file, *host_gateway;
	bool image_hosts, image_resolv_conf, image_hostname; /* no file of its own */
	/* "host", "keep-id:uid=...", "container:ID"; NULL: the default map */
	char *userns;
	char *uid_map, *gid_map; /* submaps as submap_parse() takes them; NULL: the default map */
	char *passwd, *group;	 /* lines for /etc/passwd and /etc/group inside, or NULL */
	bool session;		 /* each start adds what session.h has */
	char *log_driver;
	bool log_detached; /* a run in the foreground keeps no log */
	int64_t log_max_size, log_max_files;
	char *log_tag;
	int64_t stop_signal, stop_timeout; /* seconds */
	char *timezone;			   /* as masu_create_options has it */
	char *cgroup_parent;
	bool no_cgroup, split_cgroup;
	char *sdnotify;	     /* as masu_create_options has it; NULL: "ignore" */
	char *pid_file;	     /* absolute */
	char **volumes_from; /* as masu_create_options has it */
	char **devices;	     /* "HOST:CONTAINER:ACCESS" */
	char **cdi_devices;  /* "VENDOR/CLASS=NAME": each start applies their files ... */
	char **cdi_dirs;     /* ... in these directories; NULL: the default ones */
	bool privileged;     /* each start adds all devices of the host */
	char *restart;	     /* the policy as restart_name() has it; NULL: none */
	int64_t restart_max;
	struct record_health health;
	int64_t run_timeout; /* seconds; 0: none */
	char *seccomp; /* "default", "unconfined" or the policy's file; it is in config.json then */

	char **create_command;	/* of a shell, that creates such a container; NULL: unknown */
	int64_t create_options; /* so many words of it are in front of the image */

	struct record_mount *mounts;
	size_t n_mounts;
	char **mount_layers,
		**mount_images;	  /* HEX of chain ids and configs of the images in `mounts` */
	char **anonymous_volumes; /* names; they go with the container (rm -v, --rm) */

	struct record_secret *secrets;
	size_t n_secrets;
};

void record_done(struct record *record);
#define _cleanup_record_ _cleanup_(record_done)

/* Appends a copy of a mount. 0 or -ENOMEM. */
int record_add_mount(struct record *record, const struct record_mount *mount);

/* Writes it into the container's directory; `sync`: on disk when this returns. */
int record_write(int dirfd, const struct record *record, bool sync, struct masu_error *err);

/* ENOENT if it does not exist, EBADMSG for a malformed one. */
int record_read(int dirfd, struct record *ret, struct masu_error *err);

/*
 * The same for a cache, as bytes (oci/fields-pack.h). record_pack_version() appends a text that differs if the bytes of
 * two programs do. record_unpack() reads into a record of zeros, which the caller frees, also after a failure.
 */
void record_pack(const struct record *record, struct strbuf *b);
void record_pack_version(struct strbuf *b);
void record_unpack(struct unpack *u, struct record *ret);
