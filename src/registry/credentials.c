/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credentials.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

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

/* "user:password" out of base64. */
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
		return 0; /* docker leaves an empty entry for what its helper keeps */
	ret->user = strdup(user);
	ret->password = strdup(password);
	return ret->user && ret->password ? 0 : err_sys(err, ENOMEM, "read credentials");
}

/* Is `key` of a file's `auths` the name `want`, in one of the ways docker has written it? */
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

/* The entry of the longest part of "domain/path" that has one, then of Docker Hub's old names. */
static struct json_object *find_entry(struct json_object *map, const struct reference *ref,
				      const char **ret_key)
{
	static const char *const hub[] = {"index.docker.io", "registry-1.docker.io"};
	_cleanup_free_ char *want = NULL;
	struct json_object *entry = NULL;

	if (asprintf(&want, "%s/%s", ref->domain, ref->path) < 0) {
		want = NULL;
		return NULL;
	}
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

/* The helper that the file names for this registry, or for all. */
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
	return ret->helper && ret->server ? 1 : err_sys(err, ENOMEM, "read credentials");
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
