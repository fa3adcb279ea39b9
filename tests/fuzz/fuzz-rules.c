/* SPDX-License-Identifier: Apache-2.0 */
/* Podman's registries.conf, by the reader of TOML: each place of an image that its rules give is a reference. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_registry_rules_ struct registry_rules rules = REGISTRY_RULES_INIT;
	_cleanup_free_ char *text = strndup((const char *)bytes, size);

	if (!text || registry_rules_parse(&rules, text, "fuzz", NULL) < 0)
		return 0;
	look_up(&rules, "a");
	look_up(&rules, "a.example.com:5000/b/c:tag");
	for (size_t i = 0; i < rules.n; i++)
		look_up(&rules, rules.list[i].prefix);
	return 0;
}
