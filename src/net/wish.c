/* SPDX-License-Identifier: Apache-2.0 */
#include "net/wish.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"

static int check_wish(const struct net_wish *wish, struct masu_error *err)
{
	const struct {
		const char *option, *value;
		int family;
	} all[] = {{"--ip", wish->ip, AF_INET}, {"--ip6", wish->ip6, AF_INET6}};
	char mac[NET_MAC_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct in6_addr address;

		if (all[i].value && inet_pton(all[i].family, all[i].value, &address) != 1)
			return err_set(err, ERR_INVALID, EINVAL, "invalid address of %s: \"%s\"",
				       all[i].option, all[i].value);
	}
	if (!wish->mac || net_mac_parse(wish->mac, mac) == 0)
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid MAC address: \"%s\"", wish->mac);
	return err_hint(err, "write the address of one device, like 02:00:00:00:00:01");
}

static int cannot_wish(const struct net_backend *b, const char *option, struct masu_error *err)
{
	(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP, "the network \"%s\" does not support %s",
		      b->name, option);
	return !b->start      ? err_hint(err, "only a network of its own has such an address")
	       : b->ip_option ? err_hint(err, "supported: --ip, --ip6, --mac-address")
			      : err_hint(err,
					 "use --network pasta, or %s:cidr=NETWORK, in which "
					 "the container's address ends in .100",
					 b->name);
}

int net_wish_add(const char *text, const struct net_wish *wish, char **ret, struct masu_error *err)
{
	_cleanup_(network_done) struct network network = NETWORK_INIT;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	*ret = NULL;
	if (!wish->ip && !wish->ip6 && !wish->mac)
		return 0;
	int r = check_wish(wish, err);
	if (r == 0)
		r = network_parse(text, &network, err);
	if (r < 0)
		return r;
	const struct net_backend *backend = network.backend;
	const struct {
		const char *name, *value, *option;
	} all[] = {{"--ip", wish->ip, backend->ip_option},
		   {"--ip6", wish->ip6, backend->ip6_option},
		   {"--mac-address", wish->mac, backend->mac_option}};
	(void)strbuf_addf(&b, "%s", network_is_default(text) ? backend->name : text);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!all[i].value)
			continue;
		if (!all[i].option)
			return cannot_wish(backend, all[i].name, err);
		(void)strbuf_addf(&b, "%c%s%s", b.text && strchr(b.text, ':') ? ',' : ':',
				  all[i].option, all[i].value);
	}
	*ret = strbuf_take(&b);
	return *ret ? 0 : err_oom(err);
}
