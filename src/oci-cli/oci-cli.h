/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the commands of masu-oci share. */

#include <stdbool.h>

#include "base/err.h"
#include "cgroup/manager.h"
#include "cli/options.h"
#include "oci/spec.h"

/* The options before the command. */
struct oci_globals {
	const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless;
	bool debug, systemd_cgroup, version;
};

/* Options of a command, with what stands before it at the start. */
struct oci_options {
	const struct oci_globals *globals;
	const char *bundle, *config, *console_socket, *pid_file, *pidfd_socket, *format;
	int n_preserve_fds;
	bool no_pivot, no_new_keyring, no_subreaper, detach, keep, force, all, regex, quiet,
		rootless;

	/* exec */
	const char *process, *user, *cwd, *apparmor, *process_label;
	char **env, **caps, **gids, **cgroups;
	bool tty, no_new_privs, ignore_paused;

	/* checkpoint and restore */
	const char *image_path, *work_path, *parent_path, *page_server, *manage_cgroups,
		*lsm_profile, *lsm_mount_context;
	int status_fd;
	char **empty_ns;
	bool leave_running, tcp_established, ext_unix_sk, shell_job, file_locks, pre_dump,
		auto_dedup, lazy_pages;

	/* events and update */
	const char *interval, *resources, *l3_cache_schema, *mem_bw_schema;
	bool stats;
	struct oci_resources update; /* whose texts are borrowed from argv */
};
#define OCI_ROW(kind, field, letter, name, value, help) \
	OPTION_ROW(kind, struct oci_options, field, letter, name, value, help)

extern const struct command oci_command_checkpoint;
extern const struct command oci_command_create;
extern const struct command oci_command_delete;
extern const struct command oci_command_events;
extern const struct command oci_command_exec;
extern const struct command oci_command_features;
extern const struct command oci_command_info;
extern const struct command oci_command_kill;
extern const struct command oci_command_list;
extern const struct command oci_command_pause;
extern const struct command oci_command_ps;
extern const struct command oci_command_restore;
extern const struct command oci_command_resume;
extern const struct command oci_command_run;
extern const struct command oci_command_spec;
extern const struct command oci_command_start;
extern const struct command oci_command_state;
extern const struct command oci_command_update;

/* --preserve-fds: how many descriptors from 3 on, into an int. */
int oci_parse_count(const char *value, void *field, struct err *err);

/* Rows that create and run share. */
extern const struct option_row oci_create_rows[];
