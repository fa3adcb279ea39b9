/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The reports of the probe are JSON, written piece by piece: a member takes a comma before it unless a
 * bracket was opened last. A key of NULL is for an element of an array.
 */

#include <stdio.h>

struct json {
	FILE *out;
	int members; /* of the bracket that is open */
};

void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_text(struct json *j, const char *key, const char *text);
void json_number(struct json *j, const char *key, long long number);
void json_unsigned(struct json *j, const char *key, unsigned long long number);
void json_errno(struct json *j, int error); /* its name, "" for none, as member "errno" */

/* The text of a file, as far as it goes, or the target of a link; nothing when it can't be had. */
void json_file(struct json *j, const char *key, const char *path);
void json_link(struct json *j, const char *key, const char *path);

/* All that the process can learn about itself, as members. */
void probe_report(struct json *j, char *const *arguments);
