/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/install.h"

#include <string.h>

#include "base/str.h"
#include "base/strv.h"

/* The service that is enabled: of a template its default instance, or NULL and `*ret_none` without one. */
static char *enabled_service(struct quadlet_draft *d, bool *ret_none)
{
	const struct quadlet_assignment *a = quadlet_source_last(&d->unit->source, "Install",
								 "DefaultInstance");
	const char *service = d->unit->service, *at = strchr(service, '@');
	_cleanup_free_ char *unit = NULL;

	*ret_none = false;
	if (!at || at[1] != '.')
		return strdup(service);
	*ret_none = !a;
	unit = a ? str_printf("%.*s%s.service", (int)(at + 1 - service), service, a->value) : NULL;
	if (unit && !quadlet_is_unit_name(unit)) {
		draft_refuse(d, a, "DefaultInstance=: '%s' cannot be part of a unit's name",
			     a->value);
		*ret_none = true;
		return NULL;
	}
	return TAKE_PTR(unit);
}

/* Expands %i, %n, %N and %p. NULL when out of memory; "" for another specifier. */
static char *expand(const char *word, const char *service)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	size_t stem = strlen(service) - strlen(".service");
	const char *at = memchr(service, '@', stem), *end = service + stem;

	for (const char *s = word; *s; s++) {
		if (*s != '%') {
			(void)strbuf_add(&b, s, 1);
			continue;
		}
		s++;
		if (*s == 'n')
			(void)strbuf_addf(&b, "%s", service);
		else if (*s == 'N')
			(void)strbuf_add(&b, service, stem);
		else if (*s == 'p')
			(void)strbuf_add(&b, service, (size_t)((at ? at : end) - service));
		else if (*s == 'i')
			(void)strbuf_add(&b, at ? at + 1 : end, at ? (size_t)(end - at - 1) : 0);
		else
			return strdup("");
	}
	return strbuf_take(&b);
}

/* Another name in a directory of units could be in the way of other units' links: "multi-user.target.wants". */
static bool is_unit(const char *name, bool alias)
{
	static const char *const types[] = {"service", "target", "socket",    "timer",
					    "path",    "mount",	 "automount", "swap",
					    "device",  "slice",	 "scope"};
	const char *dot = strrchr(name, '.');

	if (!dot || !quadlet_is_unit_name(name))
		return false;
	for (size_t i = 0; i < (alias ? 1 : ARRAY_SIZE(types)); i++)
		if (streq(dot + 1, types[i]))
			return true;
	return false;
}

static int add_links(struct quadlet_draft *d, char ***links, const char *key, const char *service)
{
	static const struct {
		const char *key, *dir;
	} kinds[] = {{"WantedBy", "wants"}, {"RequiredBy", "requires"}, {"UpheldBy", "upholds"}};
	const char *dir = NULL;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (streq(kinds[i].key, key))
			dir = kinds[i].dir;
	QUADLET_FOREACH(a, &d->unit->source, "Install", key)
	{
		_cleanup_strv_ char **words = draft_unit_names(d, a);

		STRV_FOREACH(word, words) {
			_cleanup_free_ char *name = expand(*word, service);

			if (!name)
				return -ENOMEM;
			if (!is_unit(name, !dir) || streq(name, service)) {
				draft_refuse(d, a, "%s=: '%s' is not the name of another %s", key,
					     *word, dir ? "unit" : "service");
				continue;
			}
			r = dir ? strv_pushf(links, "%s.%s/%s", name, dir, service)
				: strv_push(links, name);
			if (r == 0)
				r = strv_pushf(links, "%s%s", dir ? "../" : "", d->unit->service);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* systemd warns of other keys, but they are of no effect. */
static void check_keys(struct quadlet_draft *d)
{
	static const char *const known[] = {"Alias", "WantedBy", "RequiredBy", "UpheldBy",
					    "DefaultInstance"};

	for (size_t i = 0; i < d->unit->source.n; i++) {
		const struct quadlet_assignment *a = &d->unit->source.items[i];
		bool is_known = !streq(a->section, "Install") || str_after(a->key, "X-");

		for (size_t k = 0; k < ARRAY_SIZE(known); k++)
			is_known |= streq(a->key, known[k]);
		if (!is_known)
			draft_refuse(d, a, "%s= of [Install] is not supported in a quadlet file",
				     a->key);
	}
}

char **quadlet_install_links(struct quadlet_draft *d)
{
	static const char *const keys[] = {"Alias", "WantedBy", "RequiredBy", "UpheldBy"};
	_cleanup_strv_ char **links = strv_copy(NULL);
	bool none;
	_cleanup_free_ char *service = enabled_service(d, &none);

	if (!links || (!service && !none))
		return NULL;
	check_keys(d);
	for (size_t i = 0; service && i < ARRAY_SIZE(keys); i++)
		if (add_links(d, &links, keys[i], service) < 0)
			return NULL;
	return TAKE_PTR(links);
}
