/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/challenge.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

/* The characters of "token" in RFC 9110, and of "token68". */
#define TOKEN                                                  \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789!#$%&'*+-.^_`|~"
#define TOKEN68 TOKEN "/="
#define BLANK	" \t"

void challenge_done(struct challenge *c)
{
	free(c->realm);
	free(c->service);
	free(c->scope);
	free(c->error);
	*c = (struct challenge){0};
}

static enum challenge_scheme scheme_of(const char *s, size_t n)
{
	if (n == strlen("bearer") && strncasecmp(s, "bearer", n) == 0)
		return CHALLENGE_BEARER;
	if (n == strlen("basic") && strncasecmp(s, "basic", n) == 0)
		return CHALLENGE_BASIC;
	return CHALLENGE_NONE;
}

/* Reads a token or a quoted string at *p, and moves *p behind it. NULL and errno if it is malformed. */
static char *read_value(const char **p)
{
	const char *s = *p;

	errno = EBADMSG;
	if (*s != '"') {
		size_t n = strspn(s, TOKEN68);

		*p += n;
		return n ? strndup(s, n) : NULL;
	}
	char *value = malloc(strlen(s)), *out = value;
	if (!value)
		return NULL;
	for (s++; *s != '"'; s++) {
		if (*s == '\\')
			s++;
		if (!*s || (unsigned char)*s < 0x20 || *s == 0x7f) {
			free(value);
			errno = EBADMSG;
			return NULL;
		}
		*out++ = *s;
	}
	*out = 0;
	*p = s + 1;
	return value;
}

/* Keeps the parameters that masu uses. -EBADMSG for a repeated one. Takes ownership of `value`. */
static int keep(struct challenge *c, const char *name, size_t n, char *value)
{
	const struct {
		const char *name;
		char **place;
	} known[] = {
		{"realm", &c->realm},
		{"service", &c->service},
		{"scope", &c->scope},
		{"error", &c->error},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strlen(known[i].name) != n || strncasecmp(known[i].name, name, n) != 0)
			continue;
		if (*known[i].place) {
			free(value);
			return -EBADMSG;
		}
		*known[i].place = value;
		return 0;
	}
	free(value);
	return 0;
}

/* "name=value, name=value" up to the next challenge or the end. */
static int read_parameters(const char **p, struct challenge *c)
{
	for (;;) {
		const char *s = *p + strspn(*p, BLANK ",");
		size_t n = strspn(s, TOKEN);
		const char *after = s + n + strspn(s + n, BLANK);

		*p = s;
		if (n == 0 || *after != '=')
			return 0;
		after++;
		after += strspn(after, BLANK);
		char *value = read_value(&after);
		if (!value)
			return errno == ENOMEM ? -ENOMEM : -EBADMSG;
		int r = keep(c, s, n, value);
		if (r < 0)
			return r;
		*p = after;
		after += strspn(after, BLANK);
		if (*after && *after != ',')
			return -EBADMSG;
	}
}

static int read_challenges(const char *p, struct challenge *best)
{
	p += strspn(p, BLANK ",");
	while (*p) {
		_cleanup_challenge_ struct challenge c = {0};
		size_t n = strspn(p, TOKEN);

		if (n == 0)
			return -EBADMSG;
		c.scheme = scheme_of(p, n);
		p += n;
		if (*p && *p != ',' && !strchr(BLANK, *p))
			return -EBADMSG;
		int r = read_parameters(&p, &c);
		if (r < 0)
			return r;
		if (c.scheme > best->scheme) {
			challenge_done(best);
			*best = c;
			c = (struct challenge){0};
		}
	}
	return best->scheme == CHALLENGE_BEARER && !best->realm ? -EBADMSG : 0;
}

int challenge_parse(const char *header, struct challenge *ret, struct masu_error *err)
{
	_cleanup_challenge_ struct challenge best = {0};
	int r = read_challenges(header, &best);

	if (r == -ENOMEM)
		return err_sys(err, r, "read WWW-Authenticate");
	if (r < 0)
		return err_set(err, ERR_INVALID, EBADMSG, "malformed WWW-Authenticate '%.200s'",
			       header);
	*ret = best;
	best = (struct challenge){0};
	return 0;
}
