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

#include "base/err.h"
#include "registry/url.h"
#include "unpack/unpack.h"

#define SETTINGS_TIMEOUT_S 30

struct settings {
	char **insecure;
	unsigned int timeout_s;
	uint64_t layer_size_max;
	bool tls_verify; /* false: every registry is insecure (--tls-verify=false) */
};
#define SETTINGS_INIT                                          \
	((struct settings){.timeout_s = SETTINGS_TIMEOUT_S,    \
			   .layer_size_max = UNPACK_BYTES_MAX, \
			   .tls_verify = true})

void settings_done(struct settings *s);
#define _cleanup_settings_ _cleanup_(settings_done)

/* Reads both files where they exist. EINVAL names the file and the line. */
int settings_load(struct settings *s, struct err *err);

/* Adds what a text of such lines says; `name` is for messages. */
int settings_parse(struct settings *s, const char *text, const char *name, struct err *err);

/* May this place be reached without TLS, or with a certificate that doesn't verify? */
bool settings_allow_insecure(const struct settings *s, const struct origin *o);

/* May it be spoken to in plain text? The same, and loopback. */
bool settings_allow_http(const struct settings *s, const struct origin *o);
