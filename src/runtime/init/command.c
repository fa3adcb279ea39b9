/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The container's command: found before anything of the container runs, so that `create` reports the error, and
 * executed by the last step.
 */

#include "runtime/init/messages.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

static int not_runnable(const char *name, int code, struct masu_error *err)
{
	if (err_is_shortage(code))
		return err_sys(err, code, "exec: \"%s\"", name);
	switch (-code) {
	case ENOENT:
	case ENOTDIR:
		return strchr(name, '/')
			       ? err_set(err, ERR_NO_COMMAND, ENOENT,
					 "exec: \"%s\": no such file or directory", name)
			       : err_set(err, ERR_NO_COMMAND, ENOENT,
					 "exec: \"%s\": executable file not found in $PATH", name);
	case EACCES:
	case EPERM:
	case EISDIR:
		return err_set(err, ERR_NOT_EXECUTABLE, EACCES, "exec: \"%s\": permission denied",
			       name);
	default:
		return err_set(err, ERR_NOT_EXECUTABLE, -code, "exec: \"%s\": %s", name,
			       strerror(-code));
	}
}

static int search_path(struct init *init, const char *name)
{
	const char *search = strv_env_get(init->process.env, "PATH");
	_cleanup_strv_ char **dirs = strv_split(search ? search : SEARCH_PATH_DEFAULT, ":");
	int denied = 0;

	if (!dirs)
		return -ENOMEM;
	STRV_FOREACH(dir, dirs) {
		_cleanup_free_ char *path = path_join(**dir ? *dir : ".", name);

		if (!path)
			return -ENOMEM;
		if (**dir != '/') /* relative to a working directory that is not entered yet */
			continue;
		int r = path_check_executable(init->root_fd, path);
		if (r == 0) {
			init->process.path = TAKE_PTR(path);
			return 0;
		}
		if (err_is_shortage(r))
			return r;
		if (r == -EACCES)
			denied = r;
	}
	return denied ? denied : -ENOENT;
}

static int find(struct init *init, const char *name)
{
	if (!strchr(name, '/'))
		return search_path(init, name);
	_cleanup_free_ char *path = *name == '/' ? strdup(name)
						 : path_join(init->spec->process->cwd, name);
	int r = path ? path_check_executable(init->root_fd, path) : -ENOMEM;
	if (r < 0)
		return r;
	init->process.path = strdup(name);
	return init->process.path ? 0 : -ENOMEM;
}

int init_find_command(struct init *init, struct masu_error *err)
{
	const char *name = init->spec->process->args[0];

	if (!*name)
		return err_set(err, ERR_NO_COMMAND, ENOENT, "exec: \"\": the command is empty");
	int r = find(init, name);
	return r < 0 ? not_runnable(name, r, err) : 0;
}

static bool is_noexec(const char *path)
{
	struct statvfs s;

	return statvfs(path, &s) == 0 && s.f_flag & ST_NOEXEC;
}

/* ENOENT for an existing file: the kernel means its interpreter. */
static int exec_failed(const struct init *init, int code, struct masu_error *err)
{
	if (code == ENOENT && access(init->process.path, F_OK) == 0) {
		(void)err_set(err, ERR_NO_COMMAND, ENOENT,
			      "exec: \"%s\": its interpreter or loader does not exist",
			      init->process.path);
		return err_hint(err, "a script's #! line, or a program for another C library");
	}
	if (code == ENOEXEC) {
		(void)err_set(err, ERR_NOT_EXECUTABLE, ENOEXEC, "exec: \"%s\": exec format error",
			      init->process.path);
		return err_hint(err, "an image for another architecture, or a script without #!");
	}
	if (code == EACCES && is_noexec(init->process.path)) {
		(void)err_set(err, ERR_NOT_EXECUTABLE, EACCES,
			      "exec: \"%s\": permission denied: its file system is mounted noexec",
			      init->process.path);
		return err_hint(err, "mount it with the option exec, or keep programs elsewhere");
	}
	return not_runnable(init->process.path, -code, err);
}

/* For sd_listen_fds(3). Only this process knows its pid inside. */
static int announce_sockets(struct init *init)
{
	_cleanup_free_ char *names = NULL;
	char fds[32], pid[32];

	if (!init->plan->n_listen_fds)
		return 0;
	(void)snprintf(fds, sizeof(fds), "LISTEN_FDS=%d", init->plan->n_listen_fds);
	(void)snprintf(pid, sizeof(pid), "LISTEN_PID=%d", (int)getpid());
	int r = strv_env_set(&init->process.env, fds);
	if (r == 0)
		r = strv_env_set(&init->process.env, pid);
	if (r < 0 || !getenv("LISTEN_FDNAMES"))
		return r;
	names = str_printf("LISTEN_FDNAMES=%s", getenv("LISTEN_FDNAMES"));
	return names ? strv_env_set(&init->process.env, names) : -ENOMEM;
}

/*
 * The kernel drops a signal for process 1 that it has no handler for, unless it is blocked. The mask survives the execve(2).
 */
static void block_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail with these arguments */
}

int init_exec(struct init *init, struct masu_error *err)
{
	int r = announce_sockets(init);
	if (r < 0)
		return err_sys(err, r, "create the environment");
	if (init->plan->blocks_signals)
		block_signals();
	r = init_send(init, INIT_EXECING, err);
	if (r < 0)
		return r;
	(void)execve(init->process.path, init->spec->process->args, init->process.env);
	return exec_failed(init, errno, err);
}
