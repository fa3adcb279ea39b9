/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Documents of the specification, as texts: read, refused, and written again. */

#include <string.h>

#include "base/json.h"
#include "oci/spec.h"
#include "unit.h"

#define HEAD		 "{\"ociVersion\":\"1.3.0\","
#define PROCESS(members) HEAD "\"process\":{\"cwd\":\"/\"," members "}}"
#define LINUX(members)	 HEAD "\"linux\":{" members "}}"

static inline struct json_object *json(const char *text)
{
	struct json_object *o = NULL;

	assert_int_equal(json_parse(text, strlen(text), "test", &o, NULL), 0);
	return o;
}

static inline struct oci_spec *parse(const char *text)
{
	_cleanup_json_ struct json_object *o = json(text);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct oci_spec *spec = NULL;

	if (oci_spec_parse(o, &spec, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return spec;
}

/* The document must be refused with a message that names `place`. */
static inline void refuse(const char *text, const char *place)
{
	_cleanup_json_ struct json_object *o = json(text);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct oci_spec *spec = NULL;

	if (oci_spec_parse(o, &spec, &err) >= 0)
		fail_msg("taken: %s", text);
	assert_null(spec);
	if (!strstr(err.message, place))
		fail_msg("'%s' doesn't name %s", err.message, place);
}

static inline char *text_of(const struct oci_spec *spec)
{
	_cleanup_json_ struct json_object *o = NULL;

	assert_int_equal(oci_spec_to_json(spec, &o, NULL), 0);
	return strdup(json_text(o, false));
}

static inline void assert_round_trip(const struct oci_spec *spec)
{
	_cleanup_free_ char *first = text_of(spec);
	_cleanup_oci_spec_ struct oci_spec *again = parse(first);
	_cleanup_free_ char *second = text_of(again);

	assert_string_equal(first, second);
}
