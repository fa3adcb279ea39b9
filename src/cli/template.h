/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The templates of --format: the part of Go's text/template that people use (https://pkg.go.dev/text/template), over
 * a JSON value.
 *
 *	{{.State.Status}}  {{$}}  {{"text"}}  {{`raw`}}  {{42}}  {{true}}  {{nil}}  {{(index .Mounts 0).Source}}
 *	{{A | B}}  {{$name := A}}  {{- A -}}  {{/ * comment * /}}
 *	{{if A}} {{else if B}} {{else}} {{end}}  {{with A}}  {{range A}}  {{range $i, $v := A}}
 *
 * Functions: and, eq, ge, gt, index, join, json, le, len, lower, lt, ne, not, or, pad, print, printf, println, split,
 * title, truncate, upper. `.Label "key"` is the label of that name, as docker has it.
 *
 * A field that does not exist is an error, except in a map, where it is printed as "<no value>", like null. A field
 * is also found if only its case differs: {{.ID}} is "Id".
 */

#include "base/err.h"

struct json_object;
struct strbuf;

/* Checks the syntax. EINVAL: an error of the template, with its place. */
int template_check(const char *text, struct masu_error *err);

/* Appends the text of the template with the value as its dot. EINVAL also for an unknown field or an argument of a wrong type. */
int template_render(const char *text, struct json_object *value, struct strbuf *out,
		    struct masu_error *err);
