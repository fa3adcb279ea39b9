/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Boxes, masu-box(1). A box is a container like any other, with a label and with the options that make it feel like the host.
 * Its process is masu-init alone, so an image needs nothing but a shell. No program runs in it to set it up: each start adds
 * the session's directories and the file for sudo (engine/container/session.h), and the user to passwd and group
 * (runtime/init/accounts.c).
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/container/container.h"
#include "engine/container/session.h"
#include "engine/name.h"
#include "engine/options.h"

#define LABEL MASU_BOX_LABEL "=1"

/* How long another process may take to start or stop the box, and how often this one looks. */
#define CONFLICT_TIMEOUT_MS (60 * 1000)
#define CONFLICT_PAUSE_MS   20

/* "registry.example/fedora-toolbox:41" is "fedora-toolbox-41". NULL when out of memory. */
static char *name_of_image(const char *image)
{
	size_t length = strlen(image);

	while (length > 0 && image[length - 1] == '/')
		length--;
	_cleanup_free_ char *text = strndup(image, MIN(length, strcspn(image, "@")));
	if (!text)
		return NULL;
	char *name = strdup(path_last(text)), *latest = name ? strstr(name, ":latest") : NULL;
	if (latest && !latest[strlen(":latest")])
		*latest = '\0';
	for (char *p = name; p && *p; p++)
		if (!strchr("_.-", *p) && !(*p >= '0' && *p <= '9') && !(*p >= 'a' && *p <= 'z') &&
		    !(*p >= 'A' && *p <= 'Z'))
			*p = '-';
	return name;
}

static char *const nothing[] = {NULL};
static char *const none[] = {(char *)"NONE", NULL};
static const struct masu_health_options no_check = {.size = sizeof(no_check), .test = none};

static int set_defaults(struct masu_create_options *o, struct masu_error *err)
{
	if ((o->command && *o->command) || o->entrypoint)
		return err_set(err, ERR_INVALID, EINVAL, "a box has no command of its own");
	o->share_session = o->privileged = o->init = o->host_ulimits = true;
	o->keep_groups |= !o->n_groups && getuid() != 0;
	o->entrypoint = nothing;
	o->health = &no_check;
	o->image_volumes = MASU_IMAGE_VOLUMES_IGNORE;
	if (!o->userns && !o->uid_maps && !o->gid_maps && !o->subuid_name && !o->subgid_name &&
	    getuid() != 0)
		o->userns = "keep-id";
	o->user = o->user ? o->user : getuid() == 0 ? "0:0" : NULL;
	o->workdir = o->workdir ? o->workdir : "/";
	o->network = o->network ? o->network : "host";
	o->ipc_mode = o->ipc_mode ? o->ipc_mode : "host";
	o->log_driver = o->log_driver ? o->log_driver : "none";
	if (!o->timezone && access("/etc/localtime", R_OK) == 0)
		o->timezone = "local";
	return 0;
}

int masu_box_create(masu_engine *e, const struct masu_create_options *options, masu_container **ret,
		    masu_error *err)
{
	_cleanup_strv_ char **labels = NULL;
	_cleanup_free_ char *name = NULL;
	struct masu_create_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!o.image)
		return err_set(err, ERR_INVALID, EINVAL, "missing option: image");
	r = set_defaults(&o, err);
	if (r < 0)
		return r;
	if (!o.name && !(name = name_of_image(o.image)))
		return err_oom(err);
	o.name = o.name ? o.name : name;
	if (strv_extend(&labels, o.labels) < 0 || strv_push(&labels, LABEL) < 0)
		return err_oom(err);
	o.labels = labels;
	o.size = sizeof(o);
	return masu_container_create(e, &o, ret, err);
}

/* The only box. */
static int find_single(masu_engine *e, masu_container **ret, struct masu_error *err)
{
	static char *const labels[] = {(char *)MASU_BOX_LABEL, NULL};
	static const struct masu_list_options all = {
		.size = sizeof(all), .all = true, .labels = labels};
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;
	int r = masu_container_list_read(e, &all, &list, err);

	if (r < 0)
		return r;
	if (masu_container_list_count(list) == 0) {
		(void)err_set(err, ERR_NOT_FOUND, ENOENT, "no box exists");
		return err_hint(err, "create one first: masu box create IMAGE");
	}
	if (masu_container_list_count(list) > 1) {
		(void)err_set(err, ERR_INVALID, EINVAL, "missing name: there are several boxes");
		return err_hint(err, "'masu box list' prints their names");
	}
	const masu_container *only = masu_container_list_get(list, 0);
	return masu_container_find(e, masu_container_id(only), ret, err);
}

int masu_box_find(masu_engine *e, const char *name, masu_container **ret, masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;

	if (!name)
		return find_single(e, ret, err);
	int r = masu_container_find(e, name, &c, err);
	if (r == -ENOENT)
		(void)err_hint(err, "create a box first: masu box create IMAGE %s", name);
	if (r < 0)
		return r;
	if (!masu_container_label(c, MASU_BOX_LABEL)) {
		(void)err_set(err, ERR_INVALID, EINVAL, "container '%s' is not a box",
			      masu_container_name(c));
		return err_hint(err, "'masu exec' enters other containers, 'masu rm' removes them");
	}
	*ret = TAKE_PTR(c);
	return 0;
}

/* A conflict that passes: another process starts or stops the box, or holds it for another reason. */
static bool passes(masu_container *c, const struct masu_error *conflict)
{
	return conflict->kind == ERR_CONFLICT && masu_container_refresh(c, NULL) == 0 &&
	       c->state.status != MASU_STATUS_PAUSED;
}

static int start(masu_container *c, struct masu_error *err)
{
	int r = masu_container_refresh(c, err);

	if (r < 0 || c->state.status == MASU_STATUS_RUNNING ||
	    c->state.status == MASU_STATUS_PAUSED)
		return r;
	return masu_container_start(c, err);
}

/* The working directory, if the box has it, or else the home. Sets *ret to an allocated text. */
static int choose_workdir(const masu_container *c, const struct masu_box_enter_options *o,
			  char **ret, struct masu_error *err)
{
	_cleanup_free_ char *cwd = o->workdir ? strdup(o->workdir) : getcwd(NULL, 0);
	_cleanup_free_ char *home = NULL, *notice = NULL;
	bool shown = cwd && *cwd == '/' && (o->workdir || session_shows(cwd));

	for (size_t i = 0; cwd && !shown && i < c->record.n_mounts; i++) {
		const struct record_mount *m = &c->record.mounts[i];
		const char *rest = streq(str_or_empty(m->source), m->destination)
					   ? str_after(cwd, m->destination)
					   : NULL;

		shown = rest && (!*rest || *rest == '/');
	}
	if (shown) {
		*ret = TAKE_PTR(cwd);
		return 0;
	}
	home = session_home();
	notice = str_printf("the box does not show '%s': the command starts in '%s'",
			    cwd ? cwd : "the working directory", home ? home : "/");
	if (notice)
		engine_notice(c->engine, notice);
	*ret = home ? TAKE_PTR(home) : strdup("/");
	return *ret ? 0 : err_oom(err);
}

/* `shell` is that to execute; other commands find the shell in passwd. */
static int choose_env(const struct masu_box_enter_options *o, const char *shell, char ***ret,
		      struct masu_error *err)
{
	_cleanup_strv_ char **env = session_env();
	_cleanup_free_ char *variable = shell ? str_printf("SHELL=%s", shell) : NULL;

	if (!env || (shell && (!variable || strv_env_set(&env, variable) < 0)))
		return err_oom(err);
	if (o->root &&
	    (strv_env_set(&env, "HOME=/root") < 0 || strv_env_set(&env, "USER=root") < 0 ||
	     strv_env_set(&env, "LOGNAME=root") < 0))
		return err_oom(err);
	STRV_FOREACH(v, o->env)
		if (strv_env_set(&env, *v) < 0)
			return err_oom(err);
	*ret = TAKE_PTR(env);
	return 0;
}

static int execute(masu_container *c, const struct masu_box_enter_options *o, const char *workdir,
		   const char *shell, int *ret_status, struct masu_error *err)
{
	_cleanup_strv_ char **env = NULL;
	char *const login[] = {(char *)shell, (char *)"-l", NULL};
	int r = choose_env(o, shell, &env, err);

	if (r < 0)
		return r;
	const struct masu_exec_options exec = {
		.size = sizeof(exec),
		.command = shell ? login : o->command,
		.env = env,
		.user = o->root ? "0:0" : NULL,
		.workdir = workdir,
		.tty = o->tty,
		.interactive = true,
		.detach_keys = o->detach_keys ? o->detach_keys : "",
		.privileged = o->root,
	};
	return masu_container_exec(c, &exec, ret_status, err);
}

/* The next shell is tried if the box does not have one. */
static int execute_any(masu_container *c, const struct masu_box_enter_options *o,
		       const char *workdir, int *ret_status, struct masu_error *err)
{
	const char *own = getenv("SHELL");
	const char *const shells[] = {own && *own == '/' ? own : "/bin/sh", "/bin/bash", "/bin/sh"};
	int r = 0;

	if (o->command && *o->command)
		return execute(c, o, workdir, NULL, ret_status, err);
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		_cleanup_err_ struct masu_error failure = ERR_INIT;

		r = execute(c, o, workdir, shells[i], ret_status, &failure);
		if (r >= 0)
			return r;
		bool is_missing = failure.kind == ERR_NO_COMMAND;
		r = err_move(err, &failure);
		if (!is_missing)
			break;
	}
	return r;
}

int masu_box_enter(masu_container *c, const struct masu_box_enter_options *options, int *ret_status,
		   masu_error *err)
{
	_cleanup_free_ char *workdir = NULL;
	struct masu_box_enter_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	r = choose_workdir(c, &o, &workdir, err);
	if (r < 0)
		return r;
	const int64_t end = time_monotonic_ms() + CONFLICT_TIMEOUT_MS;
	for (;;) {
		_cleanup_err_ struct masu_error failure = ERR_INIT;

		r = start(c, &failure);
		if (r == 0)
			r = execute_any(c, &o, workdir, ret_status, &failure);
		if (r >= 0)
			return r;
		if (!passes(c, &failure) || time_monotonic_ms() > end)
			return err_move(err, &failure);
		r = engine_await(c->engine, -1, CONFLICT_PAUSE_MS, err);
		if (r < 0 && r != -ETIMEDOUT)
			return r;
	}
}
