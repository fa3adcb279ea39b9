/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The facts about programs and policies, for masu_engine_info(). 0 or -ENOMEM. */

#include "engine/engine.h"
#include "engine/facts.h"

int info_programs(struct masu_engine *e, struct facts *f);
int info_policy(struct facts *f);
