/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of masu-image. */

#include <stdbool.h>

#include "base/err.h"
#include "registry/settings.h"

struct image_options {
	const char *argument; /* the image, or NULL */
	const char *platform, *authfile;
	int report; /* the socket of image/report.h, or -1: by hand */
	bool quiet; /* report no progress, and nothing about the host */
	bool all;
	struct registry_settings settings; /* tls_verify is an option's */
};
#define IMAGE_OPTIONS_INIT \
	((struct image_options){.report = -1, .settings = REGISTRY_SETTINGS_INIT})

void image_options_done(struct image_options *o);

int command_pull(struct image_options *o, struct masu_error *err);
int command_unpack(struct image_options *o, struct masu_error *err);
int command_gc(struct image_options *o, struct masu_error *err);
