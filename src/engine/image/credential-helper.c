/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/credential-helper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json-build.h"
#include "base/proc.h"
#include "base/str.h"
#include "image/reference.h"

#define PROGRAM_PREFIX "docker-credential-"
#define HUB_SERVER     "https://index.docker.io/v1/"
#define OUTPUT_MAX     (64 * 1024)
#define HELPER_HAS_NONE \
	"credentials not found" /* the output of all helpers for an unknown server */

void credential_helper_done(struct credential_helper *h)
{
	free(h->program);
	free(h->server);
	*h = (struct credential_helper){0};
}

static bool names(const char *key, const char *host)
{
	static const char *const ends[] = {"", "/", "/v1", "/v1/", "/v2", "/v2/"};
	size_t n = strlen(host);

	if (strncasecmp(key, host, n) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (streq(key + n, ends[i]))
			return true;
	return false;
}

bool credential_key_names(const char *key, const char *registry)
{
	static const char *const hub[] = {"index.docker.io", "registry-1.docker.io"};
	const char *rest = str_after(key, "https://");

	if (!rest)
		rest = str_after(key, "http://");
	if (rest)
		key = rest;
	if (names(key, registry))
		return true;
	if (!streq(registry, REFERENCE_DEFAULT_DOMAIN))
		return false;
	return names(key, hub[0]) || names(key, hub[1]);
}

int credential_helper_find(struct json_object *authfile, const char *registry,
			   struct credential_helper *ret, struct masu_error *err)
{
	_cleanup_credential_helper_ struct credential_helper h = {0};
	const char *name = NULL, *server = NULL;
	struct json_object *helpers = NULL;
	int r = json_get_object(authfile, "", "credHelpers", &helpers, err);

	if (r > 0) {
		json_object_object_foreach(helpers, key, value) {
			(void)value;
			if (credential_key_names(key, registry))
				server = key;
		}
		r = server ? json_get_string(helpers, "credHelpers", server, &name, err) : 0;
	}
	if (r >= 0 && !name)
		r = json_get_string(authfile, "", "credsStore", &name, err);
	if (r < 0 || !name || !*name)
		return MIN(r, 0);
	if (strchr(name, '/') || str_has_control(name))
		return err_set(err, ERR_INVALID, EBADMSG, "invalid name of a helper: '%.100s'",
			       name);
	if (!server)
		server = streq(registry, REFERENCE_DEFAULT_DOMAIN) ? HUB_SERVER : registry;
	h.program = str_printf(PROGRAM_PREFIX "%s", name);
	h.server = strdup(server);
	if (!h.program || !h.server)
		return err_oom(err);
	*ret = h;
	h = (struct credential_helper){0};
	return 1;
}

/* Runs "PROGRAM VERB" with the input. Its output goes to a file, so it cannot fill a pipe that nobody reads. */
static int run(const struct credential_helper *h, const char *verb, const char *input,
	       int *ret_status, char **ret_output, struct masu_error *err)
{
	_cleanup_close_ int in = fd_memory("credentials", input, strlen(input));
	_cleanup_close_ int out = fd_memory("credentials", NULL, 0);
	char *argv[] = {h->program, (char *)verb, NULL};
	pid_t pid;

	if (in < 0 || out < 0)
		return err_sys(err, in < 0 ? in : out, "run '%s'", h->program);
	int r = proc_spawn(&(struct proc_spec){.path = h->program,
					       .argv = argv,
					       .env = environ,
					       .stdio = (const int[]){in, out, out},
					       .die_with_parent = true},
			   &pid, NULL, err);
	if (r < 0)
		return r;
	r = proc_wait_or_cancel(pid, h->cancel_fd);
	if (r < 0)
		return err_sys(err, r, "run '%s'", h->program);
	*ret_status = r;
	if (lseek(out, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "read the answer of '%s'", h->program);
	r = fd_read_all(out, OUTPUT_MAX, ret_output, NULL);
	return r < 0 ? err_sys(err, r, "read the answer of '%s'", h->program) : 0;
}

static int failed(const struct credential_helper *h, const char *verb, int status, char *output,
		  struct masu_error *err)
{
	output[strcspn(output, "\n")] = 0;
	return err_set(err, ERR_DENIED, EACCES, "'%s %s' failed for '%s' (status %d)%s%.200s",
		       h->program, verb, h->server, status, *output ? ": " : "", output);
}

int credential_helper_store(const struct credential_helper *h, const char *user,
			    const char *password, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *output = NULL;
	struct json_build b = {0};
	int status = 0;

	build_text(&b, o, "ServerURL", h->server);
	build_text(&b, o, "Username", user);
	build_text(&b, o, "Secret", password);
	const char *text = o && !b.failed ? json_text(o, false) : NULL;
	if (!text)
		return err_oom(err);
	int r = run(h, "store", text, &status, &output, err);
	if (r < 0)
		return r;
	return status == 0 ? 0 : failed(h, "store", status, output, err);
}

int credential_helper_erase(const struct credential_helper *h, struct masu_error *err)
{
	_cleanup_free_ char *output = NULL;
	int status = 0, r = run(h, "erase", h->server, &status, &output, err);

	if (r < 0)
		return r;
	if (str_after(output, HELPER_HAS_NONE))
		return 0;
	return status == 0 ? 1 : failed(h, "erase", status, output, err);
}
