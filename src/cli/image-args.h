/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Options about the image of a new container, and about a pull. */

#include "base/err.h"
#include "masu.h"

/* Parsers of options (cli/options.h): of an enum masu_pull_policy, an enum masu_tls, and an enum masu_image_volumes. */
int image_args_pull(const char *text, void *field, struct masu_error *err);
int image_args_tls(const char *text, void *field, struct masu_error *err);
int image_args_volumes(const char *text, void *field, struct masu_error *err);

/* The options --platform, or --arch with --os and --variant. */
struct platform_args {
	const char *platform, *arch, *os, *variant;
};

/* Rows for a struct `type` with a member `platform` of this type. */
#define PLATFORM_ROWS(type)                                                                  \
	OPTION_ROW(OPTION_STRING, type, platform.arch, 0, "arch", "ARCH",                    \
		   "Use the image for this architecture, like arm64"),                       \
		OPTION_ROW(OPTION_STRING, type, platform.os, 0, "os", "OS",                  \
			   "Use the image for this operating system; with --arch"),          \
		OPTION_ROW(OPTION_STRING, type, platform.platform, 0, "platform", "OS/ARCH", \
			   "Use the image for this platform"),                               \
		OPTION_ROW(OPTION_STRING, type, platform.variant, 0, "variant", "VARIANT",   \
			   "Use the image for this variant of the architecture; with --arch")

/* Writes OS/ARCH[/VARIANT], or NULL without any of them. ERR_INVALID for a wrong combination. */
int platform_args_join(const struct platform_args *args, char **ret, struct masu_error *err);
