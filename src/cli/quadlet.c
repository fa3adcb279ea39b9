/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Quadlet files. This command runs masu-generator for all questions about them, because systemd runs the same program. It
 * installs and removes files itself.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"

#define OWN_DIR	      "masu/systemd"
#define FILE_SIZE_MAX (64u << 10) /* as masu-generator */

struct quadlet_options {
	bool ignore, replace, no_reload;
};

/* Root manages the units of the system, and a user those of the user manager. */
static bool is_user(void)
{
	return geteuid() != 0;
}

/* Runs masu-generator with the mode and the operands. Returns its exit status, or -errno. */
static int run_generator(const char *mode, char *const *operands, struct masu_error *err)
{
	_cleanup_free_ char *path = program_find("masu-generator", err);
	_cleanup_strv_ char **argv = NULL;
	pid_t pid;
	int r;

	if (!path)
		return -ENOENT;
	r = strv_push(&argv, "masu-generator");
	if (r == 0 && is_user())
		r = strv_push(&argv, "--user");
	if (r == 0)
		r = strv_push(&argv, mode);
	if (r == 0)
		r = strv_extend(&argv, operands);
	if (r < 0)
		return err_sys(err, r, "run masu-generator");
	(void)fflush(stdout);
	r = proc_spawn(&(struct proc_spec){.path = path, .argv = argv, .env = environ}, &pid, NULL,
		       err);
	if (r < 0)
		return r;
	r = proc_wait(pid);
	return r < 0 ? err_sys(err, r, "wait for masu-generator") : r;
}

static int list_run(const void *values, char **operands, struct masu_error *err)
{
	(void)values;
	return run_generator("--list", operands, err);
}

static int print_run(const void *values, char **operands, struct masu_error *err)
{
	(void)values;
	return run_generator("--print", operands, err);
}

static int verify_run(const void *values, char **operands, struct masu_error *err)
{
	(void)values;
	return run_generator("--verify", operands, err);
}

/* install and rm */

static char *own_dir(struct masu_error *err)
{
	char *dir = is_user() ? account_config_path(OWN_DIR) : strdup("/etc/" OWN_DIR);

	if (!dir)
		(void)err_oom(err);
	return dir;
}

static int open_own_dir(const char *dir, bool create, struct masu_error *err)
{
	_cleanup_free_ char *above = strdup(dir);
	int fd;

	for (char *s = above && create ? strchr(above + 1, '/') : NULL; s; s = strchr(s + 1, '/')) {
		*s = 0;
		(void)mkdir(above, is_user() ? 0700 : 0755); /* the last one tells */
		*s = '/';
	}
	if (create && mkdir(dir, is_user() ? 0700 : 0755) < 0 && errno != EEXIST)
		return err_sys(err, errno, "cannot create '%s'", dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "cannot open '%s'", dir) : fd;
}

/* The manager may be absent, as in a container or under su(1): the files count at its next start. */
static void reload(void)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	char *const argv[] = {(char *)"systemctl", (char *)(is_user() ? "--user" : "--system"),
			      (char *)"daemon-reload", NULL};
	pid_t pid;
	int r = proc_spawn(&(struct proc_spec){.path = "systemctl", .argv = argv, .env = environ},
			   &pid, NULL, &err);

	if (r == 0)
		r = proc_wait(pid);
	if (r != 0)
		log_notice("systemd does not know the change yet: run 'systemctl %sdaemon-reload'",
			   is_user() ? "--user " : "");
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int install_file(int dirfd, const char *dir, const char *path, bool replace,
			struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, &text, &size);

	if (r < 0)
		return err_sys(err, r, "cannot read '%s'", path);
	r = file_write_atomic(dirfd, base_name(path), text, size, 0644,
			      replace ? FILE_SYNC : FILE_SYNC | FILE_EXCL);
	if (r == -EEXIST) {
		(void)err_set(err, ERR_CONFLICT, EEXIST, "'%s/%s' exists", dir, base_name(path));
		return err_hint(err, "--replace replaces it");
	}
	if (r < 0)
		return err_sys(err, r, "cannot write '%s/%s'", dir, base_name(path));
	(void)printf("%s/%s\n", dir, base_name(path));
	return 0;
}

/* Nothing is installed unless all files are without errors. */
static int install_run(const void *values, char **operands, struct masu_error *err)
{
	const struct quadlet_options *o = values;
	_cleanup_free_ char *dir = own_dir(err);
	_cleanup_close_ int dirfd = -1;
	int r = dir ? run_generator("--verify", operands, err) : -ENOMEM;

	if (r != 0)
		return r;
	dirfd = open_own_dir(dir, true, err);
	if (dirfd < 0)
		return dirfd;
	/* Of commands that were killed. The next one tries again. */
	if (flock(dirfd, LOCK_EX) == 0)
		(void)file_remove_temporary(dirfd);
	STRV_FOREACH(file, operands)
		if ((r = install_file(dirfd, dir, *file, o->replace, err)) < 0)
			return r;
	if (!o->no_reload)
		reload();
	return 0;
}

/* Returns 1 if it was removed, and 0 if it did not exist, with `ignore`. */
static int remove_file(int dirfd, const char *dir, const char *name, bool ignore,
		       struct masu_error *err)
{
	if (strchr(name, '/'))
		return err_set(err, ERR_INVALID, EINVAL, "'%s' is not the name of a file in '%s'",
			       name, dir);
	if (unlinkat(dirfd, name, 0) == 0) {
		(void)puts(name);
		return 1;
	}
	if (errno == ENOENT && ignore)
		return 0;
	(void)err_sys(err, errno, "cannot remove '%s/%s'", dir, name);
	return err_hint(err,
			"'masu quadlet list' prints all files; only those in '%s' can be removed",
			dir);
}

static int rm_run(const void *values, char **operands, struct masu_error *err)
{
	const struct quadlet_options *o = values;
	_cleanup_free_ char *dir = own_dir(err);
	_cleanup_close_ int dirfd = dir ? open_own_dir(dir, false, err) : -ENOMEM;
	bool removed = false;
	int r = 0;

	if (dirfd < 0)
		return dir && o->ignore ? 0 : dirfd;
	for (char **name = operands; *name && r >= 0; name++) {
		r = remove_file(dirfd, dir, *name, o->ignore, err);
		removed |= r > 0;
	}
	if (removed && !o->no_reload)
		reload();
	return r < 0 ? r : 0;
}

#define ROW_NO_RELOAD                                                                    \
	OPTION_ROW(OPTION_FLAG, struct quadlet_options, no_reload, 0, "no-reload", NULL, \
		   "Do not have systemd read the files anew")

static const struct option_row install_options[] = {
	ROW_NO_RELOAD,
	OPTION_ROW(OPTION_FLAG, struct quadlet_options, replace, 0, "replace", NULL,
		   "Replace installed files"),
	{0},
};

static const struct option_row rm_options[] = {
	OPTION_ROW(OPTION_FLAG, struct quadlet_options, ignore, 'i', "ignore", NULL,
		   "Report no error for a file that does not exist"),
	ROW_NO_RELOAD,
	{0},
};

static const struct command command_list = {
	.name = "quadlet list",
	.operands = "",
	.summary = "List quadlet files and their services",
	.run = list_run,
};

static const struct command command_print = {
	.name = "quadlet print",
	.operands = "NAME",
	.summary = "Print the unit of a quadlet file",
	.notes = "NAME is the file or the service, as 'masu quadlet list' prints them.",
	.min_operands = 1,
	.max_operands = 1,
	.run = print_run,
};

static const struct command command_verify = {
	.name = "quadlet verify",
	.operands = "FILE...",
	.summary = "Print the errors of quadlet files",
	.notes = "The exit status is 1 if a file has errors.",
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = verify_run,
};

static const struct command command_install = {
	.name = "quadlet install",
	.operands = "FILE...",
	.summary = "Verify quadlet files, and install them for systemd",
	.options = install_options,
	.values_size = sizeof(struct quadlet_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = install_run,
};

static const struct command command_rm_quadlet = {
	.name = "quadlet rm",
	.operands = "NAME...",
	.summary = "Remove installed quadlet files",
	.options = rm_options,
	.values_size = sizeof(struct quadlet_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = rm_run,
};

static const struct subcommand quadlet_commands[] = {
	{"install", &command_install}, {"list", &command_list},	    {"print", &command_print},
	{"rm", &command_rm_quadlet},   {"verify", &command_verify}, {0},
};

const struct command command_quadlet = {
	.name = "quadlet",
	.operands = "COMMAND",
	.summary = "Manage containers that are services of systemd",
	.subcommands = quadlet_commands,
};
