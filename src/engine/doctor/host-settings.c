/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/doctor/host-settings.h"

#include "base/str.h"
#include "base/strv.h"

#define SECTION "settings"

static void add_files(const struct conf *c, struct facts *f)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_free_ char *value = NULL;

	STRV_FOREACH(file, c->files)
		(void)strbuf_addf(&b, "%s%s", b.length ? ", " : "", *file);
	if (!c->files)
		(void)strbuf_addf(&b, "none");
	value = strbuf_take(&b);
	facts_add(f, SECTION, "files", value);
}

static void add_setting(const struct conf_key *k, const struct conf_setting *s, struct facts *f)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_free_ char *value = NULL;

	STRV_FOREACH(each, s->values)
		(void)strbuf_addf(&b, "%s%s", b.length ? " " : "", *each);
	(void)strbuf_addf(&b, "%s (%s)", s->values ? "" : k->standard,
			  s->values ? s->source : "default");
	value = strbuf_take(&b);
	facts_add(f, SECTION, k->full_name, value);
}

void host_settings(struct masu_engine *e, struct facts *f)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (engine_load_conf(e, &err) < 0) {
		facts_add(f, SECTION, "files", "cannot be used");
		facts_problem(f, "settings", MASU_SEVERITY_ERROR, err.message, NULL);
		return;
	}
	add_files(&e->conf, f);
	for (size_t i = 0; i < CONF_KEYS_MAX; i++)
		add_setting(&conf_keys[i], &e->conf.settings[i], f);
}
