/* SPDX-License-Identifier: Apache-2.0 */
/* Where credentials are looked for: files, and the helpers that files name. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "registry/credentials.h"
#include "registry/trusted-file.h"

#define FILE_SIZE_MAX	(4 << 20)
#define ANSWER_SIZE_MAX (1 << 20)
/* What all helpers say, on stdout, when they simply have nothing. */
#define HELPER_HAS_NONE "credentials not found"

/* Runs the helper: the server's name to its stdin, JSON from its stdout. */
static int run_helper(const char *program, const char *server, char **ret, size_t *ret_size,
		      int *ret_status, struct masu_error *err)
{
	int in[2], out[2];
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) < 0)
		return err_sys(err, errno, "run '%s'", program);
	_cleanup_close_ int in_read = in[0], in_write = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_sys(err, errno, "run '%s'", program);
	_cleanup_close_ int out_read = out[0], out_write = out[1];
	char *argv[] = {(char *)program, (char *)"get", NULL};
	int r = proc_spawn(&(struct proc_spec){.path = program,
					       .argv = argv,
					       .env = environ,
					       .stdio = (const int[]){in_read, out_write, 2},
					       .die_with_parent = true},
			   &pid, NULL, err);
	if (r < 0)
		return r;
	fd_close(&in_read);
	fd_close(&out_write);
	/* A helper that reads nothing closes the pipe: its status and its answer tell. */
	(void)fd_write_full(in_write, server, strlen(server));
	fd_close(&in_write);
	r = fd_read_all(out_read, ANSWER_SIZE_MAX, ret, ret_size);
	fd_close(&out_read);
	*ret_status = proc_wait(pid);
	return r < 0 ? err_sys(err, r, "read the answer of '%s'", program) : 0;
}

static int read_answer(const char *program, const char *text, size_t size, struct credentials *ret,
		       struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	const char *user = NULL, *secret = NULL;
	int r = json_parse(text, size, program, &o, err);

	if (r >= 0)
		r = json_get_string(o, program, "Username", &user, err);
	if (r >= 0)
		r = json_get_string(o, program, "Secret", &secret, err);
	if (r < 0)
		return r;
	if (!user || !*user || !secret)
		return err_set(err, ERR_DENIED, EACCES, "'%s' gave no user and password", program);
	/* Docker's way to say that the secret is an identity token. */
	if (streq(user, "<token>")) {
		ret->token = strdup(secret);
		return ret->token ? 0 : err_sys(err, ENOMEM, "read credentials");
	}
	ret->user = strdup(user);
	ret->password = strdup(secret);
	return ret->user && ret->password ? 0 : err_sys(err, ENOMEM, "read credentials");
}

static int ask_helper(struct credentials *c, struct masu_error *err)
{
	_cleanup_free_ char *program = NULL, *text = NULL;
	size_t size = 0;
	int status = 0;

	if (asprintf(&program, "docker-credential-%s", c->helper) < 0) {
		program = NULL;
		return err_sys(err, ENOMEM, "run a credential helper");
	}
	int r = run_helper(program, c->server, &text, &size, &status, err);
	if (r < 0)
		return r;
	if (status == 0)
		r = read_answer(program, text, size, c, err);
	else if (!str_after(text, HELPER_HAS_NONE))
		r = err_set(err, ERR_DENIED, EACCES, "'%s' failed for '%s' (status %d): %.200s",
			    program, c->server, status, text);
	OPENSSL_cleanse(text, size);
	return r;
}

enum origin_of_file {
	FILE_OF_OPTION,	  /* must exist; the caller named it, so whoever owns it */
	FILE_OF_VARIABLE, /* must exist */
	FILE_OF_HOME,
};

static int read_file(const char *path, enum origin_of_file origin, char **ret, size_t *ret_size,
		     struct masu_error *err)
{
	if (origin != FILE_OF_OPTION)
		return trusted_file_read(path, FILE_SIZE_MAX, ret, ret_size, err);
	int r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, ret, ret_size);
	return r < 0 ? err_sys(err, r, "read '%s'", path) : 0;
}

/* 1 when the file settled it, 0 when it knows nothing or isn't there, -errno. */
static int try_file(const char *path, enum origin_of_file origin, const struct reference *ref,
		    struct credentials *ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_err_ struct masu_error why = ERR_INIT;
	size_t size;
	int r = read_file(path, origin, &text, &size, &why);

	if (origin == FILE_OF_HOME && (r == -ENOENT || r == -ENOTDIR))
		return 0;
	if (origin == FILE_OF_HOME && r == -EPERM) {
		log_notice("%s", why.message);
		return 0;
	}
	if (r < 0) {
		(void)err_move(err, &why);
		return err_prefix(err, "credentials");
	}
	r = credentials_parse(text, size, path, ref, ret, err);
	OPENSSL_cleanse(text, size);
	if (r >= 0 && ret->helper)
		r = ask_helper(ret, err);
	return r < 0 ? r : credentials_known(ret);
}

int credentials_find(const char *authfile, const struct reference *ref, struct credentials *ret,
		     struct masu_error *err)
{
	static const struct {
		const char *variable, *under_home, *name;
	} places[] = {
		{"XDG_RUNTIME_DIR", NULL, "containers/auth.json"},
		{"XDG_CONFIG_HOME", ".config", "containers/auth.json"},
		{"DOCKER_CONFIG", ".docker", "config.json"},
	};
	const char *home = getenv("HOME"), *variable = getenv("REGISTRY_AUTH_FILE");

	if ((authfile && *authfile) || (!authfile && variable && *variable)) {
		int r = try_file(authfile ? authfile : variable,
				 authfile ? FILE_OF_OPTION : FILE_OF_VARIABLE, ref, ret, err);

		return r < 0 ? r : 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *dir = getenv(places[i].variable);
		_cleanup_free_ char *path = NULL;
		int r;

		if (dir && *dir == '/')
			r = asprintf(&path, "%s/%s", dir, places[i].name);
		else if (places[i].under_home && home && *home == '/')
			r = asprintf(&path, "%s/%s/%s", home, places[i].under_home, places[i].name);
		else
			continue;
		if (r < 0) {
			path = NULL;
			return err_sys(err, ENOMEM, "look for credentials");
		}
		r = try_file(path, FILE_OF_HOME, ref, ret, err);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return 0;
}
