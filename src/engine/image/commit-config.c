/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/commit-config.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/container/exposed.h"
#include "engine/container/health-change.h"
#include "engine/options.h"

/* A text as "NAME=value" or a path: nothing else may come into the config of an image. */
static int check_list(const char *what, char *const *list, bool assignments, struct masu_error *err)
{
	STRV_FOREACH(s, list) {
		bool fits = assignments ? **s != '=' && strchr(*s, '=')
					: **s && !str_has_control(*s);

		if (!fits)
			return err_set(err, ERR_INVALID, EINVAL, "invalid %s: \"%s\"", what, *s);
	}
	return 0;
}

static int take_health(const struct masu_commit_options *o, struct masu_health_options *ret,
		       struct masu_error *err)
{
	int r = options_take(ret, sizeof(*ret), o->health, err);

	if (r == 0)
		r = health_change_check(ret, false, err);
	if (r == 0 && ret->test)
		r = health_test_check(ret->test, err);
	if (r >= 0 && ret->on_failure)
		return err_set(err, ERR_INVALID, EINVAL,
			       "an image has no action of a health check");
	return MIN(r, 0);
}

static int check(const struct masu_commit_options *o, struct masu_error *err)
{
	int r = check_list("variable", o->env, true, err);

	if (r == 0)
		r = check_list("label", o->labels, true, err);
	if (r == 0)
		r = check_list("port", o->ports, false, err);
	STRV_FOREACH(path, o->volumes)
		if (r == 0 && (**path != '/' || str_has_control(*path)))
			r = err_set(err, ERR_INVALID, EINVAL,
				    "invalid path of a volume: \"%s\": must be absolute", *path);
	if (r == 0 && o->workdir && (*o->workdir != '/' || str_has_control(o->workdir)))
		r = err_set(err, ERR_INVALID, EINVAL,
			    "invalid working directory \"%s\": must be absolute", o->workdir);
	return r;
}

/* Replaces a member; NULL removes it. */
static void set_text(struct json_build *b, struct json_object *o, const char *key, const char *text)
{
	json_object_object_del(o, key);
	build_text(b, o, key, text);
}

static void set_texts(struct json_build *b, struct json_object *o, const char *key,
		      char *const *list)
{
	json_object_object_del(o, key);
	if (list && *list)
		build_texts(b, o, key, list);
}

/* Those of the base, of --expose and of --publish. */
static void add_exposed(struct json_build *b, struct json_object *config, const struct record *r)
{
	struct json_object *set = NULL;

	if (!r->expose && !r->publish)
		return;
	if (!json_object_object_get_ex(config, "ExposedPorts", &set) || !set)
		set = build_object(b, config, "ExposedPorts");
	exposed_put(b, set, r, false);
}

/* A variable that a start sets by itself, and not for this image. */
static bool is_of_start(const struct record *r, const char *variable)
{
	const char *hostname = str_after(variable, "HOSTNAME=");

	return streq(variable, "container=oci") || (r->tty && streq(variable, "TERM=xterm")) ||
	       (hostname && streq(hostname, str_or_empty(r->hostname)));
}

static int set_env(struct json_build *b, struct json_object *config, const masu_container *c,
		   char *const *more)
{
	_cleanup_strv_ char **env = NULL;
	int r = 0;

	STRV_FOREACH(v, c ? c->spec->process->env : NULL)
		if (r == 0 && !is_of_start(&c->record, *v))
			r = strv_push(&env, *v);
	STRV_FOREACH(v, more)
		if (r == 0)
			r = strv_env_set(&env, *v);
	set_texts(b, config, "Env", env);
	return r;
}

static int set_labels(struct json_build *b, struct json_object *config, const struct record *r,
		      char *const *more)
{
	json_object_object_del(config, "Labels");
	build_map(b, config, "Labels", &r->labels);
	struct json_object *labels = NULL;

	(void)json_object_object_get_ex(config, "Labels", &labels);
	STRV_FOREACH(label, more) {
		const char *value = strchr(*label, '=') + 1;
		_cleanup_free_ char *key = strndup(*label, (size_t)(value - *label - 1));

		if (!key)
			return -ENOMEM;
		set_text(b, labels, key, value);
	}
	return 0;
}

static void set_stop_signal(struct json_build *b, struct json_object *config,
			    const struct record *r, const char *wanted)
{
	_cleanup_free_ char *text = NULL;
	const int number = (int)r->stop_signal;
	const char *name = sigabbrev_np(number);

	if (wanted) {
		set_text(b, config, "StopSignal", wanted);
	} else if (number && number != SIGTERM) {
		text = name ? str_printf("SIG%s", name) : str_printf("%d", number);
		b->failed |= !text;
		set_text(b, config, "StopSignal", text);
	}
}

/* Zero leaves the default to the engine that runs the image. */
static void set_health(struct json_build *b, struct json_object *config,
		       const struct masu_health_options *o)
{
	const struct record_health health = {.test = (char **)o->test,
					     .interval_ns = MAX(o->interval, 0),
					     .timeout_ns = o->timeout,
					     .start_period_ns = MAX(o->start_period, 0),
					     .start_interval_ns = o->start_interval,
					     .retries = o->retries};

	if (!o->test)
		return;
	json_object_object_del(config, "Healthcheck");
	health_build_config(b, build_object(b, config, "Healthcheck"), &health);
}

static int set_run_part(struct json_build *b, struct json_object *config, const masu_container *c,
			const struct masu_commit_options *o)
{
	static const struct record none;
	const struct record *r = c ? &c->record : &none;
	const char *cwd = c ? c->spec->process->cwd : NULL;

	set_texts(b, config, "Entrypoint", o->entrypoint ? o->entrypoint : r->entrypoint);
	set_texts(b, config, "Cmd", o->command ? o->command : r->command);
	set_text(b, config, "User", o->user ? o->user : r->user);
	set_text(b, config, "WorkingDir", o->workdir ? o->workdir : cwd);
	set_stop_signal(b, config, r, o->stop_signal);
	add_exposed(b, config, r);
	build_set(b, config, "ExposedPorts", o->ports);
	build_set(b, config, "Volumes", o->volumes);
	int q = set_env(b, config, c, o->env);
	return q < 0 ? q : set_labels(b, config, r, o->labels);
}

static int add_history(struct json_build *b, struct json_object *doc, const masu_container *c,
		       const struct masu_commit_options *o, const char *now)
{
	_cleanup_strbuf_ struct strbuf command = STRBUF_INIT;
	struct json_object *history = NULL;

	STRV_FOREACH(word, c ? c->spec->process->args : NULL)
		if (strbuf_addf(&command, "%s%s", command.length ? " " : "", *word) < 0)
			return -ENOMEM;
	if (!json_object_object_get_ex(doc, "history", &history) || !history)
		history = build_array(b, doc, "history");
	struct json_object *entry = build_object(b, history, NULL);
	build_text(b, entry, "created", now);
	build_text(b, entry, "created_by", str_or_empty(command.text));
	build_text(b, entry, "author", o->author);
	build_text(b, entry, "comment", o->message);
	return 0;
}

int commit_config(const masu_container *c, const struct masu_commit_options *o, const char *base,
		  char **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = NULL;
	struct json_object *config = NULL;
	struct json_build b = {0};
	char now[TIME_STAMP_MAX];
	struct masu_health_options health;
	int r = check(o, err);

	if (r == 0)
		r = take_health(o, &health, err);
	if (r == 0)
		r = json_parse(base, strlen(base), "the image's config", &doc, err);
	if (r < 0)
		return r;
	r = json_get_object(doc, "", "config", &config, err);
	if (r < 0)
		return r;
	if (r == 0)
		config = build_object(&b, doc, "config");
	/* Docker's older images describe the container that they were made in. */
	json_object_object_del(doc, "container");
	json_object_object_del(doc, "container_config");
	(void)time_stamp(time_now(), now);
	set_text(&b, doc, "created", now);
	if (o->author)
		set_text(&b, doc, "author", o->author);
	set_health(&b, config, &health);
	if (set_run_part(&b, config, c, o) < 0 || add_history(&b, doc, c, o, now) < 0)
		return err_oom(err);
	const char *text = b.failed ? NULL : json_text(doc, false);
	*ret = text ? strdup(text) : NULL;
	return *ret ? 0 : err_oom(err);
}
