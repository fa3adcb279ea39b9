/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of masu-oci: each parses its options, calls runtime/, and prints. */

#include <stdbool.h>

#include "base/err.h"
#include "cgroup/manager.h"
#include "cli/options.h"
#include "oci/spec.h"
#include "runtime/instance.h"

/* The options before the command. */
struct oci_globals {
	const char *root, *log, *log_format, *log_level;
	enum cgroup_manager manager;
	enum cgroup_lack lack;
	bool debug, systemd_cgroup, version;
};
extern const struct option_row oci_global_rows[];

/* Checks them, and sets up the log. */
int oci_globals_apply(struct oci_globals *g, struct masu_error *err);

/* The options of a command, and those before it. */
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

/* --preserve-fds: a number of descriptors from 3 on, into an int. */
int oci_parse_count(const char *value, void *field, struct masu_error *err);

/* Finds a container below --root. */
int oci_find(const struct oci_options *o, const char *id, struct instance *ret,
	     struct masu_error *err);

/* The same, and calls `verb` for it. */
int oci_act(const struct oci_options *o, const char *id,
	    int (*verb)(const struct instance *c, struct masu_error *err), struct masu_error *err);

/*
 * Calls for each container whose id the extended regular expression matches. Goes on after a failure,
 * and returns the first.
 */
int oci_each(const struct oci_options *o, const char *pattern,
	     int (*call)(const struct oci_options *o, const char *id, void *arg,
			 struct masu_error *err),
	     void *arg, struct masu_error *err);

/* --format: table, the default, or json. EINVAL for another. */
int oci_format(const struct oci_options *o, bool *ret_json, struct masu_error *err);

/* create, run and restore, which begin with a bundle. `images` are restored; NULL: a new container. */
struct checkpoint;
struct run_options;
int oci_launch(const struct oci_options *o, const char *id, const struct checkpoint *images,
	       int (*call)(const struct run_options *options, struct masu_error *err),
	       struct masu_error *err);
