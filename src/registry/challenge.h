/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The WWW-Authenticate header of a registry (RFC 9110, 11.6.1), as far as registries use it. */

#include "base/err.h"

enum challenge_scheme { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER, CHALLENGE_SCHEME_MAX };

struct challenge {
	enum challenge_scheme scheme;
	char *realm, *service, *scope, *error; /* NULL if missing */
};

void challenge_done(struct challenge *c);
#define _cleanup_challenge_ _cleanup_(challenge_done)

/*
 * Reads one header value, which may contain several challenges, and returns the best of them: Bearer before Basic;
 * CHALLENGE_NONE if it has neither. EBADMSG if it is malformed, repeats a parameter, or has a Bearer without a realm.
 */
int challenge_parse(const char *header, struct challenge *ret, struct masu_error *err);
