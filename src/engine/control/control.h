/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/container/container.h"

/* masu_container_pause() without freeze_forget(): for the holder of a freeze (engine/container/freeze.h). */
int control_pause(masu_container *c, struct masu_error *err);
