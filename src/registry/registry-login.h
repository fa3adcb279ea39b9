/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Logging in to a registry, which registry.c does when a request is answered by 401. */

#include "registry/registry.h"

struct registry {
	struct registry_options options;
	struct origin origin;
	bool settled;		    /* it has answered once, so its scheme is known */
	char *authorization;	    /* the header for it, or NULL */
	enum address_class reached; /* the kind of its address */
};

/*
 * Logs in as the 401 answer to `request` demands, and sets `authorization`. ERR_DENIED if that is not
 * possible.
 */
int registry_login(struct registry *registry, const struct http_request *request,
		   struct masu_error *err);

/* Sets the error for a refusal: an answer with the status 401 or 403, whose reason is printed. Returns -errno. */
int registry_denied(const struct registry *registry, const char *what,
		    const struct http_request *request, struct masu_error *err);

/* Refuses addresses that are nearer than the registry's, unless the origin has its host. */
void registry_guard(const struct registry *registry, const struct origin *o,
		    struct http_request *request);
