/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/remote.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"
#include "transfer/broker-client.h"

#define INPUT_MAX 8192

void remote_done(struct remote *remote)
{
	registry_free(remote->registry);
	http_free(remote->http);
	certificates_done(&remote->certificates);
	credentials_done(&remote->given);
	reference_done(&remote->ref);
	*remote = REMOTE_INIT;
}

/* "USER\0PASSWORD\0" */
static int read_given(int fd, struct credentials *ret, struct masu_error *err)
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
		r = ret->user && ret->password ? 0 : err_oom(err);
	} else {
		r = err_set(err, ERR_INVALID, EBADMSG, "malformed user name and password");
	}
	OPENSSL_cleanse(text, size);
	return r;
}

int remote_init(struct remote *remote, const struct image_options *o, int broker,
		struct reference *ref, struct masu_error *err)
{
	remote->options = o;
	remote->broker = broker;
	remote->ref = TAKE(*ref, (struct reference){0});
	int r = o->credentials < 0 ? 0 : read_given(o->credentials, &remote->given, err);
	return r < 0 ? r
		     : certificates_load(o->cert_dir, remote->ref.domain, &remote->certificates,
					 err);
}

/* An addresses_fn. */
static int find_addresses(void *arg, const char *host, char **ret, struct masu_error *err)
{
	return broker_addresses(((const struct remote *)arg)->broker, host, ret, err);
}

/* Of struct registry_options. */
static int find_credentials(void *arg, struct credentials *ret, struct masu_error *err)
{
	const struct remote *remote = arg;

	if (!remote->given.user)
		return broker_credentials(remote->broker, ret, err);
	ret->user = strdup(remote->given.user);
	ret->password = strdup(remote->given.password);
	return ret->user && ret->password ? 0 : err_oom(err);
}

static int connect_as(struct remote *remote, bool push, char *const *mountable,
		      struct masu_error *err)
{
	const struct registry_settings *settings = &remote->options->settings;
	int r = http_new(settings->timeout_s, find_addresses, remote, &remote->http, err);

	if (r < 0)
		return r;
	const struct registry_options options = {.http = remote->http,
						 .settings = settings,
						 .reference = &remote->ref,
						 .credentials = find_credentials,
						 .arg = remote,
						 .certificates = &remote->certificates,
						 .push = push,
						 .mountable = mountable};
	return registry_new(&options, &remote->registry, err);
}

int remote_connect_for_pull(struct remote *remote, struct masu_error *err)
{
	return connect_as(remote, false, NULL, err);
}

int remote_connect_for_push(struct remote *remote, char *const *mountable, struct masu_error *err)
{
	return connect_as(remote, true, mountable, err);
}
