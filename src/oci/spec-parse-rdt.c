/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "oci/spec-reader.h"

static const char where[] = "linux.intelRdt";

/* The name of a directory below resctrl's root that isn't resctrl's own; "/" is the root. */
static bool is_class(const char *s)
{
	static const char *const own[] = {".", "..", "info", "mon_groups", "mon_data"};

	if (streq(s, "/"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (streq(s, own[i]))
			return false;
	return strlen(s) <= NAME_MAX && !strchr(s, '/');
}

/* Lines, of which each names its resource. */
static int check_lines(struct spec_reader *r, const char *key, const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' && *c != '\n')
			return spec_invalid(r, where, key, "has control characters");
	return strchr(text, ':') ? 0 : spec_invalid(r, where, key, "invalid schema: '%s'", text);
}

int spec_parse_intel_rdt(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct oci_intel_rdt *rdt = &spec->intel_rdt;
	struct json_object *part;
	int n = json_get_object(o, "linux", "intelRdt", &part, r->err);

	if (n <= 0)
		return n;
	rdt->wanted = true;
	n = spec_text(r, part, where, "closID", SPEC_NO_CONTROL, &rdt->clos_id);
	if (n > 0 && !is_class(rdt->clos_id))
		return spec_invalid(r, where, "closID", "invalid class name: '%s'", rdt->clos_id);
	if (n < 0)
		return n;
	n = spec_texts(r, part, where, "schemata", SPEC_NONEMPTY | SPEC_NO_CONTROL, &rdt->schemata);
	if (n < 0)
		return n;
	n = spec_text(r, part, where, "l3CacheSchema", 0, &rdt->l3_cache_schema);
	if (n > 0)
		n = check_lines(r, "l3CacheSchema", rdt->l3_cache_schema);
	if (n < 0)
		return n;
	n = spec_text(r, part, where, "memBwSchema", SPEC_NO_CONTROL, &rdt->mem_bw_schema);
	if (n > 0 && !str_after(rdt->mem_bw_schema, "MB:"))
		return spec_invalid(r, where, "memBwSchema",
				    "'%s' does not begin with MB:", rdt->mem_bw_schema);
	if (n < 0)
		return n;
	return json_get_bool(part, where, "enableMonitoring", &rdt->enable_monitoring, r->err);
}
