/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/draft.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/env.h"
#include "engine/files.h"
#include "engine/name.h"
#include "logs/writer.h"
#include "net/files.h"
#include "oci/image.h"

#define STOP_TIMEOUT_DEFAULT 10

static const char path_default[] =
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void draft_done(struct draft *d)
{
	oci_spec_free(d->spec);
	record_done(&d->record);
	mount_requests_done(&d->mounts);
	network_done(&d->network);
	strv_free(d->own_env);
	*d = DRAFT_INIT;
}

static int no_memory(struct err *err)
{
	return err_sys(err, ENOMEM, "describe the container");
}

static int set_copy(char **place, const char *value)
{
	char *copy = value ? strdup(value) : NULL;

	if (value && !copy)
		return -ENOMEM;
	free(*place);
	*place = copy;
	return 0;
}

static int set_id_map(struct oci_id_map **list, size_t *n, const struct id_range *ranges,
		      size_t n_ranges)
{
	int r = 0;

	free(*list);
	*list = NULL;
	*n = 0;
	for (size_t i = 0; r == 0 && i < n_ranges; i++)
		r = oci_id_map_add(list, n,
				   (struct oci_id_map){.container_id = ranges[i].inside,
						       .host_id = ranges[i].outside,
						       .size = ranges[i].count});
	return r;
}

static int apply_idmap(struct oci_spec *spec, const struct idmap *map)
{
	int r;

	if (!map->userns)
		return 0;
	r = set_id_map(&spec->uid_mappings, &spec->n_uid_mappings, map->uids, map->n_uids);
	return r < 0 ? r
		     : set_id_map(&spec->gid_mappings, &spec->n_gid_mappings, map->gids,
				  map->n_gids);
}

static int begin_env(struct draft *d, const struct request *q, struct err *err)
{
	int r = 0;

	STRV_FOREACH(file, q->env_files)
		if (r == 0)
			r = env_add_file(&d->own_env, *file, err);
	STRV_FOREACH(arg, q->env)
		if (r == 0)
			r = env_add(&d->own_env, *arg, err);
	return r;
}

static int begin_labels(struct draft *d, const struct request *q, struct err *err)
{
	int r = 0;

	STRV_FOREACH(file, q->label_files)
		if (r == 0)
			r = label_add_file(&d->record.labels, *file, err);
	STRV_FOREACH(label, q->labels)
		if (r == 0)
			r = label_add(&d->record.labels, *label, err);
	STRV_FOREACH(annotation, q->annotations) {
		_cleanup_free_ char *key = strndup(*annotation, strcspn(*annotation, "="));
		const char *equals = strchr(*annotation, '=');

		if (r < 0)
			break;
		if (!equals || equals == *annotation)
			return err_set(err, ERR_INVALID, EINVAL,
				       "annotation '%s' is not of the form KEY=VALUE", *annotation);
		if (!key || oci_map_set(&d->spec->annotations, key, equals + 1) < 0)
			return no_memory(err);
	}
	return r;
}

static int begin_mounts(struct draft *d, const struct request *q, struct err *err)
{
	int r = 0;

	STRV_FOREACH(text, q->volumes)
		if (r == 0)
			r = mounts_add_volume(&d->mounts, *text, err);
	STRV_FOREACH(text, q->mounts)
		if (r == 0)
			r = mounts_add_mount(&d->mounts, *text, err);
	STRV_FOREACH(text, q->tmpfs)
		if (r == 0)
			r = mounts_add_tmpfs(&d->mounts, *text, err);
	return r;
}

static int begin_network(struct draft *d, const struct request *q, struct err *err)
{
	_cleanup_ports_ struct port_list ports = PORT_LIST_INIT;
	int r = network_parse(q->network, &d->network, err);

	if (r < 0)
		return r;
	STRV_FOREACH(text, q->publish) {
		r = ports_parse(*text, &ports, err);
		if (r < 0)
			return r;
	}
	r = network_check_ports(&d->network, &ports, err);
	if (r < 0)
		return r;
	if (d->network.backend->shares_host)
		d->spec->namespaces[OCI_NS_NETWORK].wanted = false;
	if (set_copy(&d->record.network, q->network) < 0 ||
	    strv_extend(&d->record.publish, q->publish) < 0)
		return no_memory(err);
	return 0;
}

static int log_option(struct record *record, const char *text, struct err *err)
{
	const char *value;
	uint64_t n;

	if (streq(text, "max-size=-1")) {
		record->log_max_size = 0;
		return 0;
	}
	if ((value = str_after(text, "max-size="))) {
		if (str_to_size(value, &n) < 0 || n == 0 || n > INT64_MAX)
			return err_set(err, ERR_INVALID, EINVAL,
				       "log option '%s': not a size like 10m", text);
		record->log_max_size = (int64_t)n;
		return 0;
	}
	if ((value = str_after(text, "max-file="))) {
		if (str_to_uint64(value, LOG_FILES_MAX, &n) < 0 || n == 0)
			return err_set(err, ERR_INVALID, EINVAL,
				       "log option '%s': not a number from 1 to %d", text,
				       LOG_FILES_MAX);
		record->log_max_files = (int64_t)n;
		return 0;
	}
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "unknown log option '%s'", text);
	return err_hint(err, "there are max-size=SIZE and max-file=NUMBER");
}

static int begin_log(struct draft *d, const struct request *q, struct err *err)
{
	int r = 0;

	if (q->log_driver && !streq(q->log_driver, "k8s-file") && !streq(q->log_driver, "none")) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "no log driver '%s'",
			      q->log_driver);
		return err_hint(err, "there are k8s-file and none");
	}
	d->record.log_max_size = LOG_SIZE_DEFAULT;
	d->record.log_max_files = LOG_FILES_DEFAULT;
	STRV_FOREACH(option, q->log_options)
		if (r == 0)
			r = log_option(&d->record, *option, err);
	if (r == 0 && set_copy(&d->record.log_driver, q->log_driver) < 0)
		r = no_memory(err);
	return r;
}

static int parse_stop_signal(const char *text, int64_t *ret, struct err *err)
{
	int n = proc_signal_from_string(text);

	if (n < 0)
		return err_set(err, ERR_INVALID, EINVAL, "unknown signal '%s'", text);
	*ret = n;
	return 0;
}

static int begin_stop(struct draft *d, const struct request *q, struct err *err)
{
	uint32_t seconds = STOP_TIMEOUT_DEFAULT;

	if (q->stop_timeout && str_to_uint32(q->stop_timeout, &seconds) < 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--stop-timeout '%s' is no number of seconds", q->stop_timeout);
	d->record.stop_timeout = seconds;
	return q->stop_signal ? parse_stop_signal(q->stop_signal, &d->record.stop_signal, err) : 0;
}

/* What the default spec has for a caller who runs one bundle, and the engine does otherwise. */
static int adapt_default(struct draft *d, const struct request *q)
{
	struct oci_spec *spec = d->spec;
	struct oci_process *p = spec->process;

	p->terminal = q->tty;
	p->no_new_privileges = false; /* sudo and ping work unless it is asked for */
	p->user.has_umask = true;     /* as Docker and Podman have it, whatever the caller's is */
	p->user.umask = 022;
	strv_free(p->args);
	strv_free(p->env);
	p->args = NULL;
	p->env = NULL;
	free(p->rlimits);
	p->rlimits = NULL;
	p->n_rlimits = 0;
	spec->root.readonly = q->read_only;
	return 0;
}

static int check_workdir(const char *dir, struct err *err)
{
	if (*dir == '/' && !str_has_control(dir))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL,
		       "the working directory '%s' is not an absolute path", dir);
}

static int begin_record(struct draft *d, const struct request *q, struct err *err)
{
	struct record *r = &d->record;
	int bad = q->name ? name_check(q->name, "container", err) : 0;

	if (bad == 0 && q->workdir && *q->workdir)
		bad = check_workdir(q->workdir, err);
	if (bad < 0)
		return bad;
	r->created_ns = time_now();
	r->tty = q->tty;
	r->interactive = q->interactive;
	r->auto_remove = q->auto_remove;
	r->init = q->init;
	if (set_copy(&r->image, q->image) < 0 || set_copy(&r->hostname, q->hostname) < 0 ||
	    (q->user && *q->user && set_copy(&r->user, q->user) < 0))
		return no_memory(err);
	return q->hostname ? net_check_hostname(q->hostname, err) : 0;
}

int draft_begin(const struct engine *e, const struct request *q, struct draft *ret, struct err *err)
{
	static int (*const parts[])(struct draft *, const struct request *, struct err *) = {
		begin_record, begin_env, begin_labels, begin_mounts, draft_shm,	     begin_network,
		files_check,  begin_log, begin_stop,   draft_limits, draft_security,
	};
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	int r = oci_spec_default(e->idmap.userns, &d.spec, err);

	if (r < 0)
		return r;
	if (adapt_default(&d, q) < 0 || apply_idmap(d.spec, &e->idmap) < 0)
		return no_memory(err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i](&d, q, err);
	if (r < 0)
		return r;
	*ret = d;
	d = DRAFT_INIT;
	return 0;
}

/* --entrypoint: one program, or a JSON array as podman takes it. */
static int parse_entrypoint(const char *text, char ***ret, struct err *err)
{
	_cleanup_strv_ char **list = calloc(1, sizeof(char *));
	_cleanup_json_ struct json_object *o = NULL;

	if (!list)
		return no_memory(err);
	if (*text == '[') {
		int r = json_parse(text, strlen(text), "--entrypoint", &o, err);

		if (r < 0)
			return r;
		for (size_t i = 0; i < json_object_array_length(o); i++) {
			struct json_object *item = json_object_array_get_idx(o, i);

			if (!json_object_is_type(item, json_type_string))
				return err_set(err, ERR_INVALID, EINVAL,
					       "--entrypoint: must be an array of strings");
			if (strv_push(&list, json_object_get_string(item)) < 0)
				return no_memory(err);
		}
	} else if (*text && strv_push(&list, text) < 0) {
		return no_memory(err);
	}
	*ret = TAKE_PTR(list);
	return 0;
}

static int apply_command(struct draft *d, const struct request *q, const struct image_config *image,
			 struct err *err)
{
	struct record *record = &d->record;
	bool own_command = q->command && *q->command;
	char *const *command = own_command ? q->command : NULL;

	if (q->entrypoint) {
		int r = parse_entrypoint(q->entrypoint, &record->entrypoint, err);

		if (r < 0)
			return r;
	} else if (image && strv_extend(&record->entrypoint, image->entrypoint) < 0) {
		return no_memory(err);
	}
	if (!command && !q->entrypoint && image)
		command = image->cmd;
	if (strv_extend(&record->command, command) < 0)
		return no_memory(err);
	if (q->init && (strv_push(&d->spec->process->args, "/dev/init") < 0 ||
			strv_push(&d->spec->process->args, "--") < 0))
		return no_memory(err);
	if (strv_extend(&d->spec->process->args, record->entrypoint) < 0 ||
	    strv_extend(&d->spec->process->args, record->command) < 0)
		return no_memory(err);
	if (strv_length(record->entrypoint) + strv_length(record->command) > 0)
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "no command to run in '%s'", q->image);
	return err_hint(err, "the image names none: give one after the image");
}

static int apply_env(struct draft *d, const struct request *q, const struct image_config *image)
{
	char ***env = &d->spec->process->env;
	int r = strv_push(env, path_default);

	/* A variable without a value, or without a name, sets nothing; docker drops the former too. */
	STRV_FOREACH(v, image ? image->env : NULL)
		if (r == 0 && **v != '=' && strchr(*v, '='))
			r = strv_env_set(env, *v);
	/* The name by which systemd and others know that they are in a container of this kind. */
	if (r == 0)
		r = strv_env_set(env, "container=oci");
	if (r == 0 && q->tty && !strv_env_get(*env, "TERM"))
		r = strv_env_set(env, "TERM=xterm");
	STRV_FOREACH(v, d->own_env)
		if (r == 0)
			r = strv_env_set(env, *v);
	return r;
}

/* Both are checked: the caller's by begin_record(), that of the image when its config was read. */
static int apply_workdir(struct draft *d, const struct request *q, const struct image_config *image,
			 struct err *err)
{
	const char *own = q->workdir && *q->workdir	? q->workdir
			  : image && image->working_dir ? image->working_dir
							: "";
	_cleanup_free_ char *dir = NULL;

	/* A relative one, which only an image can have, is below the root. */
	if (asprintf(&dir, "/%s", own) < 0) {
		dir = NULL;
		return no_memory(err);
	}
	free(d->spec->process->cwd);
	d->spec->process->cwd = path_normalize(dir);
	return d->spec->process->cwd ? 0 : no_memory(err);
}

int draft_apply_image(struct draft *d, const struct request *q, const struct image_config *image,
		      struct err *err)
{
	struct record *record = &d->record;
	int r = apply_command(d, q, image, err);

	if (r == 0 && apply_env(d, q, image) < 0)
		r = no_memory(err);
	if (r == 0)
		r = apply_workdir(d, q, image, err);
	if (r < 0)
		return r;
	if (!record->user) {
		const char *user = image && image->user && *image->user ? image->user : "0";

		if (set_copy(&record->user, user) < 0)
			return no_memory(err);
	}
	for (size_t i = 0; image && i < image->labels.n; i++) {
		const struct oci_pair *label = &image->labels.pairs[i];

		if (!oci_map_get(&record->labels, label->key) &&
		    oci_map_set(&record->labels, label->key, label->value) < 0)
			return no_memory(err);
	}
	if (!record->stop_signal && image && image->stop_signal && *image->stop_signal)
		return parse_stop_signal(image->stop_signal, &record->stop_signal, err);
	if (!record->stop_signal)
		record->stop_signal = SIGTERM;
	return 0;
}
