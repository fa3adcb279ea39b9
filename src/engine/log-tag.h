/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The tag of a log (--log-opt tag=): text with the templates {{.ID}}, {{.FullID}}, {{.Name}} and {{.ImageName}}. */

#include "base/err.h"

struct log_tag_values {
	const char *id, *name, *image;
};

/* -EINVAL for an unknown template, or a tag that is empty, too long or has control characters. */
int log_tag_expand(const char *text, const struct log_tag_values *v, char **ret);

/* Checks the text and templates of a tag. ERR_INVALID. */
int log_tag_check(const char *tag, struct masu_error *err);
