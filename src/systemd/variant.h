/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Values of properties in the text form of GVariant (developer.gnome.org, "GVariant Text Format"), as
 * people give them to runc and crun: true, 5, uint64 5, 'text', ['a', 'b'], @as [].
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "systemd/dbus.h"

struct variant_item {
	uint64_t number; /* of b, y, n, q, i, u, x, t; the bits of a d */
	char *text;	 /* of s, o, g */
};

struct variant {
	char signature[3]; /* "t", "as" */
	struct variant_item *items;
	size_t n; /* 1 unless it is an array */
};
void variant_done(struct variant *v);

/*
 * Parses the whole text: booleans, integers of each type (int32 when none is said) within their range,
 * doubles, strings, and arrays of one of these. ERR_INVALID, ERR_UNSUPPORTED for tuples, dictionaries
 * and what else GVariant has.
 */
int variant_parse(const char *text, struct variant *ret, struct err *err);

/* Appends it as a VARIANT: signature and value. */
void variant_put(struct dbus_body *b, const struct variant *v);

/* Properties of a unit: their names, and their values. */
struct unit_property {
	char *name;
	struct variant value;
};
struct unit_properties {
	struct unit_property *item;
	size_t n;
};
void unit_properties_done(struct unit_properties *p);

/*
 * Adds one. A name in seconds (RuntimeMaxSec) is that of the manager in microseconds (RuntimeMaxUSec),
 * and its number is multiplied accordingly. ERR_INVALID names the property.
 */
int unit_properties_add(struct unit_properties *p, const char *name, const char *text,
			struct err *err);
