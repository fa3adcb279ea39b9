/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a user asks for when making a container, as texts: the same whether they come from a command
 * line or from elsewhere. Everything is borrowed; NULL and false stand for "not given".
 */

#include <stdbool.h>

#include "image/report.h"

struct request {
	/* what runs */
	const char *
		image; /* a reference, oci:DIR, oci-archive:FILE, docker-archive:FILE, rootfs:DIR */
	char *const *command;
	bool rootfs; /* `image` is a directory */
	const char *pull, *platform;
	image_progress_fn *progress;
	void *progress_arg;
	const char *entrypoint; /* a path, or a JSON array of strings; "" for none */
	const char *user, *workdir, *hostname;
	char **env, **env_files, **groups;
	bool init, read_only, tty, interactive;

	/* what it is called, and how it ends */
	const char *name;
	bool replace, auto_remove;
	char **labels, **label_files, **annotations;
	const char *stop_signal, *stop_timeout;
	const char *log_driver;
	char **log_options;

	/* files */
	char **volumes, **mounts, **tmpfs;
	const char *shm_size;

	/* network */
	const char *network;
	char **publish, **add_hosts, **dns, **dns_search, **dns_options;

	/* what it may do, and how much */
	char **cap_add, **cap_drop, **security, **ulimits, **sysctls;
	const char *memory, *memory_swap, *memory_reservation;
	const char *cpus, *cpu_shares, *cpuset_cpus, *cpuset_mems;
	const char *pids_limit, *oom_score_adj;
};
