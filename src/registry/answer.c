/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/answer.h"

#include <errno.h>

#include "base/json.h"

#define CODE_MAX    60
#define MESSAGE_MAX 200

static int read_reason(struct json_object *doc, const char **ret_code, const char **ret_message)
{
	struct json_object *errors = NULL, *first;

	if (!json_object_is_type(doc, json_type_object) ||
	    json_get_array(doc, "", "errors", &errors, NULL) <= 0)
		return -EBADMSG;
	first = json_object_array_get_idx(errors, 0);
	if (!first || !json_object_is_type(first, json_type_object) ||
	    json_get_string(first, "", "code", ret_code, NULL) < 0 ||
	    json_get_string(first, "", "message", ret_message, NULL) < 0)
		return -EBADMSG;
	return *ret_code || *ret_message ? 0 : -EBADMSG;
}

char *answer_reason(const struct strbuf *body)
{
	_cleanup_json_ struct json_object *doc = NULL;
	const char *code = NULL, *message = NULL;

	if (!body->length || json_parse(body->text, body->length, "error", &doc, NULL) < 0 ||
	    read_reason(doc, &code, &message) < 0)
		return NULL;
	char *reason = str_printf("%.*s%s%.*s", CODE_MAX, str_or_empty(code),
				  code && message ? ": " : "", MESSAGE_MAX, str_or_empty(message));
	if (reason)
		str_disarm(reason, false);
	return reason;
}

int answer_range(const char *range, uint64_t *ret)
{
	const char *s = range ? str_after(range, "bytes=") : NULL;
	uint64_t last;

	s = range ? str_after(s ? s : range, "0-") : NULL;
	if (!s || str_to_uint64(s, INT64_MAX - 1, &last) < 0)
		return -EBADMSG;
	*ret = last ? last + 1 : 0;
	return 0;
}
