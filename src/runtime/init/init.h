/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From clone to exec: the container's init, still a copy of the launcher in new namespaces, sets up the
 * container around itself. init.c calls the steps in the order of the table in docs/architecture.md; a new
 * isolation feature is one file and one row. The steps are in files by concept, none of which calls init.c.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "linux/label.h"
#include "runtime/container.h"
#include "runtime/hooks.h"

struct exec_plan;
struct holder;
struct init_mount;

/* The things that init is born with; it gets the others later. */
struct birth {
	int cgroup;   /* the group of cgroup v2 that it is born in; -1: it is moved later */
	bool network; /* it has its own network namespace, if it needs one; else INIT_NETWORK */
	/* Its user namespace is below the holder's, and mapped; NULL: the launcher has it mapped. */
	const struct holder *holder;
};
#define BIRTH_INIT ((struct birth){.cgroup = -1, .network = true})

/* Messages of the launcher that have arrived (messages.c). */
struct init_news {
	bool cgroup_ready, may_go;
	int network_fd; /* -1 before INIT_NETWORK, and after its use */
};

/* The host's files: opened before the first mount of the container's, used and closed up to the pivot. */
struct init_host {
	int proc_fd; /* procfs, verified */
	int null_fd; /* /dev/null, verified: O_PATH */
	int top_fd;  /* the root of the mount namespace if the caller is in a chroot, or -1 */
	struct init_mount *mounts; /* those of the spec (mounts.h) ... */
	size_t next_mount;	   /* ... of which these are made already */
};

/* Opened with the host in view; used and closed inside the new root, before the user is taken on. */
struct init_inside {
	int console;		       /* the terminal's own end of the pty, or -1 */
	int null_fd;		       /* /dev/null, for standard streams without any other file */
	int label_fds[LABEL_KIND_MAX]; /* where the labels are written, or -1 */
};

/* The process to execute: found with all privileges, used by the steps that give them up. */
struct init_process {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t n_groups;
	bool may_set_groups; /* setgroups(2) is allowed in this user namespace */
	mode_t caller_umask;
	char **env;
	char *path; /* of the command, as seen inside */
};

struct init {
	const struct container_plan *plan;
	const struct oci_spec *spec;
	const struct birth *birth;    /* NULL for a process that joins a container ... */
	const struct exec_plan *exec; /* ... which has this */
	int channel;		      /* to the launcher, or to the sender of GO */
	int launcher;		      /* -1, or to the launcher, if GO came from another sender */
	int root_fd;		      /* O_PATH: the container's root, once it is mounted */
	struct init_news news;
	struct init_host host;
	struct init_inside inside;
	struct init_process process;
	struct hook_context hooks; /* of those that run here; `state` is NULL without hooks */
};
#define INIT_NEW                                                                        \
	((struct init){.channel = -1,                                                   \
		       .launcher = -1,                                                  \
		       .root_fd = -1,                                                   \
		       .news = {.network_fd = -1},                                      \
		       .host = {.proc_fd = -1, .null_fd = -1, .top_fd = -1},            \
		       .inside = {.console = -1, .null_fd = -1, .label_fds = {-1, -1}}, \
		       .hooks = HOOK_CONTEXT_INIT})

/* The life of init. Never returns. */
_noreturn_ void init_main(const struct container_plan *plan, int channel,
			  const struct birth *birth);

/* The steps. Each returns 0, or -errno with `err` set. A process that joins takes some of them, too. */

/* descriptors.c: those of the host */
int init_open_kernel(struct init *init, struct masu_error *err);
int init_close_others(struct init *init, struct masu_error *err);
int init_close_all(struct init *init, struct masu_error *err);

/* Keeps the standard streams, the container's, the channel and `keep`. */
int init_close_fds(const struct init *init, const int *keep, size_t n);

/*
 * Opens a file of the host's procfs below proc_fd. Links and the container's mounts cannot lead out of it.
 * The descriptor or -errno.
 */
int init_open_proc(const struct init *init, const char *path, int flags);

/* credentials.c */
int init_wait_for_map(struct init *init, struct masu_error *err);
int init_become_root(struct init *init, struct masu_error *err);
int init_make_ipc(struct init *init, struct masu_error *err);
int init_lead_session(struct init *init, struct masu_error *err);
int init_close_to_members(struct init *init, struct masu_error *err);
int init_close_self(struct init *init, struct masu_error *err);
int init_open_labels(struct init *init, struct masu_error *err);
int init_set_labels(struct init *init, struct masu_error *err);
int init_join_keyring(struct init *init, struct masu_error *err);

/*
 * Gives the caller a session keyring that belongs to the container. If `optional`, it does without one when
 * the user has too many keys.
 */
int keyring_join(const char *id, bool optional, struct masu_error *err);

/* bind.c: the sources that show their opener's namespaces follow init_enter_network() */
int init_open_sources(struct init *init, struct masu_error *err);
int init_open_late_sources(struct init *init, struct masu_error *err);

/* hooks.c */
int init_open_hooks(struct init *init, struct masu_error *err);
int init_run_create_hooks(struct init *init, struct masu_error *err);
int init_run_start_hooks(struct init *init, struct masu_error *err);

/* rootfs.c */
int init_enter_bundle(struct init *init, struct masu_error *err);
int init_mount_root(struct init *init, struct masu_error *err);
int init_make_cwd(struct init *init, struct masu_error *err);
int init_pivot(struct init *init, struct masu_error *err);

int init_fill_volumes(struct init *init, struct masu_error *err); /* volumes.c */

/* mounts.c: the spec's mounts in their order, up to the first that depends on a later step */
int init_mount_first(struct init *init, struct masu_error *err);
int init_mount_networked(struct init *init, struct masu_error *err);
int init_mount_rest(struct init *init, struct masu_error *err);
int init_make_read_only(struct init *init, struct masu_error *err);

int init_write_secrets(struct init *init, struct masu_error *err); /* secrets.c */

/* enter.c */
int init_time(struct init *init, struct masu_error *err);
int init_enter_network(struct init *init, struct masu_error *err);
int init_enter_cgroup(struct init *init, struct masu_error *err);

int init_devices(struct init *init, struct masu_error *err); /* devices.c */

int init_add_user(struct init *init, struct masu_error *err); /* accounts.c */
int init_add_link(struct init *init, struct masu_error *err); /* link.c */

/* user.c */
int init_find_user(struct init *init, struct masu_error *err);

/* The text of a file in the container like /etc/passwd, "" if it does not exist. ERR_INVALID for a file that could block. */
int init_read_id_file(const struct init *init, const char *path, char **ret,
		      struct masu_error *err);

/*
 * Opens a descriptor's file again, by a magic link, which init_open_proc() refuses; but procfs is the host's, and verified. A
 * process that joins a container cannot use that container's /proc, which does not show it, if it is a procfs at all. The
 * descriptor or -errno.
 */
int init_reopen(const struct init *init, int path_fd, int flags);

/* Has the user namespace such a group, or no map of its own? */
bool init_maps_gid(const struct init *init, gid_t gid);

int init_give_files(struct init *init, struct masu_error *err); /* owners.c */

/* console.c */
int init_make_terminal(struct init *init, struct masu_error *err);
int init_bind_console(struct init *init, struct masu_error *err);
int init_connect_streams(struct init *init, struct masu_error *err);

/* identity.c */
int init_set_names(struct init *init, struct masu_error *err);
int init_take_devices(struct init *init, struct masu_error *err);
int init_prepare_network(struct init *init, struct masu_error *err);
int init_set_sysctl(struct init *init, struct masu_error *err);

int init_mask_paths(struct init *init, struct masu_error *err);	    /* masks.c */
int init_wait_for_start(struct init *init, struct masu_error *err); /* start.c */

/* command.c */
int init_find_command(struct init *init, struct masu_error *err);
int init_exec(struct init *init, struct masu_error *err);

/* privileges.c */
int init_reset_signals(struct init *init, struct masu_error *err);
int init_set_limits(struct init *init, struct masu_error *err);
int init_schedule(struct init *init, struct masu_error *err);
int init_affinity_initial(struct init *init, struct masu_error *err);
int init_affinity_final(struct init *init, struct masu_error *err);
int init_drop_privileges(struct init *init, struct masu_error *err);

int init_load_filter(struct init *init,
		     struct masu_error *err); /* filter.c, within init_drop_privileges() */

/*
 * Opens the file at `path` inside the root to mount a device on, created if it is missing. -EPERM if a link
 * leads into the container's procfs, over which nothing may be mounted. (mount-point.c)
 */
int init_touch(const struct init *init, const char *path, mode_t mode);
