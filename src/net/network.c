/* SPDX-License-Identifier: Apache-2.0 */
#include "net/network.h"

#include <assert.h>
#include <errno.h>

#include "base/str.h"

static const char *const names[] = {
	[NETWORK_SLIRP4NETNS] = "slirp4netns",
	[NETWORK_NONE] = "none",
	[NETWORK_HOST] = "host",
};
static_assert(ARRAY_SIZE(names) == NETWORK_MODE_MAX, "a network mode has no name");

void network_done(struct network *network)
{
	slirp_options_done(&network->slirp);
}

const char *network_mode_name(enum network_mode mode)
{
	return names[mode];
}

static int unknown(const char *text, size_t length, struct err *err)
{
	static const char *const elsewhere[] = {"pasta", "bridge", "private", "container", "ns"};

	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (strlen(elsewhere[i]) == length && strncmp(text, elsewhere[i], length) == 0) {
			(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP, "masu has no network '%s' yet",
				      elsewhere[i]);
			return err_hint(err, "there are slirp4netns, none and host");
		}
	(void)err_set(err, ERR_INVALID, EINVAL, "there is no network '%s'", text);
	return err_hint(err, "there are slirp4netns, none and host");
}

int network_parse(const char *text, struct network *ret, struct err *err)
{
	struct network network = NETWORK_INIT;

	if (!text || !*text || streq(text, "default"))
		text = names[NETWORK_SLIRP4NETNS];
	size_t length = strcspn(text, ":");
	size_t mode = 0;
	while (mode < NETWORK_MODE_MAX &&
	       (strlen(names[mode]) != length || strncmp(text, names[mode], length) != 0))
		mode++;
	if (mode == NETWORK_MODE_MAX)
		return unknown(text, length, err);
	network.mode = (enum network_mode)mode;
	if (text[length] && network.mode != NETWORK_SLIRP4NETNS)
		return err_set(err, ERR_INVALID, EINVAL, "the network '%s' takes no options",
			       names[mode]);
	if (text[length]) {
		int r = slirp_options_parse(text + length + 1, &network.slirp, err);
		if (r < 0)
			return r;
	}
	*ret = network;
	return 0;
}
