/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Changes of a health check that a caller asks for: they are checked, and applied to that of an image or a container. */

#include "engine/container/health.h"

/* The members are those of struct masu_create_options; zero leaves a setting as it is. */
struct health_change {
	char *const *test;
	int64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns;
	int retries;
	enum masu_health_action on_failure;
	bool has_on_failure; /* also for MASU_HEALTH_ACTION_NONE */
};

/* Is anything but the command set? */
bool health_change_has_settings(const struct health_change *c);

/* ERR_INVALID; ERR_CONFLICT for a restart of a container that is removed when it exits. */
int health_change_check(const struct health_change *c, bool auto_remove, struct masu_error *err);

/* 1 for a command, 0 for "NONE" and an empty list. ERR_INVALID. */
int health_test_check(char *const *test, struct masu_error *err);

/* Without a new command, the old one stays; the new one is not "NONE". Settings that both lack get their defaults. */
int health_change_apply(const struct health_change *c, struct record_health *h,
			struct masu_error *err);
