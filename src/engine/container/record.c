/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/record.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/strv.h"
#include "oci/fields.h"

#define ROW(key, kind, member) FIELD_ROW(struct record, key, kind, member)
static const struct field fields[] = {
	ROW("id", FIELD_STRING, id),
	ROW("name", FIELD_STRING, name),
	ROW("created", FIELD_INT64, created_ns),
	ROW("image", FIELD_STRING, image),
	ROW("imageName", FIELD_STRING, image_name),
	ROW("imageDigest", FIELD_STRING, image_digest),
	ROW("imageId", FIELD_STRING, image_id),
	ROW("layers", FIELD_STRV, layers),
	ROW("rootfs", FIELD_STRING, rootfs),
	ROW("entrypoint", FIELD_STRV, entrypoint),
	ROW("command", FIELD_STRV, command),
	ROW("user", FIELD_STRING, user),
	ROW("hostname", FIELD_STRING, hostname),
	ROW("labels", FIELD_MAP, labels),
	ROW("tty", FIELD_BOOL, tty),
	ROW("interactive", FIELD_BOOL, interactive),
	ROW("autoRemove", FIELD_BOOL, auto_remove),
	ROW("init", FIELD_BOOL, init),
	ROW("network", FIELD_STRING, network),
	ROW("pidMode", FIELD_STRING, pid_mode),
	ROW("ipcMode", FIELD_STRING, ipc_mode),
	ROW("utsMode", FIELD_STRING, uts_mode),
	ROW("cgroupnsMode", FIELD_STRING, cgroupns_mode),
	ROW("requires", FIELD_STRV, required),
	ROW("userns", FIELD_STRING, userns),
	ROW("uidMap", FIELD_STRING, uid_map),
	ROW("gidMap", FIELD_STRING, gid_map),
	ROW("passwd", FIELD_STRING, passwd),
	ROW("group", FIELD_STRING, group),
	ROW("session", FIELD_BOOL, session),
	ROW("publish", FIELD_STRV, publish),
	ROW("expose", FIELD_STRV, expose),
	ROW("publishAll", FIELD_BOOL, publish_all),
	ROW("addHosts", FIELD_STRV, add_hosts),
	ROW("dns", FIELD_STRV, dns),
	ROW("dnsSearch", FIELD_STRV, dns_search),
	ROW("dnsOptions", FIELD_STRV, dns_options),
	ROW("hostsFile", FIELD_STRING, hosts_file),
	ROW("hostGateway", FIELD_STRING, host_gateway),
	ROW("imageHosts", FIELD_BOOL, image_hosts),
	ROW("imageResolvConf", FIELD_BOOL, image_resolv_conf),
	ROW("imageHostname", FIELD_BOOL, image_hostname),
	ROW("logDriver", FIELD_STRING, log_driver),
	ROW("logDetached", FIELD_BOOL, log_detached),
	ROW("logMaxSize", FIELD_INT64, log_max_size),
	ROW("logMaxFiles", FIELD_INT64, log_max_files),
	ROW("logTag", FIELD_STRING, log_tag),
	ROW("stopSignal", FIELD_INT64, stop_signal),
	ROW("stopTimeout", FIELD_INT64, stop_timeout),
	ROW("timezone", FIELD_STRING, timezone),
	ROW("cgroupParent", FIELD_STRING, cgroup_parent),
	ROW("noCgroup", FIELD_BOOL, no_cgroup),
	ROW("splitCgroup", FIELD_BOOL, split_cgroup),
	ROW("sdnotify", FIELD_STRING, sdnotify),
	ROW("pidFile", FIELD_STRING, pid_file),
	ROW("volumesFrom", FIELD_STRV, volumes_from),
	ROW("devices", FIELD_STRV, devices),
	ROW("cdiDevices", FIELD_STRV, cdi_devices),
	ROW("cdiDirs", FIELD_STRV, cdi_dirs),
	ROW("privileged", FIELD_BOOL, privileged),
	ROW("restart", FIELD_STRING, restart),
	ROW("restartMax", FIELD_INT64, restart_max),
	ROW("healthTest", FIELD_STRV, health.test),
	ROW("healthInterval", FIELD_INT64, health.interval_ns),
	ROW("healthTimeout", FIELD_INT64, health.timeout_ns),
	ROW("healthStartPeriod", FIELD_INT64, health.start_period_ns),
	ROW("healthStartInterval", FIELD_INT64, health.start_interval_ns),
	ROW("healthRetries", FIELD_INT64, health.retries),
	ROW("healthOnFailure", FIELD_STRING, health.on_failure),
	ROW("runTimeout", FIELD_INT64, run_timeout),
	ROW("seccomp", FIELD_STRING, seccomp),
	ROW("createCommand", FIELD_STRV, create_command),
	ROW("createOptions", FIELD_INT64, create_options),
	ROW("mountLayers", FIELD_STRV, mount_layers),
	ROW("mountImages", FIELD_STRV, mount_images),
	ROW("anonymousVolumes", FIELD_STRV, anonymous_volumes),
	{0},
};

#define MOUNT_ROW(key, kind, member) FIELD_ROW(struct record_mount, key, kind, member)
static const struct field mount_fields[] = {
	MOUNT_ROW("type", FIELD_STRING, type),
	MOUNT_ROW("volume", FIELD_STRING, volume),
	MOUNT_ROW("source", FIELD_STRING, source),
	MOUNT_ROW("destination", FIELD_STRING, destination),
	MOUNT_ROW("readonly", FIELD_BOOL, readonly),
	MOUNT_ROW("nocopy", FIELD_BOOL, nocopy),
	MOUNT_ROW("subpath", FIELD_STRING, subpath),
	MOUNT_ROW("chown", FIELD_BOOL, chown),
	MOUNT_ROW("overlay", FIELD_STRING, overlay),
	MOUNT_ROW("upper", FIELD_STRING, upper),
	MOUNT_ROW("work", FIELD_STRING, work),
	MOUNT_ROW("layers", FIELD_STRV, layers),
	{0},
};

#define SECRET_ROW(key, kind, member) FIELD_ROW(struct record_secret, key, kind, member)
static const struct field secret_fields[] = {
	SECRET_ROW("name", FIELD_STRING, name),
	SECRET_ROW("target", FIELD_STRING, target),
	SECRET_ROW("env", FIELD_BOOL, env),
	SECRET_ROW("uid", FIELD_UINT32, uid),
	SECRET_ROW("gid", FIELD_UINT32, gid),
	SECRET_ROW("mode", FIELD_UINT32, mode),
	{0},
};

void record_done(struct record *record)
{
	fields_done(fields, record);
	for (size_t i = 0; i < record->n_mounts; i++)
		fields_done(mount_fields, &record->mounts[i]);
	free(record->mounts);
	for (size_t i = 0; i < record->n_secrets; i++)
		fields_done(secret_fields, &record->secrets[i]);
	free(record->secrets);
	*record = (struct record){0};
}

static int copy_text(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

int record_add_mount(struct record *record, const struct record_mount *mount)
{
	struct record_mount *m = array_add(&record->mounts, &record->n_mounts,
					   sizeof(struct record_mount));

	if (!m)
		return -ENOMEM;
	m->readonly = mount->readonly;
	m->nocopy = mount->nocopy;
	m->chown = mount->chown;
	if (copy_text(&m->type, mount->type) < 0 || copy_text(&m->volume, mount->volume) < 0 ||
	    copy_text(&m->source, mount->source) < 0 ||
	    copy_text(&m->destination, mount->destination) < 0 ||
	    copy_text(&m->subpath, mount->subpath) < 0 ||
	    copy_text(&m->overlay, mount->overlay) < 0 || copy_text(&m->upper, mount->upper) < 0 ||
	    copy_text(&m->work, mount->work) < 0)
		return -ENOMEM;
	return mount->layers ? strv_extend(&m->layers, mount->layers) : 0;
}

int record_write(int dirfd, const struct record *record, bool sync, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	struct json_object *mounts = build_array(&b, o, "mounts");
	for (size_t i = 0; i < record->n_mounts; i++)
		build_fields(&b, build_object(&b, mounts, NULL), mount_fields, &record->mounts[i]);
	struct json_object *secrets = record->n_secrets ? build_array(&b, o, "secrets") : NULL;
	for (size_t i = 0; i < record->n_secrets; i++)
		build_fields(&b, build_object(&b, secrets, NULL), secret_fields,
			     &record->secrets[i]);
	build_fields(&b, o, fields, record);
	const char *text = b.failed ? NULL : json_text(o, true);
	if (!text)
		return err_oom(err);
	if (strlen(text) > RECORD_SIZE_MAX)
		return err_set(err, ERR_INVALID, EFBIG,
			       "record container '%s': its settings are larger than %u bytes",
			       record->name, RECORD_SIZE_MAX);
	int r = file_write_atomic(dirfd, RECORD_FILE, text, strlen(text), 0600,
				  sync ? FILE_SYNC : 0);
	return r < 0 ? err_sys(err, r, "record container '%s'", record->name) : 0;
}

static int mount_from_json(struct json_object *o, struct record *record, struct masu_error *err)
{
	struct record_mount *m = array_add(&record->mounts, &record->n_mounts,
					   sizeof(struct record_mount));

	if (!m)
		return err_oom(err);
	int r = fields_from_json(mount_fields, o, m, err);
	if (r < 0)
		return r;
	return m->type && m->destination
		       ? 0
		       : err_set(err, ERR_INVALID, EBADMSG, "missing type or destination");
}

static int secret_from_json(struct json_object *o, struct record *record, struct masu_error *err)
{
	struct record_secret *s = array_add(&record->secrets, &record->n_secrets,
					    sizeof(struct record_secret));

	if (!s)
		return err_oom(err);
	int r = fields_from_json(secret_fields, o, s, err);
	if (r < 0)
		return r;
	return s->name && s->target ? 0
				    : err_set(err, ERR_INVALID, EBADMSG, "missing name or target");
}

static int list_from_json(struct json_object *o, const char *key, struct record *record,
			  int (*read)(struct json_object *o, struct record *record,
				      struct masu_error *err),
			  struct masu_error *err)
{
	struct json_object *list = NULL;
	int r = json_get_array(o, "", key, &list, err);

	for (size_t i = 0; r >= 0 && list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		r = json_object_is_type(item, json_type_object)
			    ? read(item, record, err)
			    : err_set(err, ERR_INVALID, EBADMSG, "must hold objects");
		if (r < 0) {
			(void)err_prefix(err, "%s", key);
			return r;
		}
	}
	return MIN(r, 0);
}

static int from_json(struct json_object *o, struct record *record, struct masu_error *err)
{
	int r = fields_from_json(fields, o, record, err);

	if (r < 0)
		return r;
	r = list_from_json(o, "mounts", record, mount_from_json, err);
	if (r < 0)
		return r;
	r = list_from_json(o, "secrets", record, secret_from_json, err);
	if (r < 0)
		return r;
	if (!record->id || !record->name || !record->image)
		return err_set(err, ERR_INVALID, EBADMSG, "missing id, name or image");
	return 0;
}

int record_read(int dirfd, struct record *ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_record_ struct record record = {0};
	int r = json_read_object(dirfd, RECORD_FILE, RECORD_SIZE_MAX, &o, err);

	if (r < 0)
		return r;
	r = from_json(o, &record, err);
	if (r < 0) {
		(void)err_prefix(err, RECORD_FILE);
		return r;
	}
	*ret = TAKE(record, (struct record){0});
	return 0;
}

void record_pack(const struct record *record, struct strbuf *b)
{
	fields_pack(fields, record, b);
	fields_pack_number((int64_t)record->n_mounts, b);
	for (size_t i = 0; i < record->n_mounts; i++)
		fields_pack(mount_fields, &record->mounts[i], b);
	fields_pack_number((int64_t)record->n_secrets, b);
	for (size_t i = 0; i < record->n_secrets; i++)
		fields_pack(secret_fields, &record->secrets[i], b);
}

void record_pack_version(struct strbuf *b)
{
	fields_pack_names(fields, b);
	fields_pack_names(mount_fields, b);
	fields_pack_names(secret_fields, b);
}

static void unpack_mount(struct unpack *u, struct record *ret)
{
	struct record_mount *m = array_add(&ret->mounts, &ret->n_mounts, sizeof(*m));

	if (m)
		fields_unpack(mount_fields, u, m);
	u->failed |= !m;
}

static void unpack_secret(struct unpack *u, struct record *ret)
{
	struct record_secret *s = array_add(&ret->secrets, &ret->n_secrets, sizeof(*s));

	if (s)
		fields_unpack(secret_fields, u, s);
	u->failed |= !s;
}

void record_unpack(struct unpack *u, struct record *ret)
{
	fields_unpack(fields, u, ret);
	for (int64_t n = unpack_number(u); n > 0 && !u->failed; n--)
		unpack_mount(u, ret);
	for (int64_t n = unpack_number(u); n > 0 && !u->failed; n--)
		unpack_secret(u, ret);
}
