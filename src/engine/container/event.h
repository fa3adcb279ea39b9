/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writing events to the store's log (storage/event-log.h). An event that cannot be written is a notice and never an
 * error: what it reports has happened. The command that changes something writes it once the change is made, and
 * the clean-up after a container's exit writes "died" (engine/control/remove.h).
 */

#include "engine/container/container.h"

/* Writes an event at the time of now. `event` needs no size. */
void event_write(const struct masu_engine *e, const struct masu_event *event);

/* The same for a container: type, id, name, image and labels are filled in. */
void event_container(const masu_container *c, const struct masu_event *event);

/* The same for a volume; `name` NULL: for all of them. */
void event_volume(const struct masu_engine *e, const char *action, const char *name);

/* DATA/events. NULL: out of memory. */
char *event_log_path(const struct masu_engine *e);
