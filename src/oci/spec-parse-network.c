/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "oci/spec-reader.h"

/* As the kernel has it (dev_valid_name). */
static bool is_device_name(const char *s)
{
	return *s && strlen(s) < IFNAMSIZ && !streq(s, ".") && !streq(s, "..") &&
	       !s[strcspn(s, "/: \t\n\v\f\r%")];
}

/* With "%d" appended, for which the kernel puts the first number that is free. */
static bool is_template(const char *s)
{
	char stem[IFNAMSIZ];
	const char *end = strchr(s, '%');

	if (!end || !streq(end, "%d") || end - s >= IFNAMSIZ - 2)
		return false;
	(void)snprintf(stem, sizeof(stem), "%.*s", (int)(end - s), s);
	return is_device_name(stem);
}

static int parse_device(struct spec_reader *r, struct json_object *o, const char *name,
			struct oci_net_device *d)
{
	static const char where[] = "linux.netDevices";
	char place[SPEC_WHERE_MAX];
	const char *inside = NULL;

	(void)spec_place(place, where, name);
	if (json_object_get_type(o) != json_type_object)
		return spec_invalid(r, "", place, "must be an object");
	int n = json_get_string(o, place, "name", &inside, r->err);
	if (n < 0)
		return n;
	if (!inside || !*inside)
		inside = name;
	if (!is_device_name(name))
		return spec_invalid(r, where, name, "is not a valid device name");
	if (!is_device_name(inside) && !is_template(inside))
		return spec_invalid(r, place, "name", "invalid device name: '%s'", inside);
	d->name = strdup(name);
	d->inside = strdup(inside);
	if (d->name && d->inside)
		return 0;
	(void)spec_no_memory(r);
	return -ENOMEM;
}

static bool is_taken(const struct oci_net_device *list, size_t n, const char *inside)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].inside && streq(list[i].inside, inside) && !is_template(inside))
			return true;
	return false;
}

int spec_parse_net_devices(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *devices;
	int n = json_get_object(o, "linux", "netDevices", &devices, r->err);

	if (n <= 0 || json_object_object_length(devices) == 0)
		return n;
	spec->net_devices = calloc((size_t)json_object_object_length(devices),
				   sizeof(*spec->net_devices));
	if (!spec->net_devices)
		return spec_no_memory(r);
	json_object_object_foreach(devices, name, value) {
		struct oci_net_device *d = &spec->net_devices[spec->n_net_devices++];

		n = parse_device(r, value, name, d);
		if (n < 0)
			return n;
		if (is_taken(spec->net_devices, spec->n_net_devices - 1, d->inside))
			return spec_invalid(r, "linux", "netDevices", "two are to be '%s'",
					    d->inside);
	}
	return 0;
}
