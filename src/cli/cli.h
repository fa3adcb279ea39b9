/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shared by the commands of masu. */

#include "base/err.h"
#include "cli/options.h"
#include "masu.h"

extern const struct command command_attach;
extern const struct command command_auto_update;
extern const struct command command_box;
extern const struct command command_commit;
extern const struct command command_container;
extern const struct command command_cp;
extern const struct command command_create;
extern const struct command command_diff;
extern const struct command command_doctor;
extern const struct command command_events;
extern const struct command command_exec;
extern const struct command command_exists_container;
extern const struct command command_exists_image;
extern const struct command command_exists_volume;
extern const struct command command_export;
extern const struct command command_export_volume;
extern const struct command command_generate;
extern const struct command command_healthcheck;
extern const struct command command_healthcheck_run;
extern const struct command command_history;
extern const struct command command_image;
extern const struct command command_images;
extern const struct command command_import_volume;
extern const struct command command_import;
extern const struct command command_info;
extern const struct command command_inspect;
extern const struct command command_inspect_container;
extern const struct command command_inspect_image;
extern const struct command command_kill;
extern const struct command command_load;
extern const struct command command_login;
extern const struct command command_logout;
extern const struct command command_logs;
extern const struct command command_mount;
extern const struct command command_init;
extern const struct command command_pause;
extern const struct command command_port;
extern const struct command command_prune_containers;
extern const struct command command_prune_images;
extern const struct command command_prune_system;
extern const struct command command_prune_volumes;
extern const struct command command_ps;
extern const struct command command_pull;
extern const struct command command_push;
extern const struct command command_quadlet;
extern const struct command command_rename;
extern const struct command command_restart;
extern const struct command command_rm;
extern const struct command command_rmi;
extern const struct command command_run;
extern const struct command command_save;
extern const struct command command_secret;
extern const struct command command_start;
extern const struct command command_stats;
extern const struct command command_stop;
extern const struct command command_system_check;
extern const struct command command_system_df;
extern const struct command command_system;
extern const struct command command_tag;
extern const struct command command_top;
extern const struct command command_unmount;
extern const struct command command_unpause;
extern const struct command command_unshare;
extern const struct command command_update;
extern const struct command command_version;
extern const struct command command_volume;
extern const struct command command_wait;

/* The commands in the order of --help, NULL at their end; and one of a group by its second word, or NULL. */
const struct command *cli_command(size_t index);
const struct command *cli_subcommand(const struct command *group, const char *word);

/*
 * Prints the words that may replace the last one of a command line, for the completions of zsh and fish. Returns the exit
 * status.
 */
int complete_main(char *const *words);

/* The command that a command line begins with, by one word or two; or NULL. */
const struct command *cli_find_command(char *const *words);

/* Runs a command line. Returns the exit status. */
int cli_main(int argc, char **argv);

#define _cleanup_masu_engine_	 _cleanup_(masu_engine_freep)
#define _cleanup_masu_container_ _cleanup_(masu_container_freep)

/* Prints a notice of libmasu. */
void cli_print_notice(void *userdata, const char *text, bool repeated);

/* An engine whose notices go to stderr, with the leftovers of dead processes cleaned up. */
int cli_engine(masu_engine **ret, struct masu_error *err);

/* The same for a command that only looks: nothing is cleaned up, except by a list what it lists. */
int cli_engine_reader(masu_engine **ret, struct masu_error *err);

/* A container by name or id, with such an engine, which must outlive it. */
int cli_container(const char *name, masu_engine **ret_engine, masu_container **ret,
		  struct masu_error *err);

/*
 * Calls `fn` for each operand, prints the errors as they come, and goes on. Prints each operand that went well, unless
 * `quiet`. Returns the exit status.
 */
int cli_each(masu_engine *e, char *const *operands, bool quiet,
	     int (*fn)(masu_engine *e, const char *operand, const void *arg,
		       struct masu_error *err),
	     const void *arg);

/*
 * The same with each operand's container, after cli_engine(). `ignore`: a container that does not exist is skipped.
 * Returns the exit status, or -errno.
 */
int cli_each_container(char *const *operands, bool ignore,
		       int (*fn)(masu_container *c, const void *arg, struct masu_error *err),
		       const void *arg, struct masu_error *err);

/*
 * The same with each container of a list for which `wanted` (NULL: always) is true; prints their names. Returns the
 * exit status, or -errno.
 */
int cli_each_listed(const struct masu_list_options *options,
		    bool (*wanted)(const masu_container *c),
		    int (*fn)(masu_container *c, const void *arg, struct masu_error *err),
		    const void *arg, struct masu_error *err);

/* Either operands, of which one is `word`, or --all. ERR_INVALID. */
int cli_check_all(bool all, char *const *operands, const char *word, struct masu_error *err);

struct inspection {
	/* Writes the JSON document of an operand. */
	int (*fn)(masu_engine *e, const char *operand, const void *arg, char **ret_json,
		  struct masu_error *err);
	const void *arg;
	const char *format; /* checked by format_check() */
};

/*
 * Prints the documents of the operands, as an array or by a template. Prints the errors as they come, and goes on.
 * Returns the exit status, or -errno.
 */
int cli_inspect_each(masu_engine *e, char *const *operands, const struct inspection *i,
		     struct masu_error *err);

/* Of a volume, for struct inspection. `arg` is not used. */
int cli_inspect_volume(masu_engine *e, const char *name, const void *arg, char **ret_json,
		       struct masu_error *err);
