/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What registry.c (transfers) and registry-login.c (tokens) share. */

#include "registry/registry.h"

struct registry {
	struct http *http;
	const struct settings *settings;
	const struct reference *reference;
	int orders;
	struct origin origin;
	bool settled;		    /* has it answered, so that its scheme is known? */
	char *authorization;	    /* what it wants to see, or NULL */
	enum address_class reached; /* the kind of address it has */
};

/*
 * Logs in as the answer to `request`, a 401, asks for, and sets `authorization`. ERR_DENIED when
 * that isn't possible.
 */
int registry_login(struct registry *registry, const struct http_request *request, struct err *err);

/* The registry refuses; `status` is 401 or 403. Returns -errno. */
int registry_denied(const struct registry *registry, const char *what, int status, struct err *err);
