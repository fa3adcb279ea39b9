/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The network namespace that the launcher made meanwhile, and the network devices that it moves here,
 * which lose their addresses on the way.
 */

#include "net/devices.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/channel.h"
#include "base/fd.h"
#include "runtime/init/init.h"

int init_enter_network(struct init *init, struct err *err)
{
	if (init->in_network)
		return 0;
	if (init->network_fd < 0) {
		int r = init_wait_for(init, INIT_NETWORK, "the network namespace was made", err);
		if (r < 0)
			return r;
	}
	if (setns(init->network_fd, CLONE_NEWNET) < 0)
		return err_sys(err, errno, "enter the network namespace");
	fd_close(&init->network_fd);
	init->in_network = true;
	return 0;
}

int init_net_devices(struct init *init, struct err *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	const struct oci_spec *spec = init->spec;
	_cleanup_free_ struct net_address *list = NULL;

	if (spec->n_net_devices == 0)
		return 0;
	int r = channel_send(init->channel, INIT_NEED_DEVICES, NULL, 0, -1);
	if (r < 0)
		return err_sys(err, r, "talk to the launcher");
	r = init_receive(init, INIT_DEVICES, "it moved the network devices", &m, err);
	if (r < 0)
		return r;
	list = malloc(m.size + 1); /* aligned, which the message is not */
	if (!list)
		return err_sys(err, ENOMEM, "linux.netDevices");
	memcpy(list, m.bytes, m.size);
	for (size_t i = 0; r == 0 && i < spec->n_net_devices; i++) {
		const char *inside = spec->net_devices[i].inside;
		char name[IFNAMSIZ];

		r = net_device_set_up(net_device_arrival(inside, i, name), inside, list,
				      m.size / sizeof(*list), err);
	}
	return r;
}
