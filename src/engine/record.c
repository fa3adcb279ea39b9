/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/strv.h"

enum field_kind { FIELD_STRING, FIELD_STRV, FIELD_MAP, FIELD_BOOL, FIELD_NUMBER };

static const struct field {
	const char *key;
	enum field_kind kind;
	size_t offset;
} fields[] = {
#define FIELD(key, kind, member)                           \
	{                                                  \
		key, kind, offsetof(struct record, member) \
	}
	FIELD("id", FIELD_STRING, id),
	FIELD("name", FIELD_STRING, name),
	FIELD("created", FIELD_NUMBER, created_ns),
	FIELD("image", FIELD_STRING, image),
	FIELD("imageName", FIELD_STRING, image_name),
	FIELD("imageDigest", FIELD_STRING, image_digest),
	FIELD("imageId", FIELD_STRING, image_id),
	FIELD("layers", FIELD_STRV, layers),
	FIELD("rootfs", FIELD_STRING, rootfs),
	FIELD("entrypoint", FIELD_STRV, entrypoint),
	FIELD("command", FIELD_STRV, command),
	FIELD("user", FIELD_STRING, user),
	FIELD("hostname", FIELD_STRING, hostname),
	FIELD("labels", FIELD_MAP, labels),
	FIELD("tty", FIELD_BOOL, tty),
	FIELD("interactive", FIELD_BOOL, interactive),
	FIELD("autoRemove", FIELD_BOOL, auto_remove),
	FIELD("init", FIELD_BOOL, init),
	FIELD("network", FIELD_STRING, network),
	FIELD("publish", FIELD_STRV, publish),
	FIELD("logDriver", FIELD_STRING, log_driver),
	FIELD("logMaxSize", FIELD_NUMBER, log_max_size),
	FIELD("logMaxFiles", FIELD_NUMBER, log_max_files),
	FIELD("stopSignal", FIELD_NUMBER, stop_signal),
	FIELD("stopTimeout", FIELD_NUMBER, stop_timeout),
	FIELD("seccomp", FIELD_STRING, seccomp),
	FIELD("anonymousVolumes", FIELD_STRV, anonymous_volumes),
#undef FIELD
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
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		void *member = (char *)record + fields[i].offset;

		if (fields[i].kind == FIELD_STRING)
			free(*(char **)member);
		else if (fields[i].kind == FIELD_STRV)
			strv_free(*(char ***)member);
		else if (fields[i].kind == FIELD_MAP)
			oci_map_done(member);
	}
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

static void build_field(struct json_build *b, struct json_object *o, const struct field *f,
			const struct record *record)
{
	const void *member = (const char *)record + f->offset;

	switch (f->kind) {
	case FIELD_STRING:
		return build_text(b, o, f->key, *(char *const *)member);
	case FIELD_STRV:
		return build_texts(b, o, f->key, *(char **const *)member);
	case FIELD_MAP:
		return build_map(b, o, f->key, member);
	case FIELD_BOOL:
		return build_bool(b, o, f->key, *(const bool *)member);
	default:
		return build_int(b, o, f->key, *(const int64_t *)member);
	}
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
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		build_field(b, o, &fields[i], record);
}

int record_write(int dirfd, const struct record *record, bool sync, struct err *err)
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

/* As records had them while no key could have a '=': an array of "key=value". */
static int map_from_pairs(struct json_object *o, const char *key, struct oci_map *ret,
			  struct err *err)
{
	_cleanup_strv_ char **pairs = NULL;
	int r = json_get_strv(o, "", key, &pairs, err);

	STRV_FOREACH(pair, pairs) {
		char *equals = strchr(*pair, '=');

		if (!equals)
			return err_set(err, ERR_INVALID, EBADMSG, "%s: '%s' has no '='", key,
				       *pair);
		*equals = 0;
		if (oci_map_set(ret, *pair, equals + 1) < 0)
			return err_sys(err, ENOMEM, "read a record");
	}
	return r;
}

static int map_from_json(struct json_object *o, const char *key, struct oci_map *ret,
			 struct err *err)
{
	struct json_object *object = json_object_object_get(o, key);

	if (!json_object_is_type(object, json_type_object))
		return map_from_pairs(o, key, ret, err);
	json_object_object_foreach(object, name, value) {
		if (!json_object_is_type(value, json_type_string))
			return err_set(err, ERR_INVALID, EBADMSG, "%s: must hold strings", key);
		if (oci_map_set(ret, name, json_object_get_string(value)) < 0)
			return err_sys(err, ENOMEM, "read a record");
	}
	return 0;
}

static int field_from_json(struct json_object *o, const struct field *f, struct record *record,
			   struct err *err)
{
	void *member = (char *)record + f->offset;
	const char *s = NULL;
	int r;

	switch (f->kind) {
	case FIELD_STRING:
		r = json_get_string(o, "", f->key, &s, err);
		if (r > 0 && !(*(char **)member = strdup(s)))
			return err_sys(err, ENOMEM, "read a record");
		return r;
	case FIELD_STRV:
		return json_get_strv(o, "", f->key, member, err);
	case FIELD_MAP:
		return map_from_json(o, f->key, member, err);
	case FIELD_BOOL:
		return json_get_bool(o, "", f->key, member, err);
	default:
		return json_get_int64(o, "", f->key, INT64_MIN, INT64_MAX, member, err);
	}
}

static int mount_from_json(struct json_object *o, struct record *record, struct err *err)
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

static int from_json(struct json_object *o, struct record *record, struct err *err)
{
	struct json_object *mounts = NULL;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(fields); i++)
		r = field_from_json(o, &fields[i], record, err);
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

int record_read(int dirfd, struct record *ret, struct err *err)
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
