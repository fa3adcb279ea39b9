/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/engine.h"
#include "engine/facts.h"

/* Adds the values of masu.conf(5) that are in force, each with its place, or the mistake in a settings file. */
void host_settings(struct masu_engine *e, struct facts *f);
