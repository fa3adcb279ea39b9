/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/driver.h"

#include <string.h>

#include "base/cleanup.h"

const struct log_driver log_none = {.name = "none"};
const struct log_driver log_passthrough = {.name = "passthrough", .passes = true};

/* The first is the default. */
static const struct log_driver *const drivers[] = {
	&log_k8s_file, &log_json_file, &log_journald, &log_none, &log_passthrough,
};

const struct log_driver *log_driver_find(const char *name)
{
	if (!name)
		return drivers[0];
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (strcmp(drivers[i]->name, name) == 0)
			return drivers[i];
	return NULL;
}
