/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Changes of a health check that a caller asks for: they are checked, and applied to that of an image or a container. */

#include "engine/container/health.h"

/* Is anything but the command set? */
bool health_change_has_settings(const struct masu_health_options *c);

/* ERR_INVALID; ERR_CONFLICT for a restart of a container that is removed when it exits. */
int health_change_check(const struct masu_health_options *c, bool auto_remove,
			struct masu_error *err);

/* 1 for a command, 0 for "NONE" and an empty list. ERR_INVALID. */
int health_test_check(char *const *test, struct masu_error *err);

/* Without a new command, the old one stays; the new one is not "NONE". Settings that both lack get their defaults. */
int health_change_apply(const struct masu_health_options *c, struct record_health *h,
			struct masu_error *err);
