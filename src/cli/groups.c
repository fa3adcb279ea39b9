/* SPDX-License-Identifier: Apache-2.0 */

/* The groups container, image and system: most of their commands have a short form, "masu ps" for "masu container ls". */

#include "cli/cli.h"

static const struct subcommand container_commands[] = {
	{"attach", &command_attach},
	{"commit", &command_commit},
	{"cp", &command_cp},
	{"create", &command_create},
	{"diff", &command_diff},
	{"exec", &command_exec},
	{"exists", &command_exists_container},
	{"export", &command_export},
	{"init", &command_init},
	{"inspect", &command_inspect_container},
	{"kill", &command_kill},
	{"list", &command_ps},
	{"logs", &command_logs},
	{"ls", &command_ps},
	{"mount", &command_mount},
	{"pause", &command_pause},
	{"port", &command_port},
	{"prune", &command_prune_containers},
	{"ps", &command_ps},
	{"rename", &command_rename},
	{"restart", &command_restart},
	{"rm", &command_rm},
	{"run", &command_run},
	{"start", &command_start},
	{"stats", &command_stats},
	{"stop", &command_stop},
	{"top", &command_top},
	{"umount", &command_unmount},
	{"unmount", &command_unmount},
	{"unpause", &command_unpause},
	{"update", &command_update},
	{"wait", &command_wait},
	{0},
};

const struct command command_container = {
	.name = "container",
	.operands = "COMMAND",
	.summary = "Manage containers",
	.subcommands = container_commands,
};

static const struct subcommand healthcheck_commands[] = {
	{"run", &command_healthcheck_run},
	{0},
};

const struct command command_healthcheck = {
	.name = "healthcheck",
	.operands = "COMMAND",
	.summary = "Check the health of containers",
	.subcommands = healthcheck_commands,
};

static const struct subcommand image_commands[] = {
	{"exists", &command_exists_image},
	{"history", &command_history},
	{"import", &command_import},
	{"inspect", &command_inspect_image},
	{"list", &command_images},
	{"load", &command_load},
	{"ls", &command_images},
	{"prune", &command_prune_images},
	{"pull", &command_pull},
	{"push", &command_push},
	{"rm", &command_rmi},
	{"save", &command_save},
	{"tag", &command_tag},
	{0},
};

const struct command command_image = {
	.name = "image",
	.operands = "COMMAND",
	.summary = "Manage images",
	.subcommands = image_commands,
};

static const struct subcommand system_commands[] = {
	{"check", &command_system_check}, {"df", &command_system_df},
	{"events", &command_events},	  {"info", &command_info},
	{"prune", &command_prune_system}, {0},
};

const struct command command_system = {
	.name = "system",
	.operands = "COMMAND",
	.summary = "Manage all of masu",
	.subcommands = system_commands,
};
