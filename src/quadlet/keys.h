/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Keys of the section of a type, as a table: each is an option of masu, or is refused with the reason. */

#include "quadlet/draft.h"

enum quadlet_key_kind {
	KEY_CODE,    /* translated by a function of the type */
	KEY_REFUSED, /* `option` is the reason */
	KEY_VALUE,   /* one value: the last one */
	KEY_LIST,    /* an option for each value */
	KEY_WORDS,   /* an option for each word of each value */
	KEY_BOOL,    /* the option is given if the value is true */
	KEY_ONLY,    /* accepted with the value `option` alone, which is what masu does */
};

struct quadlet_key {
	const char *name;
	enum quadlet_key_kind kind;
	const char *option;
	/* -EINVAL for a value that masu would refuse. It is not called for values with specifiers or variables. */
	int (*check)(const char *value, struct masu_error *err);
	void (*add_all)(struct quadlet_draft *d); /* KEY_LIST: adds all values in place of that */
};

/* Translates the keys of the section by the table, which ends with a NULL name. Unknown ones become messages. */
void quadlet_translate_keys(struct quadlet_draft *d, const struct quadlet_key *table);

/* Calls check() of a value, unless systemd changes it, and reports its error. */
void quadlet_check_value(struct quadlet_draft *d, const struct quadlet_assignment *a,
			 const char *value, int (*check)(const char *, struct masu_error *));
