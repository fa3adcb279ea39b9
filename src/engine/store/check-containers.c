/* SPDX-License-Identifier: Apache-2.0 */

/* The containers of a store that is checked (engine/store/check.h). */

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container-map.h"
#include "engine/container/container.h"
#include "engine/container/names.h"
#include "engine/image/choose.h"
#include "engine/store/check.h"

/* The image may be whole, and only not unpacked any more. */
static bool unpack(const struct check *c, const struct record *record, struct masu_error *err)
{
	_cleanup_image_chosen_ struct image_chosen chosen = IMAGE_CHOSEN_INIT;
	_cleanup_free_ char *digest = str_printf("sha256:%s", str_or_empty(record->image_digest));
	const struct image_query query = {
		.ref = digest, .policy = MASU_PULL_NEVER, .map = record, .quiet = true};

	return digest && image_choose(c->e, &query, &chosen, err) == 0 &&
	       !container_missing_layer(c->e, record);
}

/* Removes one that does not run. `name` is "" if it is unknown. False if it cannot be removed. */
static bool remove_directory(const struct check *c, const char *id, const char *name)
{
	struct home home;

	if (home_open(c->e, id, &home, NULL) < 0)
		return false;
	bool removed = home_hold(&home, c->e, 0) == 0 && home_remove(c->e, &home, name, NULL) == 0;
	home_done(&home);
	return removed;
}

static int check_layers(struct check *c, const masu_container *container, struct masu_error *err)
{
	_cleanup_err_ struct masu_error why = ERR_INIT;
	const struct record *record = &container->record;
	const char *missing = container_missing_layer(c->e, record);
	struct check_problem p = {.id = "layer-missing",
				  .object = record->name,
				  .fix = c->o.repair ? CHECK_FORCE : CHECK_REPAIR};

	if (!missing)
		return 0;
	if (c->o.repair) {
		if (unpack(c, record, &why))
			p.done = "unpacked again";
		else if (why.code == ECANCELED)
			return err_move(err, &why);
		else if (check_may_pass(&why))
			p.fix = CHECK_REPAIR;
		else if (c->o.force && remove_directory(c, container->home.id, record->name))
			p.done = "the container was removed";
	}
	check_add(c, &p,
		  "the container cannot start: layer %.12s of its image \"%s\" is missing%s%s",
		  missing, record->image, why.message ? "; " : "", str_or_empty(why.message));
	return 0;
}

static void check_leftovers(const struct check *c, masu_container *container)
{
	struct check_problem p = {
		.id = "leftover", .object = container->record.name, .fix = CHECK_REPAIR};
	size_t n = home_count_temporary(&container->home);

	if (!n || home_hold(&container->home, c->e, 0) < 0)
		return; /* its supervisor may be replacing them */
	if (c->o.repair) {
		size_t removed = home_remove_temporary(&container->home);

		if (removed)
			p.done = "removed";
		n = removed ? removed : n;
	}
	check_add(c, &p, "%zu temporary files of processes that were killed", n);
}

static void add_unreadable(const struct check *c, const char *id, const struct masu_error *why)
{
	struct check_problem p = {.id = "container-unreadable", .object = id, .fix = CHECK_FORCE};

	if (c->o.force && remove_directory(c, id, ""))
		p.done = "the container was removed";
	check_add(c, &p, "%s", str_or_empty(why->message));
}

/* It was removed while it was read. */
static bool is_gone(const struct check *c, const char *id)
{
	struct home home = HOME_INIT;
	int r = home_open(c->e, id, &home, NULL);

	home_done(&home);
	return r == -ENOENT;
}

static int check_container(struct check *c, const char *id, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *container = NULL;
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = container_new(c->e, id, &container, err);

	if (r < 0)
		return r;
	r = container_open(container, &own);
	if (r == -ENOENT)
		return 0; /* removed meanwhile */
	if (r == 0)
		r = container_read_record(container, &container->record, &own);
	if (r == 0)
		r = container_read_spec(container, &own);
	if (check_is_shortage(&own))
		return err_move(err, &own);
	if (r < 0 && is_gone(c, id))
		return 0;
	if (r < 0) {
		container_close(container);
		add_unreadable(c, id, &own);
		return 0;
	}
	check_leftovers(c, container);
	container_close(container);
	return check_layers(c, container, err);
}

static int check_names(const struct check *c, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(&c->e->paths, "containers");
	_cleanup_close_ int dir = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct check_problem p = {.id = "leftover",
				  .object = "names",
				  .fix = CHECK_REPAIR,
				  .done = c->o.repair ? "removed" : NULL};
	int n = dir < 0 ? -errno : names_sweep(dir, c->o.repair);

	if (n < 0)
		return err_sys(err, n, "check the names of containers");
	if (n > 0)
		check_add(c, &p, "%d names of containers that do not exist", n);
	return 0;
}

int check_containers(struct check *c, struct masu_error *err)
{
	_cleanup_strv_ char **ids = NULL;
	int r = home_list(c->e, &ids, err);

	STRV_FOREACH(id, ids) {
		r = check_container(c, *id, err);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : check_names(c, err);
}
