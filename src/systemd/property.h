/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Values of unit properties in GVariant's text format, as users give them to runc and crun in annotations:
 * true, 5, uint64 5, 'text', ['a', 'b'], @as []. A number without a type is an int32.
 */

#include <systemd/sd-bus.h>

#include "base/err.h"

/*
 * Appends "NAME=VALUE" as a structure of name and variant, "(sv)". Booleans, integers within the range of
 * their type, doubles, strings, and arrays of one of these. A name in seconds (RuntimeMaxSec) becomes the
 * manager's name in microseconds (RuntimeMaxUSec), and its number is multiplied accordingly.
 *
 * ERR_INVALID; ERR_UNSUPPORTED for tuples, dictionaries, variants and byte strings.
 */
int property_append(sd_bus_message *m, const char *property, struct masu_error *err);
