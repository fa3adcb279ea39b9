/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "registry/trusted-file.h"

#define HUB_SERVER "https://index.docker.io/v1/"

void credentials_wipe(char **s)
{
	if (*s)
		OPENSSL_cleanse(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

void credentials_done(struct credentials *c)
{
	credentials_wipe(&c->user);
	credentials_wipe(&c->password);
	credentials_wipe(&c->token);
	credentials_wipe(&c->helper);
	credentials_wipe(&c->server);
}

char *credentials_basic(const struct credentials *c)
{
	_cleanup_wipe_ char *plain = NULL;
	int n = asprintf(&plain, "%s:%s", c->user, c->password);

	if (n < 0) {
		plain = NULL;
		return NULL;
	}
	size_t prefix = strlen("Basic ");
	char *basic = malloc(prefix + (size_t)(n + 2) / 3 * 4 + 1);
	if (!basic)
		return NULL;
	(void)stpcpy(basic, "Basic ");
	(void)EVP_EncodeBlock((unsigned char *)basic + prefix, (const unsigned char *)plain, n);
	return basic;
}

/* Decodes base64 of "user:password". */
static int decode_auth(const char *auth, struct credentials *ret)
{
	size_t n = strlen(auth);
	_cleanup_wipe_ char *plain = calloc(1, n / 4 * 3 + 1);
	int length;

	if (!plain)
		return -ENOMEM;
	if (n % 4 != 0 || n > INT32_MAX ||
	    (length = EVP_DecodeBlock((unsigned char *)plain, (const unsigned char *)auth,
				      (int)n)) < 0)
		return -EBADMSG;
	char *colon = strchr(plain, ':');
	if (!colon || colon == plain)
		return -EBADMSG;
	ret->user = strndup(plain, (size_t)(colon - plain));
	ret->password = strdup(colon + 1);
	return ret->user && ret->password ? 0 : -ENOMEM;
}

static int read_entry(struct json_object *entry, const char *key, struct credentials *ret,
		      struct masu_error *err)
{
	const char *auth = NULL, *user = NULL, *password = NULL, *token = NULL;

	if (json_get_string(entry, key, "auth", &auth, err) < 0 ||
	    json_get_string(entry, key, "username", &user, err) < 0 ||
	    json_get_string(entry, key, "password", &password, err) < 0 ||
	    json_get_string(entry, key, "identitytoken", &token, err) < 0)
		return -EBADMSG;
	if (token && *token) {
		ret->token = strdup(token);
		return ret->token ? 0 : -ENOMEM;
	}
	if (auth && *auth) {
		int r = decode_auth(auth, ret);

		return r == -EBADMSG ? err_set(err, ERR_INVALID, EBADMSG,
					       "%s.auth: must be base64 of 'user:password'", key)
				     : r;
	}
	if (!user || !password)
		return 0; /* docker writes an empty entry for credentials in a helper */
	ret->user = strdup(user);
	ret->password = strdup(password);
	return ret->user && ret->password ? 0 : err_oom(err);
}

/* Returns whether `key` of a file's `auths` is the name `want`, in one of docker's forms. */
static bool key_names(const char *key, const char *want)
{
	const char *rest = str_after(key, "https://");
	size_t n = strlen(want);

	key = rest ? rest : (rest = str_after(key, "http://")) ? rest : key;
	if (strncmp(key, want, n) != 0)
		return false;
	key += n;
	return !*key || streq(key, "/") || streq(key, "/v1/") || streq(key, "/v1") ||
	       streq(key, "/v2/") || streq(key, "/v2");
}

static struct json_object *find_key(struct json_object *map, const char *want, const char **ret_key)
{
	json_object_object_foreach(map, key, value) {
		if (key_names(key, want)) {
			*ret_key = key;
			return value;
		}
	}
	return NULL;
}

/* The entry for the longest part of "domain/path" that has one, then for the old names of Docker Hub. */
static struct json_object *find_entry(struct json_object *map, const struct reference *ref,
				      const char **ret_key)
{
	static const char *const hub[] = {"index.docker.io", "registry-1.docker.io"};
	_cleanup_free_ char *want = NULL;
	struct json_object *entry = NULL;

	want = str_printf("%s/%s", ref->domain, ref->path);
	if (!want)
		return NULL;
	for (char *slash; !entry; *slash = 0) {
		entry = find_key(map, want, ret_key);
		slash = strrchr(want, '/');
		if (!slash)
			break;
	}
	if (streq(ref->domain, REFERENCE_DEFAULT_DOMAIN))
		for (size_t i = 0; i < ARRAY_SIZE(hub) && !entry; i++)
			entry = find_key(map, hub[i], ret_key);
	return entry;
}

/* Finds the helper that the file names for this registry, or for all. */
static int find_helper(struct json_object *o, const struct reference *ref, struct credentials *ret,
		       struct masu_error *err)
{
	bool hub = streq(ref->domain, REFERENCE_DEFAULT_DOMAIN);
	const char *helper = NULL, *key = NULL;
	struct json_object *helpers;
	int r = json_get_object(o, "", "credHelpers", &helpers, err);

	if (r > 0 && find_entry(helpers, ref, &key))
		r = json_get_string(helpers, "credHelpers", key, &helper, err);
	if (r >= 0 && !helper)
		r = json_get_string(o, "", "credsStore", &helper, err);
	if (r < 0 || !helper || !*helper)
		return r < 0 ? r : 0;
	if (strspn(helper, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
	    strlen(helper))
		return err_set(err, ERR_INVALID, EBADMSG, "invalid name of a helper: '%.100s'",
			       helper);
	ret->helper = strdup(helper);
	ret->server = strdup(key ? key : hub ? HUB_SERVER : ref->domain);
	return ret->helper && ret->server ? 1 : err_oom(err);
}

int credentials_parse(const char *text, size_t size, const char *name, const struct reference *ref,
		      struct credentials *ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct json_object *auths, *entry;
	const char *key = NULL;
	int r = json_parse(text, size, name, &o, err);

	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "%s: must be an object", name);
	r = find_helper(o, ref, ret, err);
	if (r == 0)
		r = json_get_object(o, "", "auths", &auths, err);
	if (r > 0 && !ret->helper && (entry = find_entry(auths, ref, &key))) {
		if (!json_object_is_type(entry, json_type_object))
			r = err_set(err, ERR_INVALID, EBADMSG, "auths: '%s' must be an object",
				    key);
		else
			r = read_entry(entry, key, ret, err);
	}
	if (r == -ENOMEM)
		return err_sys(err, r, "read '%s'", name);
	return r < 0 ? err_prefix(err, "'%s'", name) : 0;
}

/* Where credentials are looked for: files, and the helpers that files name. */

#define FILE_SIZE_MAX	(4 << 20)
#define ANSWER_SIZE_MAX (1 << 20)
/* The output of all helpers for an unknown server. */
#define HELPER_HAS_NONE "credentials not found"

/* Runs the helper, which reads the server's name from stdin and prints JSON. */
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
	/* If the helper does not read, its status and output tell why. */
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
	/* By docker's convention, the secret is an identity token. */
	if (streq(user, "<token>")) {
		ret->token = strdup(secret);
		return ret->token ? 0 : err_oom(err);
	}
	ret->user = strdup(user);
	ret->password = strdup(secret);
	return ret->user && ret->password ? 0 : err_oom(err);
}

static int ask_helper(struct credentials *c, struct masu_error *err)
{
	_cleanup_free_ char *program = NULL, *text = NULL;
	size_t size = 0;
	int status = 0;

	program = str_printf("docker-credential-%s", c->helper);
	if (!program)
		return err_oom(err);
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
	FILE_OF_OPTION,	  /* must exist; the caller trusts it, so its owner does not matter */
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

/* 1 if the file has credentials, 0 if it has none or does not exist, or -errno. */
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

		if (dir && *dir == '/')
			path = str_printf("%s/%s", dir, places[i].name);
		else if (places[i].under_home && home && *home == '/')
			path = str_printf("%s/%s/%s", home, places[i].under_home, places[i].name);
		else
			continue;
		if (!path)
			return err_oom(err);
		int r = try_file(path, FILE_OF_HOME, ref, ret, err);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return 0;
}
