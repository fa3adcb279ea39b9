/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/log-tag.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#define TAG_MAX 256

/* The length of the template at `text`, 0 for no template, and its value. */
static size_t match_template(const char *text, const struct log_tag_values *v, char short_id[13],
			     const char **ret)
{
	const struct {
		const char *name, *value;
	} all[] = {
		{"{{.ID}}", short_id},
		{"{{.FullID}}", v->id},
		{"{{.Name}}", v->name},
		{"{{.ImageName}}", v->image},
	};

	(void)snprintf(short_id, 13, "%s", v->id);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (str_after(text, all[i].name)) {
			*ret = all[i].value;
			return strlen(all[i].name);
		}
	return 0;
}

int log_tag_expand(const char *text, const struct log_tag_values *v, char **ret)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char short_id[13];

	if (!*text || str_has_control(text) || strlen(text) > TAG_MAX)
		return -EINVAL;
	while (*text) {
		const char *value = text;
		size_t n = match_template(text, v, short_id, &value);

		if (n == 0 && str_after(text, "{{"))
			return -EINVAL;
		if (strbuf_addf(&b, "%.*s", n ? (int)strlen(value) : 1, value) < 0)
			return -ENOMEM;
		text += n ? n : 1;
	}
	*ret = strbuf_take(&b);
	return *ret ? 0 : -ENOMEM;
}

int log_tag_check(const char *tag, struct masu_error *err)
{
	const struct log_tag_values none = {"", "", ""};
	_cleanup_free_ char *expanded = NULL;
	int r = log_tag_expand(tag, &none, &expanded);

	if (r != -EINVAL)
		return r < 0 ? err_sys(err, r, "read the log tag") : 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid log tag: \"%s\"", tag);
	return err_hint(err,
			"supported: text with {{.ID}}, {{.FullID}}, {{.Name}} or {{.ImageName}}");
}
