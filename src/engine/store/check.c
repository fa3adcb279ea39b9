/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store/check.h"

#include <errno.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/str.h"
#include "engine/container/container.h"
#include "engine/image/image-program.h"
#include "engine/image/image.h"
#include "engine/image/usage.h"
#include "engine/options.h"

static int verify(struct check *c, struct masu_error *err)
{
	char *args[] = {(char *)"verify", NULL};
	const struct image_program program = {.args = args, .input = -1};

	return c->o.quick ? 0 : image_program_run(c->e, &program, &c->damaged, err);
}

/* Between the creation of a layer and that of the image, neither has a user. */
static bool is_pulling(const struct check *c)
{
	_cleanup_close_ int lock = file_lock(c->store.fd, LAYOUT_INGEST "/lock", LOCK_EX | LOCK_NB);

	return lock < 0;
}

/* Blobs and layers without a user. */
static int check_garbage(struct check *c, struct masu_error *err)
{
	static const struct masu_list_options all = {.size = sizeof(all), .all = true};
	_cleanup_masu_container_list_ masu_container_list *containers = NULL;
	_cleanup_usage_ struct usage usage = {0};
	_cleanup_err_ struct masu_error own = ERR_INIT;
	struct check_problem p = {.id = "unreferenced", .object = "store", .fix = CHECK_REPAIR};
	size_t blobs = 0, layers = 0;
	int r = is_pulling(c) ? 1 : 0;

	if (r == 0)
		r = masu_container_list_read(c->e, &all, &containers, err);
	if (r == 0)
		r = usage_read(&usage, c->e, &c->store, containers, err);
	if (r == 0 && is_pulling(c)) /* a pull has begun meanwhile */
		r = 1;
	if (r != 0)
		return MIN(r, 0);
	for (size_t i = 0; i < usage.n; i++) {
		const struct usage_object *o = &usage.object[i];

		if (!o->images && !o->needed)
			*(o->layer ? &layers : &blobs) += 1;
	}
	if (!blobs && !layers)
		return 0;
	if (c->o.repair) {
		r = masu_image_collect(c->e, &own);
		p.done = r == 0 ? "removed" : NULL;
	}
	check_add(c, &p, "%zu blobs and %zu layers belong to no image and no container%s%s", blobs,
		  layers, r < 0 ? ", and cannot be removed: " : "",
		  r < 0 ? str_or_empty(own.message) : "");
	return 0;
}

static int examine(struct check *c, struct masu_error *err)
{
	int r = image_store_open(c->e, &c->store, err);

	free(TAKE_PTR(c->store.cache)); /* the blobs alone count */
	if (r == 0)
		r = verify(c, err);
	if (r == 0)
		r = check_fetch_images(c, err);
	if (r == 0)
		r = check_containers(c, err);
	if (r == 0)
		r = check_images(c, err);
	return r == 0 ? check_garbage(c, err) : r;
}

int masu_engine_check(masu_engine *e, const struct masu_check_options *options,
		      masu_finding_list **ret, masu_error *err)
{
	_cleanup_masu_finding_list_ masu_finding_list *list = NULL;
	struct check c = {.e = e, .store = LAYOUT_INIT};
	int r = options_take(&c.o, sizeof(c.o), options, err);

	if (r < 0)
		return r;
	if (c.o.force && !c.o.repair)
		return err_set(err, ERR_INVALID, EINVAL, "--force needs --repair");
	c.findings = list = findings_new();
	r = list ? examine(&c, err) : err_oom(err);
	layout_done(&c.store);
	free(c.damaged);
	check_failures_done(&c);
	return r < 0 ? r : findings_finish(&list, ret, err);
}
