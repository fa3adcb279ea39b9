/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/exposed.h"

#include <errno.h>
#include <stdio.h>

#include "base/strv.h"
#include "engine/container/container.h"
#include "engine/options.h"

static bool has_one(char *const *texts, const struct port_mapping *wanted)
{
	struct port_mapping m;

	STRV_FOREACH(text, texts)
		if (port_mapping_parse(*text, &m, NULL) == 0 && port_mapping_overlaps(&m, wanted))
			return true;
	return false;
}

bool exposed_publishes(const struct record *record, const struct port_mapping *m)
{
	return has_one(record->publish, m);
}

bool exposed_has(const struct record *record, const struct port_mapping *m)
{
	return has_one(record->expose, m) || has_one(record->publish, m);
}

static void put_key(struct json_build *b, struct json_object *o, const char *key, bool null)
{
	if (json_object_object_get_ex(o, key, NULL))
		return;
	if (!null)
		(void)build_object(b, o, key);
	else
		b->failed |= json_object_object_add(o, key, NULL) < 0;
}

/* A reader takes a limited number of objects (base/json.h), which all ports of tcp and udp would exceed. */
static void put_texts(struct json_build *b, struct json_object *o, char *const *texts, bool null)
{
	struct port_mapping m;
	char key[24];

	STRV_FOREACH(text, texts) {
		if (port_mapping_parse(*text, &m, NULL) < 0)
			continue;
		const char *protocol = m.udp ? "udp" : "tcp";
		if (m.container_last - m.container_first >= EXPOSED_SINGLE_MAX) {
			(void)snprintf(key, sizeof(key), "%u-%u/%s", m.container_first,
				       m.container_last, protocol);
			put_key(b, o, key, null);
			continue;
		}
		for (uint32_t n = m.container_first; n <= m.container_last; n++) {
			(void)snprintf(key, sizeof(key), "%u/%s", n, protocol);
			put_key(b, o, key, null);
		}
	}
}

void exposed_put(struct json_build *b, struct json_object *o, const struct record *record,
		 bool null)
{
	if (!o)
		return;
	put_texts(b, o, record->expose, null);
	put_texts(b, o, record->publish, null);
}

int masu_container_exposed(const masu_container *c, size_t index, struct masu_exposed_ports *ports)
{
	size_t n = strv_length(c->record.expose);
	bool published = index >= n;
	struct port_mapping m;

	if (published && index - n >= strv_length(c->record.publish))
		return -ENOENT;
	const char *text = published ? c->record.publish[index - n] : c->record.expose[index];
	int r = port_mapping_parse(text, &m, NULL);
	if (r < 0)
		return r;
	const struct masu_exposed_ports own = {
		.first = m.container_first,
		.last = m.container_last,
		.udp = m.udp,
		.published = published,
	};
	options_give(ports, &own, sizeof(own));
	return 0;
}
