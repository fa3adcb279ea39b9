/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
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
	ROW("publish", FIELD_STRV, publish),
	ROW("logDriver", FIELD_STRING, log_driver),
	ROW("logMaxSize", FIELD_INT64, log_max_size),
	ROW("logMaxFiles", FIELD_INT64, log_max_files),
	ROW("logTag", FIELD_STRING, log_tag),
	ROW("stopSignal", FIELD_INT64, stop_signal),
	ROW("stopTimeout", FIELD_INT64, stop_timeout),
	ROW("seccomp", FIELD_STRING, seccomp),
	ROW("anonymousVolumes", FIELD_STRV, anonymous_volumes),
	{0},
};

static void mount_done(struct record_mount *m)
{
	free(m->type);
	free(m->volume);
	free(m->source);
	free(m->destination);
}

void record_done(struct record *record)
{
	fields_done(fields, record);
	for (size_t i = 0; i < record->n_mounts; i++)
		mount_done(&record->mounts[i]);
	free(record->mounts);
	*record = (struct record){0};
}

static char *copy_or_null(const char *s, bool *failed)
{
	char *copy = s ? strdup(s) : NULL;

	*failed |= s && !copy;
	return copy;
}

int record_add_mount(struct record *record, const struct record_mount *mount)
{
	bool failed = false;
	struct record_mount *grown = reallocarray(record->mounts, record->n_mounts + 1,
						  sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	record->mounts = grown;
	struct record_mount copy = {
		.type = copy_or_null(mount->type, &failed),
		.volume = copy_or_null(mount->volume, &failed),
		.source = copy_or_null(mount->source, &failed),
		.destination = copy_or_null(mount->destination, &failed),
		.readonly = mount->readonly,
		.nocopy = mount->nocopy,
	};
	if (failed) {
		mount_done(&copy);
		return -ENOMEM;
	}
	record->mounts[record->n_mounts++] = copy;
	return 0;
}

static void build_mount(struct json_build *b, struct json_object *o, const struct record_mount *m)
{
	build_text(b, o, "type", m->type);
	build_text(b, o, "volume", m->volume);
	build_text(b, o, "source", m->source);
	build_text(b, o, "destination", m->destination);
	build_bool(b, o, "readonly", m->readonly);
	build_true(b, o, "nocopy", m->nocopy);
}

static void build_record(struct json_build *b, struct json_object *o, const struct record *record)
{
	struct json_object *mounts = build_array(b, o, "mounts");

	for (size_t i = 0; i < record->n_mounts; i++)
		build_mount(b, build_object(b, mounts, NULL), &record->mounts[i]);
	build_fields(b, o, fields, record);
}

int record_write(int dirfd, const struct record *record, bool sync, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_record(&b, o, record);
	const char *text = b.failed ? NULL : json_text(o, true);
	if (!text)
		return err_sys(err, ENOMEM, "record the container");
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
	const char *type = NULL, *volume = NULL, *source = NULL, *destination = NULL;
	bool readonly = false, nocopy = false;

	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "mounts: must hold objects");
	if (json_get_string(o, "mounts", "type", &type, err) < 0 ||
	    json_get_string(o, "mounts", "volume", &volume, err) < 0 ||
	    json_get_string(o, "mounts", "source", &source, err) < 0 ||
	    json_get_string(o, "mounts", "destination", &destination, err) < 0 ||
	    json_get_bool(o, "mounts", "readonly", &readonly, err) < 0 ||
	    json_get_bool(o, "mounts", "nocopy", &nocopy, err) < 0)
		return -EBADMSG;
	if (!type || !destination)
		return err_set(err, ERR_INVALID, EBADMSG, "mounts: no type or destination");
	int r = record_add_mount(record, &(struct record_mount){.type = (char *)type,
								.volume = (char *)volume,
								.source = (char *)source,
								.destination = (char *)destination,
								.readonly = readonly,
								.nocopy = nocopy});
	return r < 0 ? err_sys(err, r, "read a record") : 0;
}

static int from_json(struct json_object *o, struct record *record, struct masu_error *err)
{
	struct json_object *mounts = NULL;
	int r = fields_from_json(fields, o, record, err);

	if (r >= 0)
		r = json_get_array(o, "", "mounts", &mounts, err);
	for (size_t i = 0; r >= 0 && mounts && i < json_object_array_length(mounts); i++)
		r = mount_from_json(json_object_array_get_idx(mounts, i), record, err);
	if (r < 0)
		return r;
	if (!record->id || !record->name || !record->image)
		return err_set(err, ERR_INVALID, EBADMSG, "no id, name or image");
	return 0;
}

int record_read(int dirfd, struct record *ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_record_ struct record record = {0};
	int r = json_read_file(dirfd, RECORD_FILE, RECORD_SIZE_MAX, &o, err);

	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "%s: must be an object", RECORD_FILE);
	r = from_json(o, &record, err);
	if (r < 0) {
		(void)err_prefix(err, RECORD_FILE);
		return r;
	}
	*ret = record;
	record = (struct record){0};
	return 0;
}
