/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "oci/image.h"

void image_config_done(struct image_config *c)
{
	free(c->author);
	free(c->platform.os);
	free(c->platform.arch);
	free(c->platform.variant);
	strv_free(c->env);
	strv_free(c->entrypoint);
	strv_free(c->cmd);
	free(c->working_dir);
	free(c->user);
	free(c->stop_signal);
	strv_free(c->exposed_ports);
	strv_free(c->volumes);
	oci_map_done(&c->labels);
	free(c->healthcheck);
	free(c->diff_ids);
	for (size_t i = 0; i < c->n_history; i++) {
		free(c->history[i].created);
		free(c->history[i].created_by);
		free(c->history[i].comment);
		free(c->history[i].author);
	}
	free(c->history);
	*c = (struct image_config){0};
}

struct text_member {
	const char *key;
	char **ret;
	bool plain; /* control characters are refused: it goes into files of lines or into paths */
};

static int read_texts(struct json_object *o, const char *where, const struct text_member *members,
		      size_t n, struct masu_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const char *s;
		int r = json_get_string(o, where, members[i].key, &s, err);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		if (members[i].plain && str_has_control(s))
			return err_set(err, ERR_INVALID, EBADMSG,
				       "%s%s%s: must not hold control characters", where,
				       *where ? "." : "", members[i].key);
		*members[i].ret = strdup(s);
		if (!*members[i].ret)
			return err_oom(err);
	}
	return 0;
}

/* The keys of an object whose values say nothing: ExposedPorts, Volumes. */
static int read_keys(struct json_object *o, const char *key, char ***ret, struct masu_error *err)
{
	struct json_object *set;
	int r = json_get_object(o, "config", key, &set, err);

	if (r <= 0)
		return r;
	json_object_object_foreach(set, name, value) {
		(void)value;
		if (str_has_control(name))
			return err_set(err, ERR_INVALID, EBADMSG,
				       "config.%s: must not hold control characters", key);
		if (strv_push(ret, name) < 0)
			return err_oom(err);
	}
	return 0;
}

static int read_labels(struct json_object *o, struct oci_map *ret, struct masu_error *err)
{
	struct json_object *labels;
	int r = json_get_object(o, "config", "Labels", &labels, err);

	if (r <= 0)
		return r;
	json_object_object_foreach(labels, key, value) {
		const char *text;

		(void)value;
		r = json_get_string(labels, "config.Labels", key, &text, err);
		if (r < 0)
			return r;
		if (oci_map_set(ret, key, r ? text : "") < 0)
			return err_oom(err);
	}
	return 0;
}

/* The lists and objects right in it. All that is done with them may take the square of their length. */
static int check_lengths(struct json_object *o, const char *where, struct masu_error *err)
{
	json_object_object_foreach(o, key, value) {
		size_t n = json_object_is_type(value, json_type_array)
				   ? json_object_array_length(value)
			   : json_object_is_type(value, json_type_object)
				   ? (size_t)json_object_object_length(value)
				   : 0;

		if (n > IMAGE_ENTRIES_MAX)
			return err_set(err, ERR_INVALID, EBADMSG,
				       "%s.%.100s: %zu entries are more than %d", where, key, n,
				       IMAGE_ENTRIES_MAX);
	}
	return 0;
}

static int read_run_part(struct json_object *o, struct image_config *c, struct masu_error *err)
{
	const struct text_member members[] = {
		{"WorkingDir", &c->working_dir, true},
		{"User", &c->user, true},
		{"StopSignal", &c->stop_signal, true},
	};
	struct json_object *config, *health;
	int r = json_get_object(o, "", "config", &config, err);

	if (r <= 0)
		return r;
	r = check_lengths(config, "config", err);
	if (r >= 0)
		r = read_texts(config, "config", members, ARRAY_SIZE(members), err);
	if (r >= 0)
		r = json_get_strv(config, "config", "Env", &c->env, err);
	if (r >= 0)
		r = json_get_strv(config, "config", "Entrypoint", &c->entrypoint, err);
	if (r >= 0)
		r = json_get_strv(config, "config", "Cmd", &c->cmd, err);
	if (r >= 0)
		r = read_keys(config, "ExposedPorts", &c->exposed_ports, err);
	if (r >= 0)
		r = read_keys(config, "Volumes", &c->volumes, err);
	if (r >= 0)
		r = read_labels(config, &c->labels, err);
	if (r >= 0)
		r = json_get_object(config, "config", "Healthcheck", &health, err);
	if (r > 0) {
		c->healthcheck = strdup(json_text(health, false));
		if (!c->healthcheck)
			return err_oom(err);
	}
	return r;
}

static int read_diff_ids(struct json_object *o, struct image_config *c, struct masu_error *err)
{
	_cleanup_strv_ char **ids = NULL;
	struct json_object *rootfs;
	const char *type = NULL;
	int r = json_get_object(o, "", "rootfs", &rootfs, err);

	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, ERR_INVALID, EBADMSG, "has no rootfs");
	r = check_lengths(rootfs, "rootfs", err);
	if (r >= 0)
		r = json_get_string(rootfs, "rootfs", "type", &type, err);
	if (r < 0)
		return r;
	if (type && !streq(type, "layers")) /* docker and podman don't miss it */
		return err_set(err, ERR_INVALID, EBADMSG, "rootfs.type: must be 'layers'");
	r = json_get_strv(rootfs, "rootfs", "diff_ids", &ids, err);
	if (r < 0)
		return r;
	size_t n = strv_length(ids);
	if (n > IMAGE_LAYERS_MAX)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "rootfs.diff_ids: %zu layers are more than %d", n, IMAGE_LAYERS_MAX);
	c->diff_ids = calloc(n ? n : 1, sizeof(*c->diff_ids));
	if (!c->diff_ids)
		return err_oom(err);
	for (; c->n_diff_ids < n; c->n_diff_ids++)
		if (digest_parse(ids[c->n_diff_ids], &c->diff_ids[c->n_diff_ids]) < 0)
			return err_set(err, ERR_INVALID, EBADMSG,
				       "rootfs.diff_ids[%zu]: '%.100s' is not a SHA-256 digest",
				       c->n_diff_ids, ids[c->n_diff_ids]);
	return 0;
}

static int read_history(struct json_object *o, struct image_config *c, struct masu_error *err)
{
	struct json_object *array;
	int r = json_get_array(o, "", "history", &array, err);

	if (r <= 0)
		return r;
	size_t n = json_object_array_length(array);
	if (n > IMAGE_ENTRIES_MAX)
		return err_set(err, ERR_INVALID, EBADMSG, "history: %zu entries are too many", n);
	c->history = calloc(n ? n : 1, sizeof(*c->history));
	if (!c->history)
		return err_oom(err);
	for (; c->n_history < n; c->n_history++) {
		struct image_history *h = &c->history[c->n_history];
		struct json_object *entry = json_object_array_get_idx(array, c->n_history);
		const struct text_member members[] = {
			{"created", &h->created, false},
			{"created_by", &h->created_by, false},
			{"comment", &h->comment, false},
			{"author", &h->author, false},
		};

		if (!json_object_is_type(entry, json_type_object))
			return err_set(err, ERR_INVALID, EBADMSG, "history[%zu]: must be an object",
				       c->n_history);
		r = read_texts(entry, "history", members, ARRAY_SIZE(members), err);
		if (r >= 0)
			r = json_get_bool(entry, "history", "empty_layer", &h->empty_layer, err);
		if (r < 0) {
			c->n_history++; /* what the entry has by now is owned */
			return r;
		}
	}
	return 0;
}

static int read_config(struct json_object *o, struct image_config *c, struct masu_error *err)
{
	const struct text_member members[] = {
		{"author", &c->author, false},
		{"os", &c->platform.os, true},
		{"architecture", &c->platform.arch, true},
		{"variant", &c->platform.variant, true},
	};
	const char *created;
	int r = read_texts(o, "", members, ARRAY_SIZE(members), err);

	if (r >= 0)
		r = json_get_string(o, "", "created", &created, err);
	/* Builders write the year 1 for "unknown"; out of range stays 0. */
	if (r > 0 && *created && time_parse_stamp(created, &c->created_ns) == -EINVAL)
		return err_set(err, ERR_INVALID, EBADMSG, "created: '%.100s' is not a time",
			       created);
	if (r >= 0)
		r = read_run_part(o, c, err);
	if (r >= 0)
		r = read_diff_ids(o, c, err);
	return r < 0 ? r : read_history(o, c, err);
}

int image_config_parse(const char *text, size_t size, struct image_config *ret,
		       struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_image_config_ struct image_config c = {0};

	if (size > IMAGE_CONFIG_MAX)
		return err_set(err, ERR_INVALID, EFBIG, "image config: larger than %d bytes",
			       IMAGE_CONFIG_MAX);
	int r = json_parse(text, size, "image config", &o, err);
	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "image config: must be an object");
	r = read_config(o, &c, err);
	if (r < 0) {
		(void)err_prefix(err, "image config");
		return r;
	}
	*ret = c;
	c = (struct image_config){0};
	return 0;
}
