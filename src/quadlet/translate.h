/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From quadlet files to units of systemd. */

#include "quadlet/unit.h"

struct quadlet_result {
	char *text;   /* of the unit */
	char **links; /* pairs: see quadlet/install.h */
	char **units; /* further units, pairs of a name and a text */
};
void quadlet_result_done(struct quadlet_result *r);
#define _cleanup_quadlet_result_ _cleanup_(quadlet_result_done)

/*
 * Translates a unit of a set whose names were given. If it has messages, the unit fails when it is started and prints them.
 * 0 or -ENOMEM.
 */
int quadlet_translate(struct quadlet_set *s, struct quadlet_unit *u, struct quadlet_result *ret);
