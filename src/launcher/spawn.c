/* SPDX-License-Identifier: Apache-2.0 */

/* The functions of engine/launcher.h in libmasu: they run the program masu. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/keys.h"
#include "base/path.h"
#include "base/strv.h"
#include "engine/container/container-log.h"
#include "engine/container/container.h"
#include "engine/launcher.h"
#include "engine/options.h"
#include "engine/program.h"

#define PROGRAM "masu"

struct launch {
	const struct masu_engine *e;
	char *const *args; /* the verb and its arguments */
	const int *stdio;  /* NULL: the null device */
	int32_t status;
	bool done;
};

static char *find_program(void)
{
	const char *dir = getenv("MASU_PROGRAM_DIR");

	return path_join(dir && *dir == '/' ? dir : MASU_BINDIR, PROGRAM);
}

static int take(void *arg, struct channel_message *m, struct masu_error *err)
{
	struct launch *l = arg;

	if (m->type == LAUNCH_NOTICE) {
		engine_notice(l->e, m->bytes);
		return 0;
	}
	if (m->size != sizeof(l->status))
		return err_set(err, ERR_INTERNAL, EBADMSG, "unknown message of %s", PROGRAM);
	memcpy(&l->status, m->bytes, sizeof(l->status));
	l->done = true;
	return 0;
}

static int launch(struct launch *l, struct masu_error *err)
{
	static const int nothing[] = {-1, -1, -1};
	static char *const head[] = {(char *)PROGRAM, (char *)"launch", NULL};
	_cleanup_free_ char *path = find_program();
	const struct program program = {
		.spec = {.path = path, .stdio = l->stdio ? l->stdio : nothing},
		.head = head,
		.socket_option = "",
		.args = l->args,
		.input = -1,
		.take = take,
		.arg = l,
	};
	int status;

	if (!path)
		return err_oom(err);
	int r = program_run(l->e, &program, &status, err);
	if (r == 0 && !l->done)
		return err_set(err, ERR_INTERNAL, ECONNRESET, "%s ended without a result", PROGRAM);
	return r;
}

static const int own_stdio[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};

/* The streams of a container in the background are pipes, or the caller's: --log-driver passthrough. */
static const int *background_stdio(const masu_container *c)
{
	return container_log_passes(&c->record, true) ? own_stdio : NULL;
}

static int launch_background(masu_container *c, const char *verb, struct masu_error *err)
{
	char *args[] = {(char *)verb, c->home.id, NULL};
	struct launch l = {.e = c->engine, .args = args, .stdio = background_stdio(c)};

	return launch(&l, err);
}

int masu_container_start_now(masu_container *c, masu_error *err)
{
	return launch_background(c, "start-now", err);
}

int masu_container_init(masu_container *c, masu_error *err)
{
	return launch_background(c, "init", err);
}

int masu_container_start(masu_container *c, masu_error *err)
{
	return launch_background(c, "start", err);
}

int masu_container_mount(masu_container *c, char **ret_path, masu_error *err)
{
	char *args[] = {(char *)"mount", c->home.id, NULL};
	_cleanup_free_ char *path = path_join(c->dir, "root");
	int r = path ? launch(&(struct launch){.e = c->engine, .args = args}, err) : err_oom(err);

	if (r < 0)
		return r;
	*ret_path = TAKE_PTR(path);
	return 0;
}

int masu_container_unmount(masu_container *c, masu_error *err)
{
	char *args[] = {(char *)"unmount", c->home.id, NULL};

	return launch(&(struct launch){.e = c->engine, .args = args}, err);
}

int masu_container_run(masu_container *c, const struct masu_run_options *options, int *ret_status,
		       masu_error *err)
{
	struct masu_run_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (o.preserve_fds)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "only the program %s passes descriptors to a container", PROGRAM);
	char flags[4] = "";
	char *args[] = {(char *)"run", c->home.id, flags, NULL};
	(void)snprintf(flags, sizeof(flags), "%s%s%s", o.interactive ? "i" : "",
		       o.no_stdout ? "o" : "", o.no_stderr ? "e" : "");
	struct launch l = {.e = c->engine, .args = args, .stdio = o.stdio ? o.stdio : own_stdio};
	r = launch(&l, err);
	if (r < 0)
		return r;
	*ret_status = l.status;
	return 0;
}

static int launch_connected(const masu_container *c, char *const *args, int *ret_status,
			    struct masu_error *err)
{
	struct launch l = {.e = c->engine, .args = args, .stdio = own_stdio};
	int r = launch(&l, err);

	if (r == 0)
		*ret_status = l.status;
	return r;
}

/* Keys may be an empty text, and then mean another thing than NULL: the default of the settings. */
static int push_keys(char ***args, const struct masu_engine *e, const char *keys)
{
	if (!keys && e->no_settings)
		keys = KEYS_DEFAULT;
	return strv_pushf(args, "%s%s", keys ? "=" : "", keys ? keys : "");
}

int masu_container_exec(masu_container *c, const struct masu_exec_options *options, int *ret_status,
			masu_error *err)
{
	_cleanup_strv_ char **args = NULL;
	struct masu_exec_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (o.preserve_fds)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "only the program %s passes descriptors to an exec", PROGRAM);
	if (strv_push(&args, "exec") < 0 || strv_push(&args, c->home.id) < 0 ||
	    strv_pushf(&args, "%s%s%s%s", o.tty ? "t" : "", o.interactive ? "i" : "",
		       o.detach ? "d" : "", o.privileged ? "p" : "") < 0 ||
	    strv_push(&args, o.user ? o.user : "") < 0 ||
	    strv_push(&args, o.workdir ? o.workdir : "") < 0 ||
	    push_keys(&args, c->engine, o.detach_keys) < 0 ||
	    strv_pushf(&args, "%zu", strv_length(o.env)) < 0 || strv_extend(&args, o.env) < 0 ||
	    strv_extend(&args, o.command) < 0)
		return err_oom(err);
	return launch_connected(c, args, ret_status, err);
}

int masu_box_host_exec(const struct masu_host_exec_options *options, int *ret_status,
		       masu_error *err)
{
	_cleanup_strv_ char **args = NULL;
	_cleanup_free_ char *path = find_program();
	struct masu_host_exec_options o;
	pid_t pid;
	int r = options_take(&o, sizeof(o), options, err);

	if (r == 0 && (!o.command || !*o.command))
		r = err_set(err, ERR_INVALID, EINVAL, "missing command");
	if (r < 0)
		return r;
	r = strv_push(&args, PROGRAM) | strv_push(&args, "box") | strv_push(&args, "host-exec");
	STRV_FOREACH(variable, o.env)
		r |= strv_pushf(&args, "--env=%s", *variable);
	if (o.workdir)
		r |= strv_pushf(&args, "--workdir=%s", o.workdir);
	if (!path || (r | strv_push(&args, "--") | strv_extend(&args, o.command)) < 0)
		return err_oom(err);
	const struct proc_spec spec = {
		.path = path, .argv = args, .env = environ, .keep_ignored = true};
	r = proc_spawn(&spec, &pid, NULL, err);
	if (r < 0)
		return r;
	int status = proc_wait(pid);
	if (status < 0)
		return err_sys(err, status, "wait for %s", PROGRAM);
	*ret_status = status;
	return 0;
}

int masu_container_health_check(masu_container *c, int *ret_exit_code, masu_error *err)
{
	char *args[] = {(char *)"check", c->home.id, NULL};
	struct launch l = {.e = c->engine, .args = args};
	int r = launch(&l, err);

	if (r == 0)
		*ret_exit_code = l.status;
	return r;
}

int masu_container_attach(masu_container *c, const struct masu_attach_options *options,
			  int *ret_status, masu_error *err)
{
	_cleanup_strv_ char **args = NULL;
	struct masu_attach_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (strv_push(&args, "attach") < 0 || strv_push(&args, c->home.id) < 0 ||
	    strv_push(&args, o.no_stdin ? "n" : "") < 0 ||
	    push_keys(&args, c->engine, o.detach_keys) < 0)
		return err_oom(err);
	return launch_connected(c, args, ret_status, err);
}

int masu_container_restart(masu_container *c, const struct masu_stop_options *options,
			   masu_error *err)
{
	struct masu_stop_options o;
	char timeout[16], signal[16];
	char *args[] = {(char *)"restart", c->home.id, timeout, signal, NULL};
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	(void)snprintf(timeout, sizeof(timeout), "%d", o.timeout_s);
	(void)snprintf(signal, sizeof(signal), "%d", o.signal);
	struct launch l = {.e = c->engine, .args = args, .stdio = background_stdio(c)};
	return launch(&l, err);
}

int launcher_remove_trees(struct masu_engine *e, const char *dir, char *const *names,
			  struct masu_error *err)
{
	_cleanup_strv_ char **args = NULL;

	if (strv_push(&args, "remove") < 0 || strv_push(&args, dir) < 0 ||
	    strv_extend(&args, names) < 0)
		return err_oom(err);
	return launch(&(struct launch){.e = e, .args = args}, err);
}

int launcher_measure_trees(struct masu_engine *e, char *const *paths, int fd,
			   struct masu_error *err)
{
	_cleanup_strv_ char **args = NULL;
	const int stdio[] = {-1, fd, -1};

	if (strv_push(&args, "measure") < 0 || strv_extend(&args, paths) < 0)
		return err_oom(err);
	return launch(&(struct launch){.e = e, .args = args, .stdio = stdio}, err);
}

int launcher_probe_overlay(struct masu_engine *e, const char *dir, struct masu_error *err)
{
	char *args[] = {(char *)"probe-overlay", (char *)dir, NULL};

	return launch(&(struct launch){.e = e, .args = args}, err);
}

int masu_unshare(masu_engine *e, char *const *command, masu_error *err)
{
	_cleanup_strv_ char **args = NULL;
	_cleanup_free_ char *path = find_program();

	if (!command || !*command)
		return err_set(err, ERR_INVALID, EINVAL, "missing command");
	if (!path || strv_push(&args, PROGRAM) < 0 || strv_push(&args, "unshare") < 0 ||
	    strv_push(&args, "--") < 0 || strv_extend(&args, command) < 0)
		return err_oom(err);
	/* The program finds the same directories: they come from the environment. */
	(void)execv(path, args);
	return err_sys(err, errno, "run '%s'", path);
}
