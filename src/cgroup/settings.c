/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/settings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void cgroup_settings_done(struct cgroup_settings *settings)
{
	for (size_t i = 0; i < settings->n; i++) {
		free(settings->item[i].file);
		free(settings->item[i].value);
	}
	free(settings->item);
	*settings = (struct cgroup_settings){0};
}

static struct cgroup_setting *next(struct cgroup_settings *s)
{
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 16;
		struct cgroup_setting *more = reallocarray(s->item, room, sizeof(*more));

		if (!more)
			return NULL;
		s->item = more;
		s->room = room;
	}
	return &s->item[s->n++];
}

void settings_add(struct cgroup_settings *s, struct cgroup_setting like, const char *file,
		  const char *format, ...)
{
	struct cgroup_setting *item = next(s);
	va_list args;

	if (!item) {
		s->failed = true;
		return;
	}
	*item = like;
	item->file = strdup(file);
	va_start(args, format);
	if (vasprintf(&item->value, format, args) < 0)
		item->value = NULL;
	va_end(args);
	s->failed |= !item->file || !item->value;
}

void settings_add_number(struct cgroup_settings *s, int controller, const char *file, int64_t value)
{
	struct cgroup_setting like = SETTING_V2(controller);

	like.flags = value < 0 ? SETTING_UNLIMITED : 0;
	if (value < 0)
		settings_add(s, like, file, "max");
	else
		settings_add(s, like, file, "%" PRId64, value);
}

unsigned cgroup_settings_controllers(const struct cgroup_settings *settings)
{
	unsigned set = 0;

	for (size_t i = 0; i < settings->n; i++) {
		const struct cgroup_setting *item = &settings->item[i];

		if (item->controller >= 0 && !(item->flags & SETTING_UNLIMITED))
			set |= 1u << item->controller;
	}
	return set;
}
