/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/caps.h"

#define MAP_FILE_MAX	  (IDMAP_RANGES_MAX * 40)
#define HELPER_OUTPUT_MAX (4U << 20)

void idmap_done(struct idmap *map)
{
	free(map->uids);
	free(map->gids);
	*map = (struct idmap){0};
}

static bool overlaps(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
	return a < (uint64_t)b + b_count && b < (uint64_t)a + a_count;
}

int idmap_add(struct id_range **ranges, size_t *n, struct id_range range)
{
	if (range.count == 0 || (uint64_t)range.inside + range.count > UINT32_MAX ||
	    (uint64_t)range.outside + range.count > UINT32_MAX)
		return -EINVAL;
	for (size_t i = 0; i < *n; i++)
		if (overlaps(range.inside, range.count, (*ranges)[i].inside, (*ranges)[i].count) ||
		    overlaps(range.outside, range.count, (*ranges)[i].outside, (*ranges)[i].count))
			return -EINVAL;
	if (*n >= IDMAP_RANGES_MAX)
		return -E2BIG;
	struct id_range *own = array_add(ranges, n, sizeof(*own));
	if (!own)
		return -ENOMEM;
	*own = range;
	return 0;
}

uint64_t idmap_count(const struct id_range *ranges, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ranges[i].count;
	return count;
}

int idmap_copy(const struct idmap *map, struct idmap *ret)
{
	_cleanup_idmap_ struct idmap copy = {.userns = map->userns, .lent = map->lent};

	for (size_t i = 0; i < map->n_uids; i++)
		if (idmap_add(&copy.uids, &copy.n_uids, map->uids[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < map->n_gids; i++)
		if (idmap_add(&copy.gids, &copy.n_gids, map->gids[i]) < 0)
			return -ENOMEM;
	*ret = TAKE(copy, (struct idmap){0});
	return 0;
}

static int translate(const struct id_range *ranges, size_t n, const struct id_range *held,
		     size_t n_held, struct id_range **ret, size_t *ret_n)
{
	for (size_t i = 0; i < n; i++) {
		const struct id_range *want = &ranges[i], *in = held;

		while (in < held + n_held &&
		       (want->outside < in->outside ||
			(uint64_t)want->outside - in->outside + want->count > in->count))
			in++;
		if (in == held + n_held)
			return -ENOENT;
		int r = idmap_add(ret, ret_n,
				  (struct id_range){want->inside,
						    in->inside + (want->outside - in->outside),
						    want->count});
		if (r < 0)
			return r;
	}
	return 0;
}

int idmap_translate(const struct idmap *map, const struct idmap *held, struct idmap *ret)
{
	_cleanup_idmap_ struct idmap inside = {.userns = true};
	int r = translate(map->uids, map->n_uids, held->uids, held->n_uids, &inside.uids,
			  &inside.n_uids);

	if (r == 0)
		r = translate(map->gids, map->n_gids, held->gids, held->n_gids, &inside.gids,
			      &inside.n_gids);
	if (r < 0)
		return r;
	*ret = TAKE(inside, (struct idmap){0});
	return 0;
}

static int read_ranges(pid_t pid, const char *file, struct id_range **ret, size_t *ret_n)
{
	_cleanup_free_ char *text = NULL;
	unsigned long line[3];
	char path[64], *end;
	size_t field = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	int r = file_read(AT_FDCWD, path, MAP_FILE_MAX, &text, NULL);
	for (char *p = text; r == 0 && *p; p = end + strspn(end, " \n")) {
		line[field++] = strtoul(p, &end, 10);
		if (end == p)
			return -EBADMSG;
		if (field < ARRAY_SIZE(line))
			continue;
		field = 0;
		if (line[1] == UINT32_MAX) /* the caller's namespace has no ids for it */
			continue;
		r = idmap_add(
			ret, ret_n,
			(struct id_range){(uint32_t)line[0], (uint32_t)line[1], (uint32_t)line[2]});
	}
	return r;
}

int idmap_read(pid_t pid, struct idmap *ret)
{
	_cleanup_idmap_ struct idmap map = {.userns = true};
	int r = read_ranges(pid, "uid_map", &map.uids, &map.n_uids);

	if (r < 0)
		return r;
	r = read_ranges(pid, "gid_map", &map.gids, &map.n_gids);
	if (r < 0)
		return r;
	*ret = TAKE(map, (struct idmap){0});
	return 0;
}

int idmap_to_host(const struct id_range *ranges, size_t n, uint32_t inside, uint32_t *ret)
{
	for (size_t i = 0; i < n; i++)
		if (inside >= ranges[i].inside && inside - ranges[i].inside < ranges[i].count) {
			*ret = ranges[i].outside + (inside - ranges[i].inside);
			return 0;
		}
	return -ENOENT;
}

int idmap_to_inside(const struct id_range *ranges, size_t n, uint32_t outside, uint32_t *ret)
{
	for (size_t i = 0; i < n; i++)
		if (outside >= ranges[i].outside && outside - ranges[i].outside < ranges[i].count) {
			*ret = ranges[i].inside + (outside - ranges[i].outside);
			return 0;
		}
	return -ENOENT;
}

bool idmap_has_caller(const struct idmap *map)
{
	uint32_t inside;

	return idmap_to_inside(map->uids, map->n_uids, geteuid(), &inside) == 0 &&
	       idmap_to_inside(map->gids, map->n_gids, getegid(), &inside) == 0;
}

bool idmap_root_is_caller(const struct idmap *map)
{
	uint32_t root;

	return idmap_to_host(map->uids, map->n_uids, 0, &root) == 0 && root == geteuid();
}

bool idmap_caller_is_privileged(void)
{
	return geteuid() == 0 && caps_has_effective(CAP_SYS_ADMIN);
}

bool idmap_caller_is_host_root(void)
{
	_cleanup_free_ char *map = NULL;

	/* Only the first user namespace maps all ids to themselves. */
	return idmap_caller_is_privileged() &&
	       file_read(AT_FDCWD, "/proc/self/uid_map", 4096, &map, NULL) == 0 &&
	       strstr(map, " 4294967295\n");
}

static int write_proc_file(pid_t pid, const char *file, const char *text)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return file_write_value(AT_FDCWD, path, text);
}

static int write_ranges(pid_t pid, const char *file, const struct id_range *ranges, size_t n)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < n; i++) {
		int r = strbuf_addf(&text, "%" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
				    ranges[i].inside, ranges[i].outside, ranges[i].count);
		if (r < 0)
			return r;
	}
	return write_proc_file(pid, file, text.text ? text.text : "");
}

static bool is_own_id(const struct id_range *ranges, size_t n, uint32_t own)
{
	return n == 1 && ranges[0].count == 1 && ranges[0].outside == own;
}

/* Without CAP_SETGID in the parent, setgroups(2) has to be given up first (B6). */
static int write_directly(const struct idmap *map, pid_t pid, bool deny_setgroups,
			  struct masu_error *err)
{
	int r = deny_setgroups ? write_proc_file(pid, "setgroups", "deny") : 0;

	r = r < 0 ? r : write_ranges(pid, "gid_map", map->gids, map->n_gids);
	r = r < 0 ? r : write_ranges(pid, "uid_map", map->uids, map->n_uids);
	return r < 0 ? err_sys(err, r, "write the id map of the container") : 0;
}

/* newuidmap(1) or newgidmap(1), which are setuid root or have a capability. */
static int helper_begin(const char *program, pid_t pid, const struct id_range *ranges, size_t n,
			struct idmap_helper *ret, struct masu_error *err)
{
	_cleanup_strv_ char **argv = NULL;
	_cleanup_close_ int reader = -1, writer = -1;
	int pipe_fds[2];

	if (strv_push(&argv, program) < 0 || strv_pushf(&argv, "%d", pid) < 0)
		return err_oom(err);
	for (size_t i = 0; i < n; i++)
		if (strv_pushf(&argv, "%" PRIu32, ranges[i].inside) < 0 ||
		    strv_pushf(&argv, "%" PRIu32, ranges[i].outside) < 0 ||
		    strv_pushf(&argv, "%" PRIu32, ranges[i].count) < 0)
			return err_oom(err);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	reader = pipe_fds[0];
	writer = pipe_fds[1];
	const int stdio[] = {-1, -1, writer};
	const struct proc_spec spec = {
		.path = program, .argv = argv, .stdio = stdio, .own_group = true};
	int r = proc_spawn(&spec, &ret->pid, NULL, err);
	if (r == -ENOENT)
		(void)err_hint(err, "install it: sudo apt install uidmap (Fedora: shadow-utils)");
	if (r < 0)
		return r;
	ret->stderr_fd = TAKE_FD(reader);
	return 0;
}

static int helper_finish(const char *program, const char *file, struct idmap_helper *helper,
			 struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	if (helper->pid == 0)
		return 0;
	(void)fd_read_all(helper->stderr_fd, HELPER_OUTPUT_MAX, &text,
			  &size); /* the status tells */
	fd_close(&helper->stderr_fd);
	int status = proc_wait(helper->pid);
	helper->pid = 0;
	if (status == 0)
		return 0;
	while (text && size > 0 && text[size - 1] == '\n')
		text[--size] = 0;
	(void)err_set(err, ERR_DENIED, EPERM, "%s failed with status %d: %s", program, status,
		      text && *text ? text : "no message");
	return err_hint(err,
			"check that %s lists these ids for you, and that %s is setuid root or has "
			"its file capability",
			file, program);
}

static bool may_set_ids(void)
{
	return caps_has_effective(CAP_SETUID) && caps_has_effective(CAP_SETGID);
}

bool idmap_needs_helpers(const struct idmap *map)
{
	return !map->lent && !may_set_ids() &&
	       !(is_own_id(map->uids, map->n_uids, geteuid()) &&
		 is_own_id(map->gids, map->n_gids, getegid()));
}

int idmap_write_begin(const struct idmap *map, pid_t pid, struct idmap_job *ret,
		      struct masu_error *err)
{
	struct idmap_job job = IDMAP_JOB_INIT;

	if (!idmap_needs_helpers(map)) {
		*ret = job;
		return write_directly(map, pid, !may_set_ids(), err);
	}
	int r = helper_begin("newuidmap", pid, map->uids, map->n_uids, &job.uids, err);
	if (r < 0)
		return r;
	r = helper_begin("newgidmap", pid, map->gids, map->n_gids, &job.gids, err);
	if (r < 0) {
		(void)helper_finish("newuidmap", "/etc/subuid", &job.uids,
				    NULL); /* newgidmap's counts */
		return r;
	}
	*ret = job;
	return 0;
}

int idmap_write_finish(struct idmap_job *job, struct masu_error *err)
{
	int r = helper_finish("newuidmap", "/etc/subuid", &job->uids, err);
	int r2 = helper_finish("newgidmap", "/etc/subgid", &job->gids, r < 0 ? NULL : err);

	return r < 0 ? r : r2;
}
