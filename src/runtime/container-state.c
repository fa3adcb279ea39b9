/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container-state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/str.h"
#include "oci/fields.h"
#include "oci/spec.h"
#include "runtime/state-dir.h"

#define DRAFT_FILE ".state.json"
/* Room for the annotations of the largest config.json. */
#define STATE_SIZE_MAX	       (OCI_SPEC_SIZE_MAX + (1u << 20))

#define ROW(key, kind, member) FIELD_ROW(struct container_state, key, kind, member)
static const struct field fields[] = {
	ROW("ociVersion", FIELD_STRING, version),
	ROW("id", FIELD_STRING, id),
	ROW("bundle", FIELD_STRING, bundle),
	ROW("rootfs", FIELD_STRING, rootfs),
	ROW("user", FIELD_STRING, user),
	ROW("pid", FIELD_PID, pid),
	ROW("startTime", FIELD_UINT64, start_time),
	ROW("bootId", FIELD_STRING, boot_id),
	ROW("created", FIELD_TIME, created_ns),
	ROW("cgroup", FIELD_STRING, cgroup),
	ROW("cgroupFlags", FIELD_UINT32, cgroup_flags),
	ROW("noKeyring", FIELD_BOOL, no_keyring),
	ROW("keyringOptional", FIELD_BOOL, keyring_optional),
	ROW("defaultSeccomp", FIELD_BOOL, default_seccomp),
	ROW("poststop", FIELD_BOOL, poststop),
	ROW("resctrl", FIELD_BOOL, resctrl),
	ROW("supervised", FIELD_BOOL, supervised),
	ROW("byRun", FIELD_BOOL, by_run),
	ROW("annotations", FIELD_MAP, annotations),
	{0},
};

void container_state_done(struct container_state *s)
{
	fields_done(fields, s);
	*s = (struct container_state){0};
}

static int write_draft(int dirfd, const char *text)
{
	int r = file_write_new(dirfd, DRAFT_FILE, text, strlen(text), 0600);

	if (r != -EEXIST) /* left by a creation that was killed */
		return r;
	(void)unlinkat(dirfd, DRAFT_FILE, 0); /* a failure shows in the next line */
	return file_write_new(dirfd, DRAFT_FILE, text, strlen(text), 0600);
}

int container_state_draft(int dirfd, const struct container_state *s, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct container_state now = *s;
	struct json_build b = {0};
	char boot_id[37];
	int r = proc_boot_id(boot_id);

	if (r < 0)
		return err_sys(err, r, "write the state of container '%s'", s->id);
	now.boot_id = boot_id;
	build_fields(&b, o, fields, &now);
	const char *text = b.failed ? NULL : json_text(o, false);
	if (!text)
		return err_oom(err);
	if (strlen(text) > STATE_SIZE_MAX)
		return err_set(err, ERR_INVALID, EFBIG,
			       "write the state of container '%s': larger than %u bytes", s->id,
			       STATE_SIZE_MAX);
	r = write_draft(dirfd, text);
	return r < 0 ? err_sys(err, r, "write the state of container '%s'", s->id) : 0;
}

int container_state_publish(int dirfd, struct masu_error *err)
{
	if (renameat(dirfd, DRAFT_FILE, dirfd, STATE_FILE) < 0)
		return err_sys(err, errno, "write the container's state");
	return 0;
}

void container_state_remove(int dirfd)
{
	(void)unlinkat(dirfd, STATE_FILE, 0);
	(void)unlinkat(dirfd, DRAFT_FILE, 0);
	(void)unlinkat(dirfd, START_SOCKET, 0);
}

int container_state_read(int dirfd, struct container_state *ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_container_state_ struct container_state s = {0};
	int r = json_read_object(dirfd, STATE_FILE, STATE_SIZE_MAX, &o, err);

	if (r < 0)
		return r;
	r = fields_from_json(fields, o, &s, err);
	if (r < 0) {
		(void)err_prefix(err, STATE_FILE);
		return r;
	}
	if (!s.id || !s.bundle || !s.boot_id)
		return err_set(err, ERR_INVALID, EBADMSG, "%s: missing id, bundle or bootId",
			       STATE_FILE);
	*ret = TAKE(s, (struct container_state){0});
	return 0;
}

void container_state_pack(const struct container_state *s, struct strbuf *b)
{
	fields_pack(fields, s, b);
}

void container_state_pack_version(struct strbuf *b)
{
	fields_pack_names(fields, b);
}

void container_state_unpack(struct unpack *u, struct container_state *ret)
{
	fields_unpack(fields, u, ret);
}

int container_state_is_current(const struct container_state *s)
{
	char boot[37];
	int r = s->boot_id ? proc_boot_id(boot) : -EBADMSG;

	if (r < 0)
		return err_is_shortage(r) ? r : 0;
	return streq(boot, s->boot_id);
}

int container_state_cgroup(const struct container_state *s, struct cgroup **ret,
			   struct masu_error *err)
{
	if (!s->cgroup)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "container '%s' has no cgroup of its own", s->id);
	return cgroup_open(s->cgroup, s->cgroup_flags, ret, err);
}

/* 1, 0 or the -errno of a shortage. */
static int is_paused(const struct container_state *s, struct freezers *freezers)
{
	int r = s->cgroup ? freezers_ask(freezers, s->cgroup, s->cgroup_flags) : 0;

	return r < 0 && !err_is_shortage(r) ? 0 : r;
}

/* Of a container whose init lives. */
static int live_status(int dirfd, const struct container_state *s, bool executed,
		       enum oci_status *ret)
{
	if (s->by_run && !executed) {
		*ret = OCI_STATUS_CREATING;
		return 0;
	}
	/* A start that was killed leaves its socket behind. */
	if (!executed && faccessat(dirfd, START_SOCKET, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		*ret = OCI_STATUS_CREATED;
		return 0;
	}
	_cleanup_freezers_ struct freezers freezers = FREEZERS_INIT;
	int r = is_paused(s, &freezers);
	if (r >= 0)
		*ret = r ? OCI_STATUS_PAUSED : OCI_STATUS_RUNNING;
	return MIN(r, 0);
}

int container_status_current(int dirfd, const struct container_state *s, enum oci_status *ret,
			     int *ret_pidfd)
{
	bool executed = false;
	_cleanup_close_ int fd = pidfd_new_same(s->pid, s->start_time, &executed);

	*ret_pidfd = -1;
	if (err_is_shortage(fd))
		return fd;
	if (fd < 0) {
		*ret = OCI_STATUS_STOPPED;
		return 0;
	}
	int r = live_status(dirfd, s, executed, ret);
	if (r == 0)
		*ret_pidfd = TAKE_FD(fd);
	return r;
}

int container_status(int dirfd, const struct container_state *s, enum oci_status *ret,
		     int *ret_pidfd)
{
	int r = container_state_is_current(s);

	if (r > 0)
		return container_status_current(dirfd, s, ret, ret_pidfd);
	*ret_pidfd = -1;
	if (r == 0)
		*ret = OCI_STATUS_STOPPED;
	return r;
}

int container_state_runs(const struct container_state *s, struct freezers *freezers)
{
	int r = pid_is_alive(s->pid, s->start_time);

	if (r <= 0)
		return r;
	r = is_paused(s, freezers);
	return r < 0 ? r : !r;
}
