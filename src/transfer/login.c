/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/login.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"
#include "image/report.h"
#include "registry/credentials.h"
#include "registry/registry.h"
#include "transfer/broker-client.h"

#define INPUT_MAX    8192
#define ANSWER_MAX   (1 << 20)
#define DEADLINE_S   60
#define BASIC_PREFIX "Basic "

/* A reference without a path: the registry itself. */
static int parse_registry(const char *text, struct reference *ret, struct masu_error *err)
{
	_cleanup_reference_ struct reference ref = {0};
	/* A single word would get into Docker Hub's "library". */
	_cleanup_free_ char *name = str_printf("%s/x/x", text);

	if (!name)
		return err_sys(err, ENOMEM, "log in");
	if (reference_parse(name, &ref, NULL) < 0 || !streq(ref.path, "x/x"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid registry: \"%s\": must be HOST[:PORT]", text);
	*ref.path = 0;
	*ret = ref;
	ref = (struct reference){0};
	return 0;
}

static int read_input(int fd, struct credentials *ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = fd_read_all(fd, INPUT_MAX, &text, &size);

	if (r < 0)
		return err_sys(err, r, "read the user name and password");
	size_t user = strnlen(text, size) + 1;
	if (user < size && text[size - 1] == 0 && user + strlen(text + user) + 1 == size) {
		ret->user = strdup(text);
		ret->password = strdup(text + user);
		r = ret->user && ret->password ? 0 : err_sys(err, ENOMEM, "log in");
	} else {
		r = err_set(err, ERR_INVALID, EBADMSG, "malformed user name and password");
	}
	OPENSSL_cleanse(text, size);
	return r;
}

struct login {
	int broker, input;
};

/* An addresses_fn. */
static int find_addresses(void *arg, const char *host, char **ret, struct masu_error *err)
{
	return broker_addresses(((const struct login *)arg)->broker, host, ret, err);
}

/* Of struct registry_options. */
static int give_credentials(void *arg, struct credentials *ret, struct masu_error *err)
{
	const struct credentials *c = arg;

	(void)err;
	ret->user = strdup(c->user);
	ret->password = strdup(c->password);
	return ret->user && ret->password ? 0 : -ENOMEM;
}

static int request(const struct registry_options *options, const struct fetch *f,
		   struct masu_error *err)
{
	_cleanup_registry_ struct registry *registry = NULL;
	struct download d = {.what = "login", .limit = ANSWER_MAX, .deadline_s = DEADLINE_S};
	int r = registry_new(options, &registry, err);

	if (r == 0)
		r = fetch_confine(f, err);
	if (r < 0)
		return r;
	d.registry = registry;
	r = download_begin(&d, "", err);
	if (r == 0)
		r = download_wait(&d, err);
	download_end(&d);
	return r;
}

/* A fetcher_fn. */
static int fetch_login(void *arg, int broker, struct masu_error *err)
{
	const struct fetch *f = arg;
	const struct image_options *o = f->options;
	_cleanup_credentials_ struct credentials given = {0};
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_http_ struct http *http = NULL;
	struct login login = {.broker = broker};
	int r = parse_registry(o->argument, &ref, err);

	if (r == 0)
		r = read_input(o->input, &given, err);
	if (r == 0)
		r = http_new(o->settings.timeout_s, find_addresses, &login, &http, err);
	if (r == 0)
		r = request(&(struct registry_options){.http = http,
						       .settings = &o->settings,
						       .reference = &ref,
						       .credentials = give_credentials,
						       .arg = &given},
			    f, err);
	if (r < 0)
		return r;
	_cleanup_wipe_ char *basic = credentials_basic(&given);
	if (!basic)
		return err_sys(err, ENOMEM, "log in");
	report_result(o->report, basic + strlen(BASIC_PREFIX));
	return 0;
}

static int report_user(const struct image_options *o, struct masu_error *err)
{
	_cleanup_credentials_ struct credentials found = {0};
	_cleanup_reference_ struct reference ref = {0};
	int r = parse_registry(o->argument, &ref, err);

	if (r == 0)
		r = credentials_find(o->authfile, &ref, &found, err);
	if (r < 0)
		return r;
	if (!credentials_known(&found))
		return err_set(err, ERR_NOT_FOUND, ENOENT, "not logged in to '%s'", o->argument);
	report_result(o->report, found.user ? found.user : "<token>");
	return 0;
}

int command_login(struct image_options *o, struct masu_error *err)
{
	return o->input < 0 ? report_user(o, err) : command_fetch(o, fetch_login, err);
}
