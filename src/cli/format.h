/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --format: "json", "table", "TEMPLATE" or "table TEMPLATE" (template.h). NULL: the command's own form. */

#include <stdbool.h>

#include "base/err.h"

struct json_object;
struct strbuf;

/* EINVAL for anything else. Only commands that print a list have tables. */
int format_check(const char *format, bool table, struct masu_error *err);

bool format_is_json(const char *format);

/* The text of a template, with "\t" and "\n" for tabs and lines, for the caller to free; NULL: not a template, or no memory. */
char *format_template(const char *format, bool *ret_table);

/* Prints one value as a line, by the text of a template, or by a format that has one. */
int format_line(const char *template, struct json_object *value, struct masu_error *err);
int format_print(const char *format, struct json_object *value, struct masu_error *err);

/* Prints a document as JSON, or by a template. NULL is ENOMEM. */
int format_document(const char *format, struct json_object *doc, struct masu_error *err);
