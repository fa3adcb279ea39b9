/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/registry-args.h"

#define DEFAULT_REGISTRY "docker.io"
#define SECRET_MAX	 4096

struct login_options {
	const char *authfile, *cert_dir, *user, *password;
	enum masu_tls tls;
	bool get_login, password_stdin;
};

/* Until the end of the line, or a character that interrupts. */
static int read_line(int interrupt, char **ret)
{
	_cleanup_free_ char *line = calloc(1, SECRET_MAX + 1);
	size_t n = 0;
	int c;

	if (!line)
		return -ENOMEM;
	while ((c = getchar()) != EOF && c != '\n' && c != interrupt && n < SECRET_MAX)
		line[n++] = (char)c;
	if (c == '\n') {
		line[strcspn(line, "\r")] = 0;
		*ret = TAKE_PTR(line);
		return 0;
	}
	explicit_bzero(line, n);
	return c != EOF && c == interrupt ? -ECANCELED : -EINVAL;
}

/*
 * Asks on the terminal. A password is not shown, and Ctrl-C arrives as a character that ends the line, so that the terminal
 * is restored.
 */
static int ask(const char *question, bool secret, char **ret, struct masu_error *err)
{
	struct termios before, now;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) < 0) {
		(void)err_set(err, ERR_INVALID, ENOTTY, "missing user name or password");
		return err_hint(err, "masu login -u USER --password-stdin REGISTRY <FILE");
	}
	now = before;
	now.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	now.c_cc[VEOL] = before.c_cc[VINTR];
	/* Before the question: an answer that comes at once must not be echoed or lost. */
	if (secret)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &now); /* the worst is an echo */
	(void)fputs(question, stderr);
	(void)fflush(stderr);
	int r = read_line(secret ? before.c_cc[VINTR] : EOF, ret);
	if (secret) {
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
		(void)fputc('\n', stderr);
	}
	return r < 0 ? err_set(err, ERR_INVALID, -r, "no answer") : 0;
}

static int read_password(const struct login_options *o, char **ret, struct masu_error *err)
{
	if (!o->password_stdin)
		return ask("Password: ", true, ret, err);
	int r = fd_read_all(STDIN_FILENO, SECRET_MAX, ret, NULL);
	if (r < 0)
		return err_sys(err, r, "read the password");
	(*ret)[strcspn(*ret, "\r\n")] = 0;
	return 0;
}

static int check(const struct login_options *o, struct masu_error *err)
{
	if (o->password && o->password_stdin)
		return err_set(err, ERR_INVALID, EINVAL,
			       "options '-p' and '--password-stdin' exclude each other");
	if (o->password_stdin && !o->user)
		return err_set(err, ERR_INVALID, EINVAL, "option '--password-stdin' needs -u USER");
	return 0;
}

static int log_in(masu_engine *e, const struct login_options *o, const char *registry,
		  struct masu_error *err)
{
	_cleanup_free_ char *user = NULL, *password = NULL;
	int r = o->user ? 0 : ask("Username: ", false, &user, err);

	if (r == 0 && !o->password)
		r = read_password(o, &password, err);
	if (r == 0)
		r = masu_registry_login(e, registry,
					&(struct masu_login_options){
						.size = sizeof(struct masu_login_options),
						.user = o->user ? o->user : user,
						.password = o->password ? o->password : password,
						.authfile = o->authfile,
						.tls = o->tls,
						.cert_dir = o->cert_dir},
					err);
	if (password)
		explicit_bzero(password, strlen(password));
	if (r == 0)
		(void)puts("Login Succeeded!");
	return r;
}

static int login_run(const void *values, char **operands, struct masu_error *err)
{
	const struct login_options *o = values;
	const char *registry = operands[0] ? operands[0] : DEFAULT_REGISTRY;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_free_ char *user = NULL;
	int r = check(o, err);

	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r < 0)
		return r;
	if (!o->get_login)
		return log_in(e, o, registry, err);
	r = masu_registry_user(e, registry, o->authfile, &user, err);
	if (r == 0)
		(void)puts(user);
	return r;
}

static const struct option_row login_options[] = {
	OPTION_ROW(OPTION_STRING, struct login_options, authfile, 0, "authfile", "FILE",
		   "Keep the credentials in this file"),
	REGISTRY_ARGS_CERT_DIR(struct login_options, cert_dir),
	OPTION_ROW(OPTION_FLAG, struct login_options, get_login, 0, "get-login", NULL,
		   "Print the user name of the login"),
	OPTION_ROW(OPTION_STRING, struct login_options, password, 'p', "password", "PASSWORD",
		   "Use this password, which other users see in the list of processes"),
	OPTION_ROW(OPTION_FLAG, struct login_options, password_stdin, 0, "password-stdin", NULL,
		   "Read the password from standard input"),
	REGISTRY_ARGS_TLS(struct login_options, tls),
	OPTION_ROW(OPTION_STRING, struct login_options, user, 'u', "username", "USER",
		   "Use this name and do not ask for it"),
	{0},
};

const struct command command_login = {
	.name = "login",
	.operands = "[REGISTRY]",
	.summary = "Log in to a registry",
	.options = login_options,
	.values_size = sizeof(struct login_options),
	.max_operands = 1,
	.run = login_run,
};

struct logout_options {
	const char *authfile;
	bool all;
};

static int logout_run(const void *values, char **operands, struct masu_error *err)
{
	const struct logout_options *o = values;
	const char *registry = operands[0] ? operands[0] : DEFAULT_REGISTRY;
	_cleanup_masu_engine_ masu_engine *e = NULL;

	if (o->all && operands[0])
		return err_set(err, ERR_INVALID, EINVAL, "--all and a registry exclude each other");
	int r = cli_engine_reader(&e, err);
	if (r == 0)
		r = masu_registry_logout(e, o->all ? NULL : registry, o->authfile, err);
	if (r == 0 && o->all)
		(void)puts("Removed login credentials for all registries");
	else if (r == 0)
		(void)printf("Removed login credentials for %s\n", registry);
	return r;
}

static const struct option_row logout_options[] = {
	OPTION_ROW(OPTION_FLAG, struct logout_options, all, 'a', "all", NULL,
		   "Remove the credentials for all registries"),
	OPTION_ROW(OPTION_STRING, struct logout_options, authfile, 0, "authfile", "FILE",
		   "Remove the credentials from this file"),
	{0},
};

const struct command command_logout = {
	.name = "logout",
	.operands = "[REGISTRY]",
	.summary = "Remove the credentials for a registry",
	.options = logout_options,
	.values_size = sizeof(struct logout_options),
	.max_operands = 1,
	.run = logout_run,
};
