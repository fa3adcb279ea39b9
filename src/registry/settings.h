/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the user says about registries, in /etc/masu/registries.conf and
 * ~/.config/masu/registries.conf (the second adds to the first), lines of `key = value`, `#` comments:
 *
 *	insecure = HOST[:PORT]	may be spoken to by http, and by https without a valid certificate
 *	timeout = SECONDS	give up on a server that sends nothing for so long; 30 when not given
 *	max-layer-size = SIZE	refuse a layer that unpacks to more; 1t when not given
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "registry/url.h"

#define REGISTRY_TIMEOUT_S 30

struct registry_settings {
	char **insecure;
	unsigned int timeout_s;
	uint64_t layer_size_max; /* bytes; 0: no setting */
	bool tls_verify;	 /* false: every registry is insecure (--tls-verify=false) */
};
#define REGISTRY_SETTINGS_INIT \
	((struct registry_settings){.timeout_s = REGISTRY_TIMEOUT_S, .tls_verify = true})

void registry_settings_done(struct registry_settings *s);
#define _cleanup_registry_settings_ _cleanup_(registry_settings_done)

/* Reads both files where they exist. EINVAL names the file and the line. */
int registry_settings_load(struct registry_settings *s, struct masu_error *err);

/* Adds what a text of such lines says; `name` is for messages. */
int registry_settings_parse(struct registry_settings *s, const char *text, const char *name,
			    struct masu_error *err);

/* May this place be reached without TLS, or with a certificate that doesn't verify? */
bool registry_settings_allow_insecure(const struct registry_settings *s, const struct origin *o);

/* May it be spoken to in plain text? The same, and loopback. */
bool registry_settings_allow_http(const struct registry_settings *s, const struct origin *o);
