/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "storage/paths.h"

#define DRAFT_FILE	  ".state.json"
#define FREEZE_TIMEOUT_MS 10000
/* The annotations are those of config.json. */
#define STATE_SIZE_MAX (OCI_SPEC_SIZE_MAX + (1u << 20))

void bundle_state_done(struct bundle_state *s)
{
	free(s->id);
	free(s->bundle);
	free(s->rootfs);
	free(s->boot_id);
	free(s->version);
	free(s->cgroup);
	oci_map_done(&s->annotations);
	*s = (struct bundle_state){0};
}

static void build_state(struct json_build *b, struct json_object *o, const struct bundle_state *s,
			const char *boot_id)
{
	char stamp[TIME_STAMP_MAX];

	build_text(b, o, "ociVersion", s->version);
	build_text(b, o, "id", s->id);
	build_text(b, o, "bundle", s->bundle);
	build_text(b, o, "rootfs", s->rootfs);
	build_int(b, o, "pid", s->pid);
	build_int(b, o, "startTime", (int64_t)s->start_time);
	build_text(b, o, "bootId", boot_id);
	build_text(b, o, "created", time_stamp(s->created_ns, stamp));
	build_text(b, o, "cgroup", s->cgroup);
	build_int(b, o, "cgroupFlags", s->cgroup_flags);
	build_bool(b, o, "noKeyring", s->no_keyring);
	build_bool(b, o, "poststop", s->poststop);
	build_bool(b, o, "resctrl", s->resctrl);
	build_bool(b, o, "supervised", s->supervised);
	build_bool(b, o, "byRun", s->by_run);
	build_map(b, o, "annotations", &s->annotations);
}

int bundle_draft(int dirfd, const struct bundle_state *s, struct err *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};
	char boot_id[37];
	int r = proc_boot_id(boot_id);

	if (r < 0)
		return err_sys(err, r, "write the state of container '%s'", s->id);
	build_state(&b, o, s, boot_id);
	const char *text = b.failed ? NULL : json_text(o, false);
	if (!text)
		return err_sys(err, ENOMEM, "write the state of container '%s'", s->id);
	if (strlen(text) > STATE_SIZE_MAX)
		return err_set(err, ERR_INVALID, EFBIG,
			       "write the state of container '%s': larger than %u bytes", s->id,
			       STATE_SIZE_MAX);
	r = file_write_new(dirfd, DRAFT_FILE, text, strlen(text), 0600);
	return r < 0 ? err_sys(err, r, "write the state of container '%s'", s->id) : 0;
}

int bundle_publish(int dirfd, struct err *err)
{
	if (renameat(dirfd, DRAFT_FILE, dirfd, BUNDLE_STATE) < 0)
		return err_sys(err, errno, "write the container's state");
	return 0;
}

static int state_from_json(struct json_object *o, struct bundle_state *s, struct err *err)
{
	struct json_object *annotations = NULL;
	const char *created = NULL;
	int64_t pid = 0;

	if (json_get_copy(o, "", "ociVersion", &s->version, err) < 0 ||
	    json_get_copy(o, "", "id", &s->id, err) < 0 ||
	    json_get_copy(o, "", "bundle", &s->bundle, err) < 0 ||
	    json_get_copy(o, "", "rootfs", &s->rootfs, err) < 0 ||
	    json_get_copy(o, "", "bootId", &s->boot_id, err) < 0 ||
	    json_get_copy(o, "", "cgroup", &s->cgroup, err) < 0 ||
	    json_get_int64(o, "", "pid", 1, INT32_MAX, &pid, err) < 0 ||
	    json_get_uint64(o, "", "startTime", &s->start_time, err) < 0 ||
	    json_get_uint32(o, "", "cgroupFlags", &s->cgroup_flags, err) < 0 ||
	    json_get_bool(o, "", "noKeyring", &s->no_keyring, err) < 0 ||
	    json_get_bool(o, "", "poststop", &s->poststop, err) < 0 ||
	    json_get_bool(o, "", "resctrl", &s->resctrl, err) < 0 ||
	    json_get_bool(o, "", "supervised", &s->supervised, err) < 0 ||
	    json_get_bool(o, "", "byRun", &s->by_run, err) < 0 ||
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
	int r = json_read_file(dirfd, BUNDLE_STATE, STATE_SIZE_MAX, &o, err);

	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "%s: must be an object", BUNDLE_STATE);
	r = state_from_json(o, &s, err);
	if (r < 0) {
		(void)err_prefix(err, BUNDLE_STATE);
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

int bundle_freeze(const struct bundle_state *s, bool frozen, struct err *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	int r = bundle_cgroup(s, &cg, err);

	return r == 0 ? cgroup_freeze(cg, frozen, FREEZE_TIMEOUT_MS, err) : r;
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
	/* Who was killed while it started the container has left the socket. */
	if (faccessat(dirfd, BUNDLE_SOCKET, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	    proc_has_executed(s->pid) != 1)
		return OCI_STATUS_CREATED;
	if (s->by_run && proc_has_executed(s->pid) == 0)
		return OCI_STATUS_CREATING;
	return is_paused(s) ? OCI_STATUS_PAUSED : OCI_STATUS_RUNNING;
}

char *bundle_socket(const struct bundle *b)
{
	_cleanup_free_ char *dir = path_join(b->root, b->state.id);

	return dir ? path_join(dir, BUNDLE_SOCKET) : NULL;
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
	if (r == -ENOENT && b.dirfd >= 0)
		return bundle_is_being_made(b.dirfd)
			       ? err_set(err, ERR_CONFLICT, EBUSY,
					 "container '%s' is still being created", id)
			       : err_set(err, ERR_NOT_FOUND, ENOENT,
					 "container does not exist: '%s'", id);
	if (r < 0)
		return r;
	b.status = bundle_status(b.dirfd, &b.state, &b.pidfd);
	*ret = TAKE(b, BUNDLE_INIT);
	return 0;
}
