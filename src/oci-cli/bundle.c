/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "storage/paths.h"

#define STATE_FILE     "state.json"
#define DRAFT_FILE     ".state.json"
#define STATE_SIZE_MAX (1u << 20)
#define ID_LENGTH_MAX  250

void bundle_state_done(struct bundle_state *s)
{
	free(s->id);
	free(s->bundle);
	free(s->boot_id);
	free(s->version);
	free(s->cgroup);
	oci_map_done(&s->annotations);
	*s = (struct bundle_state){0};
}

int bundle_check_id(const char *id, struct err *err)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.";
	size_t n = strlen(id);

	if (n > 0 && n <= ID_LENGTH_MAX && *id != '.' && strspn(id, letters) == n)
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "invalid container id format: '%s'", id);
}

static int no_memory(struct err *err)
{
	return err_sys(err, ENOMEM, "find the container");
}

int bundle_root(const struct oci_globals *g, char **ret, struct err *err)
{
	_cleanup_paths_ struct paths paths = {0};
	_cleanup_free_ char *notice = NULL, *root = NULL;
	int r;

	if (g->root) {
		root = path_absolute(g->root);
		if (!root)
			return no_memory(err);
		r = path_mkdir_all(root, 0700);
		if (r < 0)
			return err_sys(err, r, "make the folder '%s' of --root", root);
	} else {
		r = paths_init_run(&paths, &notice, err);
		if (r < 0)
			return r;
		root = paths_run(&paths, "oci");
		if (!root)
			return no_memory(err);
	}
	*ret = TAKE_PTR(root);
	return 0;
}

int bundle_make(const char *root, const char *id, struct err *err)
{
	_cleanup_free_ char *path = path_join(root, id);

	if (!path)
		return no_memory(err);
	if (mkdir(path, 0700) < 0 && errno == EEXIST)
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "container with given ID already exists: '%s'", id);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "make the folder '%s'", path) : fd;
}

int bundle_open(const char *root, const char *id, struct err *err)
{
	_cleanup_free_ char *path = path_join(root, id);
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

	if (!path)
		return no_memory(err);
	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "container does not exist: '%s'", id);
	return fd < 0 ? err_sys(err, errno, "open the folder '%s'", path) : fd;
}

static int annotations_to_json(const struct oci_map *map, struct json_object *doc)
{
	struct json_object *o = json_object_new_object();
	int r = json_add(doc, "annotations", o);

	for (size_t i = 0; r == 0 && i < map->n; i++)
		r = json_add_string(o, map->pairs[i].key, map->pairs[i].value);
	return r;
}

static int state_to_json(const struct bundle_state *s, struct json_object *o)
{
	char boot[37], stamp[TIME_STAMP_MAX];
	int r = proc_boot_id(boot);

	if (r == 0)
		r = json_add_string(o, "ociVersion", s->version);
	if (r == 0)
		r = json_add_string(o, "id", s->id);
	if (r == 0)
		r = json_add_string(o, "bundle", s->bundle);
	if (r == 0)
		r = json_add(o, "pid", json_object_new_int(s->pid));
	if (r == 0)
		r = json_add(o, "startTime", json_object_new_int64((int64_t)s->start_time));
	if (r == 0)
		r = json_add_string(o, "bootId", boot);
	if (r == 0)
		r = json_add_string(o, "created", time_stamp(s->created_ns, stamp));
	if (r == 0 && s->cgroup)
		r = json_add_string(o, "cgroup", s->cgroup);
	if (r == 0)
		r = json_add(o, "cgroupFlags", json_object_new_int64(s->cgroup_flags));
	if (r == 0)
		r = json_add(o, "noKeyring", json_object_new_boolean(s->no_keyring));
	if (r == 0)
		r = json_add(o, "poststop", json_object_new_boolean(s->poststop));
	return r == 0 ? annotations_to_json(&s->annotations, o) : r;
}

static int write_state(int dirfd, const char *name, const struct bundle_state *s, struct err *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	int r = o ? state_to_json(s, o) : -ENOMEM;
	const char *text = r == 0 ? json_text(o, false) : NULL;

	if (r == 0)
		r = text ? file_write_atomic(dirfd, name, text, strlen(text), 0600, 0) : -ENOMEM;
	return r < 0 ? err_sys(err, r, "write the state of container '%s'", s->id) : 0;
}

int bundle_write(int dirfd, const struct bundle_state *s, struct err *err)
{
	return write_state(dirfd, STATE_FILE, s, err);
}

int bundle_draft(int dirfd, const struct bundle_state *s, struct err *err)
{
	return write_state(dirfd, DRAFT_FILE, s, err);
}

int bundle_publish(int dirfd, struct err *err)
{
	if (renameat(dirfd, DRAFT_FILE, dirfd, STATE_FILE) < 0)
		return err_sys(err, errno, "write the container's state");
	return 0;
}

static int get_copy(struct json_object *o, const char *key, char **ret, struct err *err)
{
	const char *s;
	int r = json_get_string(o, "", key, &s, err);

	if (r <= 0)
		return r;
	*ret = strdup(s);
	return *ret ? 1 : err_sys(err, ENOMEM, "read the state");
}

static int state_from_json(struct json_object *o, struct bundle_state *s, struct err *err)
{
	struct json_object *annotations = NULL;
	const char *created = NULL;
	int64_t pid = 0;

	if (get_copy(o, "ociVersion", &s->version, err) < 0 || get_copy(o, "id", &s->id, err) < 0 ||
	    get_copy(o, "bundle", &s->bundle, err) < 0 ||
	    get_copy(o, "bootId", &s->boot_id, err) < 0 ||
	    get_copy(o, "cgroup", &s->cgroup, err) < 0 ||
	    json_get_int64(o, "", "pid", 1, INT32_MAX, &pid, err) < 0 ||
	    json_get_uint64(o, "", "startTime", &s->start_time, err) < 0 ||
	    json_get_uint32(o, "", "cgroupFlags", &s->cgroup_flags, err) < 0 ||
	    json_get_bool(o, "", "noKeyring", &s->no_keyring, err) < 0 ||
	    json_get_bool(o, "", "poststop", &s->poststop, err) < 0 ||
	    json_get_string(o, "", "created", &created, err) < 0 ||
	    json_get_object(o, "", "annotations", &annotations, err) < 0)
		return -EBADMSG;
	s->pid = (pid_t)pid;
	if (created)
		(void)time_parse_stamp(created, &s->created_ns); /* 0 when it is none */
	if (!s->id || !s->bundle || !s->boot_id)
		return err_set(err, ERR_INVALID, EBADMSG, "no id, bundle or bootId");
	if (!annotations)
		return 0;
	json_object_object_foreach(annotations, key, value) {
		if (oci_map_set(&s->annotations, key, json_object_get_string(value)) < 0)
			return err_sys(err, ENOMEM, "read the state");
	}
	return 0;
}

int bundle_read(int dirfd, struct bundle_state *ret, struct err *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_bundle_state_ struct bundle_state s = {0};
	int r = json_read_file(dirfd, STATE_FILE, STATE_SIZE_MAX, &o, err);

	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "%s: must be an object", STATE_FILE);
	r = state_from_json(o, &s, err);
	if (r < 0) {
		(void)err_prefix(err, STATE_FILE);
		return r;
	}
	*ret = s;
	s = (struct bundle_state){0};
	return 0;
}

int bundle_cgroup(const struct bundle_state *s, struct cgroup **ret, struct err *err)
{
	if (!s->cgroup)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "container '%s' has no cgroup of its own", s->id);
	return cgroup_open(s->cgroup, s->cgroup_flags, ret, err);
}

int bundle_live_cgroup(const struct bundle *b, struct cgroup **ret, struct err *err)
{
	if (b->status == OCI_STATUS_STOPPED)
		return err_set(err, ERR_CONFLICT, ESRCH, "container not running");
	return bundle_cgroup(&b->state, ret, err);
}

void bundle_let_die(const struct bundle_state *s)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (s->cgroup && cgroup_open(s->cgroup, s->cgroup_flags, &cg, NULL) == 0)
		cgroup_let_die(cg);
}

static bool is_paused(const struct bundle_state *s)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	return s->cgroup && cgroup_open(s->cgroup, s->cgroup_flags, &cg, NULL) == 0 &&
	       cgroup_is_frozen(cg) > 0;
}

enum oci_status bundle_status(int dirfd, const struct bundle_state *s, int *ret_pidfd)
{
	char boot[37];
	int fd = proc_boot_id(boot) == 0 && streq(boot, s->boot_id)
			 ? proc_open_same(s->pid, s->start_time)
			 : -ESRCH;

	*ret_pidfd = fd < 0 ? -1 : fd;
	if (fd < 0)
		return OCI_STATUS_STOPPED;
	if (faccessat(dirfd, BUNDLE_SOCKET, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return OCI_STATUS_CREATED;
	return is_paused(s) ? OCI_STATUS_PAUSED : OCI_STATUS_RUNNING;
}

void bundle_done(struct bundle *b)
{
	free(b->root);
	closep(&b->dirfd);
	closep(&b->pidfd);
	bundle_state_done(&b->state);
	*b = BUNDLE_INIT;
}

int bundle_find(const struct oci_globals *g, const char *id, struct bundle *ret, struct err *err)
{
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	int r = bundle_check_id(id, err);

	if (r == 0)
		r = bundle_root(g, &b.root, err);
	if (r < 0)
		return r;
	b.dirfd = bundle_open(b.root, id, err);
	r = b.dirfd < 0 ? b.dirfd : bundle_read(b.dirfd, &b.state, err);
	if (r < 0)
		return r;
	b.status = bundle_status(b.dirfd, &b.state, &b.pidfd);
	*ret = TAKE(b, BUNDLE_INIT);
	return 0;
}

int bundle_remove(const char *root, const char *id, struct err *err)
{
	_cleanup_free_ char *path = path_join(root, id);
	int r = path ? file_remove_tree(AT_FDCWD, path) : -ENOMEM;

	return r < 0 ? err_sys(err, r, "remove the state of container '%s'", id) : 0;
}
