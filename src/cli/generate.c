/* SPDX-License-Identifier: Apache-2.0 */

/* A quadlet file for a container that exists, from the command line that created it. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/quadlet-text.h"

/* The words of the command line, or an empty vector if they were not recorded. */
static int read_words(masu_container *c, char ***ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ struct json_object *doc = NULL;
	struct json_object *config = NULL;
	int r = masu_container_inspect(c, &text, err);

	if (r == 0)
		r = json_parse(text, strlen(text), "the container", &doc, err);
	if (r == 0)
		r = json_get_object(doc, "the container", "Config", &config, err);
	return r < 0 || !config ? r
				: json_get_strv(config, "the container", "CreateCommand", ret, err);
}

static int systemd_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *text = NULL;
	int r = cli_engine_reader(&e, err);

	(void)values;
	if (r == 0)
		r = masu_container_find(e, operands[0], &c, err);
	if (r == 0)
		r = read_words(c, &words, err);
	if (r < 0)
		return r;
	/* "masu" and "run" or "create" come first. */
	if (strv_length(words) < 3)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "container '%s' was not created by 'masu run' or 'masu create'",
			       masu_container_name(c));
	r = quadlet_text(&command_run, words + 2, masu_container_name(c), &text, err);
	if (r < 0)
		return r;
	(void)fputs(text, stdout);
	return 0;
}

#define BY_FILE "a quadlet file describes a container that each start creates anew"

/* Of podman generate systemd, which prints a unit. */
static const struct refused_option refused[] = {
	{"files", "the quadlet file is printed", "masu generate systemd NAME >NAME.container"},
	{"name", BY_FILE, "omit the option: the container keeps its name"},
	{"new", BY_FILE, "omit the option"},
	{"restart-policy", BY_FILE, "write Restart= below [Service] of the file"},
	{0},
};

static const struct command command_generate_systemd = {
	.name = "generate systemd",
	.operands = "CONTAINER",
	.summary = "Print a quadlet file for a container",
	.notes = "'masu quadlet install' installs such a file.",
	.refused = refused,
	.min_operands = 1,
	.max_operands = 1,
	.run = systemd_run,
};

static const struct subcommand generate_commands[] = {
	{"systemd", &command_generate_systemd},
	{0},
};

const struct command command_generate = {
	.name = "generate",
	.operands = "COMMAND",
	.summary = "Write files that start containers",
	.subcommands = generate_commands,
};
