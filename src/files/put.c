/* SPDX-License-Identifier: Apache-2.0 */
/* The processes that unpack an archive (place.h), and what each keeps in sight. */
#include "files/put.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "files/putter.h"
#include "linux/sub-ids.h"
#include "unpack/inflate.h"

static int prepare(struct putter *p, struct masu_error *err)
{
	p->buffer = malloc(PUTTER_BUFFER_SIZE);
	if (!p->buffer)
		return err_oom(err);
	return inflate_new(LAYER_AUTO, p->put->input, &p->inflate, err);
}

static int find_target(struct putter *p, struct masu_error *err)
{
	int r = target_find(p->root, p->put->path, &p->target, err);

	if (r < 0 || p->put->name || !p->target.name)
		return r;
	return err_sys(err, p->target.exists ? ENOTDIR : ENOENT, "cannot copy to \"%s\"",
		       p->put->path);
}

/* A place_fn. */
static int put_in_container(const struct place_view *view, void *arg, struct masu_error *err)
{
	struct putter *p = arg;
	int r = prepare(p, err);

	if (r < 0)
		return r;
	p->root = view->root;
	r = find_target(p, err);
	if (r < 0)
		return r;
	const int keep[] = {p->put->input, p->put->report, p->target.dir};
	r = place_confine(view, view->root, SANDBOX_COPY, keep, ARRAY_SIZE(keep), err);
	return r < 0 ? r : putter_run(p, err);
}

/* A place_fn. Of the host, the worker keeps the target alone. */
static int put_on_host(const struct place_view *view, void *arg, struct masu_error *err)
{
	struct putter *p = arg;
	const int keep[] = {p->put->input, p->put->report};
	enum sandbox_use use = p->policy.single_id ? SANDBOX_COPY_PLAINLY : SANDBOX_COPY;
	int r = prepare(p, err);

	if (r < 0)
		return r;
	r = place_confine(view, p->target.dir, use, keep, ARRAY_SIZE(keep), err);
	return r < 0 ? r : putter_run(p, err);
}

static int put_host(struct putter *p, struct masu_error *err)
{
	_cleanup_close_ int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return err_sys(err, errno, "open the root");
	p->on_host = true;
	p->root = root;
	p->policy.single_id = !idmap_caller_is_privileged();
	int r = find_target(p, err);
	return r < 0 ? r : place_run_on_host(put_on_host, p, err);
}

int put_run(const struct place *place, const struct put *put, struct masu_error *err)
{
	_cleanup_idmap_ struct idmap map = {0};
	_cleanup_free_ char *notice = NULL;
	struct putter p = {.put = put, .parent = -1, .target = TARGET_INIT};
	int r;

	if (place->kind == PLACE_HOST) {
		r = put_host(&p, err);
	} else {
		r = sub_ids_map(&map, &notice, err);
		if (r < 0)
			return r;
		p.policy.n_ids = idmap_count(map.uids, map.n_uids);
		p.policy.single_id = map.userns && p.policy.n_ids == 1;
		r = place_run(place, false, put_in_container, &p, err);
	}
	target_done(&p.target);
	return r;
}
