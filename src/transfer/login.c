/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/login.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "image/report.h"
#include "transfer/remote.h"

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
		return err_oom(err);
	if (reference_parse(name, &ref, NULL) < 0 || !streq(ref.path, "x/x"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid registry: \"%s\": must be HOST[:PORT]", text);
	*ref.path = 0;
	*ret = ref;
	ref = (struct reference){0};
	return 0;
}

static int request(const struct remote *remote, struct masu_error *err)
{
	_cleanup_exchange_ struct exchange e = {.registry = remote->registry,
						.what = "login",
						.limit = ANSWER_MAX,
						.deadline_s = DEADLINE_S};
	int r = exchange_begin(&e, "", err);

	return r < 0 ? r : exchange_wait(&e, err);
}

/* A fetcher_fn. */
static int fetch_login(void *arg, int broker, struct masu_error *err)
{
	const struct fetch *f = arg;
	struct image_options o = *f->options; /* borrows all that it has */
	_cleanup_remote_ struct remote remote = REMOTE_INIT;
	_cleanup_reference_ struct reference ref = {0};
	int r = parse_registry(o.argument, &ref, err);

	if (r == 0 && registry_rules_is_insecure(&o.settings.rules, o.argument))
		o.settings.insecure_place = o.argument;
	if (r == 0)
		r = remote_init(&remote, &o, broker, &ref, err);
	if (r == 0)
		r = remote_connect_for_pull(&remote, err);
	if (r == 0)
		r = fetch_confine(f, err);
	if (r == 0)
		r = request(&remote, err);
	if (r < 0)
		return r;
	_cleanup_wipe_ char *basic = credentials_basic(&remote.given);
	if (!basic)
		return err_oom(err);
	report_result(f->options->report, basic + strlen(BASIC_PREFIX));
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
	return o->credentials < 0 ? report_user(o, err) : command_fetch(o, fetch_login, err);
}
