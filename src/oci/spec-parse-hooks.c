/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/json.h"
#include "oci/spec-reader.h"

static int parse_hook(struct spec_reader *r, struct json_object *o, const char *where, void *slot)
{
	struct oci_hook *h = slot;
	int64_t timeout = 0;
	int n = spec_text(r, o, where, "path", SPEC_REQUIRED | SPEC_ABSOLUTE, &h->path);

	if (n < 0)
		return n;
	n = spec_texts(r, o, where, "args", 0, &h->args);
	if (n < 0)
		return n;
	n = spec_texts(r, o, where, "env", 0, &h->env);
	if (n < 0)
		return n;
	n = json_get_int64(o, where, "timeout", 1, INT32_MAX, &timeout, r->err);
	h->timeout = (unsigned int)timeout;
	return n;
}

int spec_parse_hooks(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *hooks;
	int n = json_get_object(o, "", "hooks", &hooks, r->err);

	if (n <= 0)
		return n;
	for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_MAX; kind++) {
		struct oci_hooks *to = &spec->hooks[kind];

		n = spec_array(r, hooks, "hooks", oci_hook_kind_name(kind),
			       SPEC_LIST(to->list, to->n, parse_hook));
		if (n < 0)
			return n;
	}
	return 0;
}
