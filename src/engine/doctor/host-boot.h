/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/doctor/facts.h"
#include "engine/engine.h"

/* Adds whether the containers whose restart policy says so start at boot: masu-restart.service(8). */
void host_boot(struct masu_engine *e, struct facts *f);
