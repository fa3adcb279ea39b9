/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The user's settings for registries, in /etc/masu/registries.conf and ~/.config/masu/registries.conf, which adds to the
 * first. Lines are `key = value`, and `#` begins a comment:
 *
 *	insecure = HOST[:PORT]	allow http, and https without a valid certificate
 *	timeout = SECONDS	the limit for a server that sends nothing; default 30
 *	max-layer-size = SIZE	the limit for an unpacked layer; default 1t
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "registry/rules.h"
#include "registry/url.h"

#define REGISTRY_TIMEOUT_S 30
#define REGISTRY_RETRIES   3

struct registry_settings {
	char **insecure;
	unsigned int timeout_s;
	unsigned int retries;	     /* of a request, without progress in between */
	unsigned int retry_delay_ms; /* 0: 500, doubled with each one */
	uint64_t layer_size_max;     /* bytes; 0: no setting */
	struct registry_rules rules; /* of podman's registries.conf */
	const char *insecure_place;  /* borrowed: one more, HOST[:PORT]; or NULL */
	bool tls_verify;	     /* false: every registry is insecure (--tls-verify=false) */
};
#define REGISTRY_SETTINGS_INIT       \
	((struct registry_settings){ \
		.timeout_s = REGISTRY_TIMEOUT_S, .retries = REGISTRY_RETRIES, .tls_verify = true})

void registry_settings_done(struct registry_settings *s);
#define _cleanup_registry_settings_ _cleanup_(registry_settings_done)

/* Reads both files if they exist, and those of podman. EINVAL names the file and the line. */
int registry_settings_load(struct registry_settings *s, struct masu_error *err);

/* Adds the settings of a text; `name` is for messages. */
int registry_settings_parse(struct registry_settings *s, const char *text, const char *name,
			    struct masu_error *err);

/* The time to wait before a request is repeated, which has failed `failures` times, 1 or more. */
int64_t registry_settings_delay_ms(const struct registry_settings *s, unsigned int failures);

/* Returns whether the host may be reached without TLS, or with an invalid certificate. */
bool registry_settings_allow_insecure(const struct registry_settings *s, const struct origin *o);

/* Returns whether the host may be reached by plain http: the same, and loopback. */
bool registry_settings_allow_http(const struct registry_settings *s, const struct origin *o);
