/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of masu-image. */

#include <stdbool.h>
#include <unistd.h>

#include "base/err.h"
#include "registry/settings.h"

struct command {
	const char *argument; /* the image, or NULL */
	const char *platform, *authfile;
	int result_fd;
	bool quiet, all;
	struct settings settings; /* tls_verify is an option's */
};
#define COMMAND_INIT ((struct command){.result_fd = STDOUT_FILENO, .settings = SETTINGS_INIT})

void command_done(struct command *c);

int command_pull(struct command *c, struct err *err);
int command_unpack(struct command *c, struct err *err);
int command_gc(struct command *c, struct err *err);
