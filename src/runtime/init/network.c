/* SPDX-License-Identifier: Apache-2.0 */

/* The network devices that the launcher moves here. They lose their addresses on the way. */

#include "net/devices.h"

#include <errno.h>
#include <string.h>

#include "base/channel.h"
#include "runtime/init/messages.h"

int init_take_devices(struct init *init, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	const struct oci_spec *spec = init->spec;
	_cleanup_free_ struct net_address *list = NULL;

	if (spec->n_net_devices == 0)
		return 0;
	int r = init_send(init, INIT_NEED_DEVICES, err);
	if (r < 0)
		return r;
	r = init_receive(init, INIT_DEVICES, "it moved the network devices", &m, err);
	if (r < 0)
		return r;
	list = malloc(m.size + 1); /* aligned, which the message is not */
	if (!list)
		return err_sys(err, ENOMEM, "linux.netDevices");
	memcpy(list, m.bytes, m.size);
	for (size_t i = 0; i < spec->n_net_devices; i++) {
		const char *inside = spec->net_devices[i].inside;
		char name[IFNAMSIZ];

		r = net_device_set_up(net_device_arrival(inside, i, name), inside, list,
				      m.size / sizeof(*list), err);
		if (r < 0)
			return r;
	}
	return 0;
}
