/* SPDX-License-Identifier: Apache-2.0 */
#include "image/reference.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define LOWER_ALNUM "abcdefghijklmnopqrstuvwxyz0123456789"
#define ALNUM	    LOWER_ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

void reference_done(struct reference *r)
{
	free(r->domain);
	free(r->path);
	free(r->tag);
	*r = (struct reference){0};
}

/* Runs of letters and digits with ".", "_", "__" or any number of "-" between. */
static bool component_ok(const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t run = strspn(s + i, LOWER_ALNUM);

		if (run == 0 || i + run > n)
			return false;
		i += run;
		if (i == n)
			return true;
		if (s[i] == '-')
			i += strspn(s + i, "-");
		else if (s[i] == '_' && s[i + 1] == '_')
			i += 2;
		else if (s[i] == '_' || s[i] == '.')
			i++;
		else
			return false;
	}
	return false;
}

static bool path_ok(const char *s)
{
	for (;;) {
		size_t n = strcspn(s, "/");

		if (!component_ok(s, n))
			return false;
		if (!s[n])
			return true;
		s += n + 1;
	}
}

static bool port_ok(const char *s)
{
	uint64_t port;

	return strlen(s) <= 5 && str_to_uint64(s, 65535, &port) == 0 && port > 0;
}

/* A host name, an IPv4 address or an IPv6 address in brackets, and perhaps a port. */
static bool domain_ok(const char *s)
{
	size_t n;

	if (*s == '[') {
		n = 1 + strspn(s + 1, "0123456789abcdef:.");
		if (n < 3 || s[n++] != ']')
			return false;
	} else {
		n = strcspn(s, ":");
		for (size_t i = 0; i < n;) {
			size_t label = strcspn(s + i, ".:");

			if (label == 0 || strspn(s + i, LOWER_ALNUM "-") < label || s[i] == '-' ||
			    s[i + label - 1] == '-')
				return false;
			i += label;
			if (s[i] == '.' && i + 1 >= n)
				return false;
			i += s[i] == '.';
		}
	}
	return n > 0 && (!s[n] || (s[n] == ':' && port_ok(s + n + 1)));
}

static bool tag_ok(const char *s)
{
	return strspn(s, ALNUM "_") > 0 && !s[strspn(s, ALNUM "_.-")] &&
	       strlen(s) <= REFERENCE_TAG_MAX;
}

/* Returns whether the part before the first slash is a registry, rather than a user of Docker Hub. */
static bool is_domain(const char *s, size_t n)
{
	return memchr(s, '.', n) || memchr(s, ':', n) || *s == '[' ||
	       (n == strlen("localhost") && strncmp(s, "localhost", n) == 0);
}

bool reference_is_short(const char *s)
{
	size_t n = strcspn(s, "/");

	return s[n] != '/' || !is_domain(s, n);
}

static int invalid(const char *s, const char *why, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "invalid image name '%.300s': %s", s, why);
}

/* Splits a name without tag and digest into domain and path, completing both. */
static int split_name(const char *name, struct reference *ref)
{
	size_t n = strcspn(name, "/");
	bool is_whole = !reference_is_short(name);
	const char *path = is_whole ? name + n + 1 : name;

	ref->domain = is_whole ? strndup(name, n) : strdup(REFERENCE_DEFAULT_DOMAIN);
	if (!ref->domain)
		return -ENOMEM;
	for (char *p = ref->domain; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (streq(ref->domain, "index.docker.io") || streq(ref->domain, "registry-1.docker.io")) {
		free(ref->domain);
		ref->domain = strdup(REFERENCE_DEFAULT_DOMAIN);
		if (!ref->domain)
			return -ENOMEM;
	}
	bool library = streq(ref->domain, REFERENCE_DEFAULT_DOMAIN) && !strchr(path, '/');
	ref->path = str_printf("%s%s", library ? "library/" : "", path);
	if (!ref->path)
		return -ENOMEM;
	return 0;
}

/* Cuts "@digest" and ":tag" off the copy of the name. */
static int cut_suffixes(const char *s, char *name, struct reference *ref, struct masu_error *err)
{
	char *at = strchr(name, '@');

	if (at) {
		*at = 0;
		if (digest_parse(at + 1, &ref->digest) < 0)
			return invalid(s,
				       "a digest is 'sha256:' and 64 lower-case hexadecimal digits",
				       err);
	}
	char *slash = strrchr(name, '/');
	char *colon = strchr(slash ? slash : name, ':');
	if (colon) {
		*colon = 0;
		if (!tag_ok(colon + 1))
			return invalid(
				s,
				"a tag has letters, digits, '_', '.' and '-' alone, and at most 128",
				err);
	}
	if (!colon && at)
		return 0;
	ref->tag = strdup(colon ? colon + 1 : REFERENCE_DEFAULT_TAG);
	return ref->tag ? 0 : err_oom(err);
}

int reference_parse(const char *s, struct reference *ret, struct masu_error *err)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_free_ char *name = strdup(s);

	if (!name)
		return err_oom(err);
	if (!*s)
		return err_set(err, ERR_INVALID, EINVAL, "the image name is empty");
	int r = cut_suffixes(s, name, &ref, err);
	if (r < 0)
		return r;
	if (strlen(name) == DIGEST_HEX_LENGTH && digest_is_hex(name))
		return invalid(s, "64 hexadecimal digits are an image id, not a name", err);
	r = split_name(name, &ref);
	if (r < 0)
		return err_sys(err, r, "read the image name");
	if (strlen(ref.domain) + 1 + strlen(ref.path) > REFERENCE_NAME_MAX)
		return invalid(s, "longer than 255 characters", err);
	if (!domain_ok(ref.domain))
		return invalid(s, "the registry must be a host name with an optional port", err);
	if (!path_ok(ref.path))
		return invalid(
			s,
			"each part has lower-case letters and digits, with single '.', '_' or '-' "
			"between",
			err);
	*ret = ref;
	ref = (struct reference){0};
	return 0;
}

char *reference_to_string(const struct reference *r)
{
	return str_printf("%s/%s%s%s%s%s", r->domain, r->path, r->tag ? ":" : "",
			  str_or_empty(r->tag), *r->digest.hex ? "@" DIGEST_PREFIX : "",
			  r->digest.hex);
}

bool reference_same_repository(const struct reference *a, const struct reference *b)
{
	return streq(a->domain, b->domain) && streq(a->path, b->path);
}
