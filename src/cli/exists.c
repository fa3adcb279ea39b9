/* SPDX-License-Identifier: Apache-2.0 */

/* container exists, image exists and volume exists: an answer by the exit status alone. */

#include <errno.h>

#include "cli/cli.h"

/* 0, 1 for an object that does not exist, or -errno. */
static int answer(int r, struct masu_error *err)
{
	if (r != -ENOENT)
		return r;
	err_done(err);
	return 1;
}

static int container_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;

	return answer(cli_container(operands[0], &e, &c, err), err);
}

static int image_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_free_ char *json = NULL;
	int r = cli_engine_reader(&e, err);

	return r < 0 ? r : answer(masu_image_inspect(e, operands[0], &json, err), err);
}

static int volume_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_(masu_volume_freep) masu_volume *v = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine_reader(&e, err);

	return r < 0 ? r : answer(masu_volume_find(e, operands[0], &v, err), err);
}

#define EXISTS(group, word, object)                                                       \
	const struct command command_exists_##group = {                                   \
		.name = #group " exists",                                                 \
		.operands = word,                                                         \
		.summary = "Exit with 0 if " object " exists, and with 1 if it does not", \
		.min_operands = 1,                                                        \
		.max_operands = 1,                                                        \
		.run = group##_run,                                                       \
	}

EXISTS(container, "CONTAINER", "a container");
EXISTS(image, "IMAGE", "an image");
EXISTS(volume, "VOLUME", "a volume");
