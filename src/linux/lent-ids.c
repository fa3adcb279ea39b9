/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/lent-ids.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/proc.h"
#include "linux/userns-clone.h"

#define FIRST NSRESOURCE_FOREIGN_FIRST
#define COUNT NSRESOURCE_COUNT

void lent_ids_done(struct lent_ids *lent)
{
	fd_close(&lent->userns_fd);
	idmap_done(&lent->held);
}

int lent_ids_map(struct idmap *map, char **ret_reason, struct masu_error *err)
{
	const struct id_range range = {.inside = 1, .outside = FIRST + 1, .count = COUNT - 1};
	int r = nsresource_is_usable(ret_reason, err);

	if (r <= 0)
		return r;
	if (idmap_add(&map->uids, &map->n_uids, range) < 0 ||
	    idmap_add(&map->gids, &map->n_gids, range) < 0)
		return err_oom(err);
	map->lent = true;
	return 1;
}

static bool is_range(const struct id_range *range, enum nsresource_ids ids)
{
	return range->count == COUNT && range->inside == range->outside &&
	       (range->outside == FIRST) == (ids == NSRESOURCE_FOREIGN);
}

/* Checks the map that the service has written: the caller as root, and one range. */
static int find_first(const struct id_range *ranges, size_t n, uint32_t caller,
		      enum nsresource_ids ids, uint32_t *ret)
{
	uint32_t root;

	if (n != 2 || idmap_to_host(ranges, n, 0, &root) < 0 || root != caller)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++)
		if (is_range(&ranges[i], ids)) {
			*ret = ranges[i].outside;
			return 0;
		}
	return -EBADMSG;
}

static int read_maps(struct lent_ids *lent, pid_t pid, enum nsresource_ids ids,
		     struct masu_error *err)
{
	int r = idmap_read(pid, &lent->held);

	if (r < 0)
		return err_sys(err, r, "read the ids that systemd-nsresourced lends");
	if (find_first(lent->held.uids, lent->held.n_uids, geteuid(), ids, &lent->uid) < 0 ||
	    find_first(lent->held.gids, lent->held.n_gids, getegid(), ids, &lent->gid) < 0)
		return err_set(err, ERR_UNAVAILABLE, EBADMSG,
			       "systemd-nsresourced has mapped other ids than it was asked for");
	return 0;
}

static int map_child(struct lent_ids *lent, pid_t pid, enum nsresource_ids ids,
		     struct masu_error *err)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	lent->userns_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (lent->userns_fd < 0)
		return err_sys(err, errno, "open a user namespace");
	int r = nsresource_allocate(lent->userns_fd, ids, err);
	return r < 0 ? r : read_maps(lent, pid, ids, err);
}

int lent_ids_take(enum nsresource_ids ids, struct lent_ids *ret, struct masu_error *err)
{
	_cleanup_lent_ids_ struct lent_ids lent = LENT_IDS_INIT;
	pid_t pid = userns_clone_idle(err);

	if (pid < 0)
		return pid;
	int r = map_child(&lent, pid, ids, err);
	(void)kill(pid, SIGKILL); /* the namespace is open, and needs no process */
	(void)proc_wait(pid);
	if (r < 0)
		return r;
	*ret = TAKE(lent, LENT_IDS_INIT);
	return 0;
}

static int move(const struct id_range *files, size_t n, uint32_t first, struct id_range **ret,
		size_t *ret_n)
{
	for (size_t i = 0; i < n; i++) {
		struct id_range range = files[i];

		if (range.outside >= FIRST)
			range.outside = first + (range.outside - FIRST);
		else if (range.count != 1)
			return -EINVAL;
		int r = idmap_add(ret, ret_n, range);
		if (r < 0)
			return r;
	}
	return 0;
}

int lent_ids_of_processes(const struct lent_ids *lent, const struct idmap *files, struct idmap *ret)
{
	_cleanup_idmap_ struct idmap map = {.userns = true};
	int r = move(files->uids, files->n_uids, lent->uid, &map.uids, &map.n_uids);

	if (r == 0)
		r = move(files->gids, files->n_gids, lent->gid, &map.gids, &map.n_gids);
	if (r < 0)
		return r;
	*ret = TAKE(map, (struct idmap){0});
	return 0;
}
