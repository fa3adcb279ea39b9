/* SPDX-License-Identifier: Apache-2.0 */

/* The facts about this host as the library returns them: all, or the problems alone. */

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/inspect.h"
#include "engine/doctor/host-facts.h"
#include "engine/findings.h"

/* {"cgroup": {"version": {"value": "v2"}}} */
static void build_facts(struct json_build *b, struct json_object *doc, const struct facts *f)
{
	build_text(b, doc, "version", MASU_VERSION);
	for (size_t i = 0; doc && i < f->n; i++) {
		const struct fact *fact = &f->item[i];
		_cleanup_free_ char *remedy = NULL;
		struct json_object *section, *o;

		if (!json_object_object_get_ex(doc, fact->section, &section))
			section = build_object(b, doc, fact->section);
		o = build_object(b, section, fact->name);
		build_text(b, o, "value", fact->value);
		if (!fact->id)
			continue;
		remedy = str_printf("%s%s%s", fact->message, fact->fix ? ": " : "",
				    str_or_empty(fact->fix));
		b->failed |= !remedy;
		build_text(b, o, "remedy", remedy);
	}
}

int masu_engine_info(masu_engine *e, char **ret_json, masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	_cleanup_facts_ struct facts f = {0};
	struct json_build b = {0};

	host_facts(e, &f);
	b.failed = f.failed;
	if (!b.failed)
		build_facts(&b, doc, &f);
	return inspect_finish(&b, doc, ret_json, err);
}

int masu_engine_doctor(masu_engine *e, masu_finding_list **ret, masu_error *err)
{
	_cleanup_masu_finding_list_ masu_finding_list *list = findings_new();
	_cleanup_facts_ struct facts f = {0};

	host_facts(e, &f);
	if (f.failed || !list)
		return err_oom(err);
	for (size_t i = 0; i < f.n; i++)
		if (f.item[i].id)
			facts_report(&f.item[i], list);
	return findings_finish(&list, ret, err);
}
