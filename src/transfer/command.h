/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of masu-image. */

#include <stdbool.h>

#include "base/err.h"
#include "registry/settings.h"

struct command {
	const char *argument; /* the image, or NULL */
	const char *platform, *authfile;
	int report; /* the socket of image/report.h, or -1: by hand */
	bool quiet; /* report no progress, and nothing about the host */
	bool all;
	struct settings settings; /* tls_verify is an option's */
};
#define COMMAND_INIT ((struct command){.report = -1, .settings = SETTINGS_INIT})

void command_done(struct command *c);

int command_pull(struct command *c, struct err *err);
int command_unpack(struct command *c, struct err *err);
int command_gc(struct command *c, struct err *err);
