/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Unpacks one layer from stdin, as a pull does: the driver of unpack.bats and of the benchmark.
 *
 *	MASU_DATA_DIR=DIR unpack-layer DIFF-ID CHAIN-HEX [map=FIRST:COUNT] [below=HEX]...
 *
 * With map= in a user namespace whose id 0 is the caller and 1.. are the host's FIRST.., which
 * only root may ask for; else without one. The layers below are named bottom first.
 */
#include <signal.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/idmap.h"
#include "storage/layers-gc.h"
#include "storage/layers.h"
#include "storage/paths.h"
#include "unpack/unpack.h"

/* As sub_ids_map() would make it for a user with these sub-ids. */
static int parse_map(const char *text, struct idmap *map)
{
	struct id_range own = {.inside = 0, .outside = getuid(), .count = 1};
	struct id_range sub = {.inside = 1};
	char *rest;

	map->userns = true;
	sub.outside = (uint32_t)strtoul(text, &rest, 10);
	if (rest == text || *rest != ':')
		return -1;
	sub.count = (uint32_t)strtoul(rest + 1, &rest, 10);
	if (*rest || idmap_add(&map->uids, &map->n_uids, own) < 0 ||
	    idmap_add(&map->gids, &map->n_gids, own) < 0)
		return -1;
	if (sub.count == 0)
		return 0;
	if (idmap_add(&map->uids, &map->n_uids, sub) < 0)
		return -1;
	return idmap_add(&map->gids, &map->n_gids, sub);
}

static int feed(struct unpack *u)
{
	static char buffer[256 * 1024];
	ssize_t n;

	while ((n = fd_read_full(STDIN_FILENO, buffer, sizeof(buffer))) > 0)
		if (fd_write_full(unpack_fd(u), buffer, (size_t)n) < 0)
			break; /* unpack_finish() knows why */
	return 0;
}

static int unpack(const struct paths *paths, const struct idmap *map,
		  const struct unpack_layer *layer, struct masu_error *err)
{
	_cleanup_unpack_ struct unpack *u = NULL;

	int r = unpack_begin(paths, map, layer, &u, err);
	if (r < 0)
		return r;
	r = feed(u);
	return r < 0 ? r : unpack_finish(u, err);
}

int main(int argc, char **argv)
{
	_cleanup_idmap_ struct idmap map = {0};
	_cleanup_paths_ struct paths paths = {0};
	_cleanup_free_ char *notice = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_strv_ char **below = NULL;

	log_init("unpack-layer");
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc < 3)
		return 2;
	for (int i = 3; i < argc; i++) {
		const char *text = str_after(argv[i], "map=");

		const char *hex = str_after(argv[i], "below=");

		if (hex && strv_push(&below, hex) < 0)
			return 2;
		if (text && parse_map(text, &map) < 0)
			return 2;
	}
	const struct unpack_layer layer = {
		.diff_id = argv[1], .chain_hex = argv[2], .below = below};
	int r = paths_init(&paths, &notice, &err);
	if (r == 0 && layers_sweep(&paths, &map, &err) < 0)
		(void)log_err(&err); /* a leftover does no harm */
	if (r == 0)
		r = unpack(&paths, &map, &layer, &err);
	return r < 0 ? log_err(&err) : 0;
}
