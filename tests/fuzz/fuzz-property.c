/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a property, from an annotation: an accepted one leaves a message that can be read back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "systemd/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A bus that nobody answers: enough to compose messages. */
static sd_bus *open_bus(void)
{
	static sd_bus *bus;
	int pair[2];

	if (!bus &&
	    (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || sd_bus_new(&bus) < 0 ||
	     sd_bus_set_fd(bus, pair[0], pair[0]) < 0 || sd_bus_start(bus) < 0))
		abort();
	return bus;
}

static void check(const char *name, const char *text)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	_cleanup_free_ char *property = NULL;

	if (asprintf(&property, "%s=%s", name, text) < 0 ||
	    sd_bus_message_new_method_call(open_bus(), &m, "a.b", "/", "a.b", "C") < 0)
		abort();
	if (property_append(m, property, NULL) == 0 &&
	    (sd_bus_message_seal(m, 1, 0) < 0 || sd_bus_message_skip(m, "(sv)") <= 0 ||
	     sd_bus_message_at_end(m, 1) <= 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)bytes, size);

	if (!text)
		return 0;
	check("RuntimeMaxSec", text);
	check("CPUWeight", text);
	return 0;
}
