/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Podman's registries.conf, by the reader of TOML: each place of an image that its rules give is a reference, and a short
 * name stands for images of the registries in the file alone.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "registry/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void look_up(const struct registry_rules *rules, const char *name)
{
	_cleanup_registry_places_ struct registry_places places = REGISTRY_PLACES_INIT;
	_cleanup_reference_ struct reference ref = {0};

	if (reference_parse(name, &ref, NULL) < 0 ||
	    registry_rules_places(rules, &ref, true, &places, NULL) < 0)
		return;
	if (places.n == 0)
		abort();
	for (size_t i = 0; i < places.n; i++) {
		_cleanup_reference_ struct reference place = {0};

		if (reference_parse(places.list[i].name, &place, NULL) < 0)
			abort();
	}
}

static bool is_listed(const struct short_names *s, const char *domain)
{
	return s->has_search ? strv_contains(s->search, domain)
			     : streq(domain, REFERENCE_DEFAULT_DOMAIN);
}

/* Is it a registry of the list, or, without a list, Docker Hub? */
static void check_search(const struct short_names *s, const char *name)
{
	_cleanup_reference_ struct reference ref = {0};

	if (reference_parse(name, &ref, NULL) == 0 && !is_listed(s, ref.domain))
		abort();
}

static void resolve(const struct short_names *s, const char *name)
{
	_cleanup_strv_ char **names = NULL;
	bool is_alias = false;

	for (char *const *a = s->aliases; a && *a; a += 2) {
		_cleanup_reference_ struct reference ref = {0};

		if (**(a + 1) &&
		    (reference_parse(a[1], &ref, NULL) < 0 || reference_is_short(a[1])))
			abort();
		is_alias = is_alias || streq(a[0], name);
	}
	if (short_names_resolve(s, name, &names, NULL) < 0)
		return;
	if (!names || !*names)
		abort();
	for (size_t i = 0; names[i] && !is_alias; i++)
		check_search(s, names[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_registry_rules_ struct registry_rules rules = REGISTRY_RULES_INIT;
	_cleanup_free_ char *text = strndup((const char *)bytes, size);

	if (!text || registry_rules_parse(&rules, text, "fuzz", NULL) < 0)
		return 0;
	look_up(&rules, "a");
	resolve(&rules.short_names, "a");
	for (char *const *a = rules.short_names.aliases; a && *a; a += 2)
		resolve(&rules.short_names, *a);
	look_up(&rules, "a.example.com:5000/b/c:tag");
	for (size_t i = 0; i < rules.n; i++)
		look_up(&rules, rules.list[i].prefix);
	return 0;
}
