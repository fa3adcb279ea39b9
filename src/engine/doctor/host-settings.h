/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/doctor/facts.h"
#include "engine/engine.h"

/* Adds the values of masu.conf(5) that are in force, each with its place, or the mistake in a settings file. */
void host_settings(struct masu_engine *e, struct facts *f);
