/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What happens between clone and exec: the container's init, as yet a copy of the launcher in new
 * namespaces, makes the container around itself. init.c has the table of its steps, in their order,
 * each with the privileges that it holds; a new feature of isolation is one file and one row.
 *
 * It talks to the launcher over one channel (base/channel.h). An error goes there whole, with the
 * name of the step, and ends the process; end-of-file in either direction is a failure.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/channel.h"
#include "base/err.h"
#include "linux/label.h"
#include "runtime/container.h"

struct init_mount;

enum init_message {
	INIT_MAPPED = 1,   /* from the launcher: the new user namespace has its map */
	INIT_CGROUP_READY, /* from the launcher: init, not born in its cgroup, was moved there */
	INIT_NETWORK,	   /* from the launcher, with the network namespace */
	INIT_LEAVE,	   /* from the launcher: wait for the start at start_listener */
	INIT_GO,	   /* from the launcher, or whoever connects to start_listener: exec */
	INIT_CLOSE, /* at start_listener, from an exec: close yourself to tracing, and wait on */
	INIT_HOOKS, /* to the launcher: the mounts are made, the hooks' turn has come */
	INIT_HOOKS_DONE,   /* from the launcher: its hooks have run; with the OCI state */
	INIT_NEED_FUSE,	   /* to the launcher: the kernel can't mount the root, and this is why */
	INIT_FUSE_STARTED, /* from the launcher: fuse-overlayfs is at it */
	INIT_NEED_SOURCE,  /* to the launcher: make the detached mount of this bind mount */
	INIT_SOURCE,	   /* from the launcher, with it */
	INIT_NEED_DEVICES, /* to the launcher: move the network devices here */
	INIT_DEVICES,	   /* from the launcher: done; with their addresses */
	INIT_CONSOLE,	   /* to the launcher, with the pty's master */
	INIT_READY,	   /* to the launcher: only INIT_GO is missing; the answer to INIT_CLOSE */
	INIT_LISTENER,	   /* to who said GO: the filter's listener (runtime/listener.h) */
	INIT_TAKEN,	   /* from them: the agent has it */
	INIT_CLONED,	   /* to the launcher, from who joined for an exec: the process's pid */
	INIT_EXECING,	   /* to who said GO: execve follows; end-of-file now means success */
};

struct exec_plan;

struct init {
	const struct container_plan *plan;
	const struct birth *birth;
	const struct exec_plan *exec; /* a process that joins a container; NULL in its init */
	const struct oci_spec *spec;
	int channel;

	int proc_fd;	/* the host's procfs, checked to be one */
	int null_fd;	/* the host's /dev/null, checked to be it */
	int stdio_null; /* the same, open for standard streams */
	int root_fd;	/* O_PATH: the container's root, from the step that mounts it on */
	int top_fd;	/* O_PATH: the root of the mount namespace, for who is in a chroot; or -1 */
	struct init_mount *mounts;     /* those of the spec (mounts.h) */
	int console;		       /* the terminal's own end of the pty, or -1 */
	int label_fds[LABEL_KIND_MAX]; /* where the labels are written, or -1 */
	bool cgroup_ready;	       /* INIT_CGROUP_READY has come, or isn't needed */
	bool in_cgroup;		       /* and was acted on */
	int network_fd;		       /* what came with INIT_NETWORK, or -1 */
	bool in_network;	       /* its own, if it is to have one */
	bool may_go;		       /* INIT_GO has come */

	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t n_groups;
	mode_t caller_umask;
	bool may_set_groups; /* setgroups(2) isn't given up in this user namespace */
	char **env;
	char *command;	     /* the path to exec, as seen inside */
	int hook_streams[2]; /* where hooks write to, or -1: see hooks.h */
	char *hook_state;    /* what hooks read; NULL when there are none to run in here */
};

/* The life of init. Never returns. */
_noreturn_ void init_main(const struct container_plan *plan, int channel,
			  const struct birth *birth);

/* A row of a table of steps; "host" privileges are the caller's, "root" the user namespace's. */
struct init_step {
	const char *name;
	const char *privileges;
	int (*run)(struct init *init, struct err *err);
};

/* Runs them in their order up to the first that fails. */
int init_run_steps(struct init *init, const struct init_step *steps, size_t n, struct err *err);

#define INIT_NEW                                 \
	((struct init){.channel = -1,            \
		       .proc_fd = -1,            \
		       .null_fd = -1,            \
		       .stdio_null = -1,         \
		       .root_fd = -1,            \
		       .top_fd = -1,             \
		       .console = -1,            \
		       .network_fd = -1,         \
		       .hook_streams = {-1, -1}, \
		       .label_fds = {-1, -1}})

/* The steps, in files by concept. Each returns 0 or -errno with `err` set. */
int init_close_others(struct init *init, struct err *err);     /* init.c */
int init_become_root(struct init *init, struct err *err);      /* init.c */
int init_close_self(struct init *init, struct err *err);       /* init.c */
int init_open_kernel(struct init *init, struct err *err);      /* rootfs.c */
int init_terminal(struct init *init, struct err *err);	       /* console.c */
int init_open_host(struct init *init, struct err *err);	       /* rootfs.c */
int init_time(struct init *init, struct err *err);	       /* time.c */
int init_open_labels(struct init *init, struct err *err);      /* label.c */
int init_set_labels(struct init *init, struct err *err);       /* label.c */
int init_mount_root(struct init *init, struct err *err);       /* rootfs.c */
int init_pivot(struct init *init, struct err *err);	       /* rootfs.c */
int init_prepare_mounts(struct init *init, struct err *err);   /* bind.c */
int init_fill_volumes(struct init *init, struct err *err);     /* volumes.c */
int init_mounts(struct init *init, struct err *err);	       /* mounts.c */
int init_close_mounts(struct init *init, struct err *err);     /* mounts.c */
int init_devices(struct init *init, struct err *err);	       /* devices.c */
int init_console(struct init *init, struct err *err);	       /* console.c */
int init_mask_paths(struct init *init, struct err *err);       /* masks.c */
int init_host_name(struct init *init, struct err *err);	       /* identity.c */
int init_net_devices(struct init *init, struct err *err);      /* network.c */
int init_sysctl(struct init *init, struct err *err);	       /* identity.c */
int init_user(struct init *init, struct err *err);	       /* user.c */
int init_find_command(struct init *init, struct err *err);     /* command.c */
int init_keyring(struct init *init, struct err *err);	       /* keyring.c */
int init_stdio(struct init *init, struct err *err);	       /* console.c */
int init_close_all(struct init *init, struct err *err);	       /* privileges.c */
int init_schedule(struct init *init, struct err *err);	       /* schedule.c */
int init_affinity_initial(struct init *init, struct err *err); /* schedule.c */
int init_affinity_final(struct init *init, struct err *err);   /* schedule.c */
int init_signals(struct init *init, struct err *err);	       /* privileges.c */
int init_limits(struct init *init, struct err *err);	       /* privileges.c */
int init_privileges(struct init *init, struct err *err);       /* privileges.c */
int init_load_filter(struct init *init, struct err *err);      /* filter.c */
int init_exec(struct init *init, struct err *err);	       /* command.c */

/*
 * Gives the caller a session keyring that is the container's; when `optional`, none for want of
 * keys. (keyring.c)
 */
int keyring_join(const char *id, bool optional, struct err *err);

/* Their files are the host's. */
int init_open_hook_streams(struct init *init, struct err *err); /* hooks.c */

/*
 * Lets the launcher run the hooks of its side, then runs those of createContainer: in the
 * container's namespaces, with the host's files still in view (runtime-spec, config.md).
 */
int init_create_hooks(struct init *init, struct err *err); /* hooks.c */
int init_start_hooks(struct init *init, struct err *err);  /* hooks.c */

/* Enters the network namespace that it wasn't born with: before what shows one is mounted. */
int init_enter_network(struct init *init, struct err *err); /* network.c */

/* Waits for INIT_CGROUP_READY, once, and makes the cgroup namespace: before a cgroup mount. */
int init_enter_cgroup(struct init *init, struct err *err);

/*
 * Opens a file of the host's procfs below proc_fd, with no way out of it by links or by what a
 * container mounted there. The descriptor or -errno.
 */
int init_open_proc(const struct init *init, const char *path, int flags);

/* Waits for a message of this type, into *m. `what` is how an error goes on: "... went away before" */
int init_receive(struct init *init, enum init_message type, const char *what,
		 struct channel_message *m, struct err *err);
int init_wait_for(struct init *init, enum init_message type, const char *what, struct err *err);

/* Is there such a group in the user namespace, if that has a map of its own? */
bool init_maps_gid(const struct init *init, gid_t gid);

/*
 * Closes all descriptors but the standard streams, those that the container is given, the channel
 * and those in `keep`.
 */
int init_close_fds(const struct init *init, const int *keep, size_t n);

/*
 * Opens the file at `path` inside the root to mount a device on, made when it is missing. -EPERM
 * when a link leads it into the container's procfs, over which nothing may be mounted.
 */
int init_touch(const struct init *init, const char *path, mode_t mode);
