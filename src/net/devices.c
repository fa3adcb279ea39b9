/* SPDX-License-Identifier: Apache-2.0 */
#include "net/devices.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/str.h"

struct request {
	struct nlmsghdr header;
	char rest[256];
};

static size_t family_size(uint8_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

/* The body is zeroed; returns it. */
static void *request_begin(struct request *r, uint16_t type, uint16_t flags, size_t body)
{
	*r = (struct request){
		.header = {.nlmsg_len = NLMSG_LENGTH(body),
			   .nlmsg_type = type,
			   .nlmsg_flags = NLM_F_REQUEST | flags},
	};
	return NLMSG_DATA(&r->header);
}

static void request_add(struct request *r, uint16_t type, const void *bytes, size_t size)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->header.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(size);
	memcpy(RTA_DATA(a), bytes, size);
	r->header.nlmsg_len = NLMSG_ALIGN(r->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static int open_netlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? -errno : fd;
}

static int send_request(int fd, const struct request *r)
{
	return send(fd, r, r->header.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* The kernel's answer to one request. 0 or -errno. */
static int do_request(int fd, struct request *r)
{
	_Alignas(struct nlmsghdr) char answer[4096];
	const struct nlmsghdr *h = (const void *)answer;

	r->header.nlmsg_flags |= NLM_F_ACK;
	int code = send_request(fd, r);
	if (code < 0)
		return code;
	ssize_t n = recv(fd, answer, sizeof(answer), 0);
	if (n < 0)
		return -errno;
	if (!NLMSG_OK(h, (size_t)n) || h->nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
}

static int append(struct net_address **list, size_t *n, const struct net_address *a)
{
	struct net_address *own = array_add(list, n, sizeof(*own));

	if (!own)
		return -ENOMEM;
	*own = *a;
	return 0;
}

/* 1 and *ret for one that is to be kept. */
static int read_address(const struct nlmsghdr *h, int index, struct net_address *ret)
{
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	size_t size = family_size(m->ifa_family);
	int left = (int)IFA_PAYLOAD(h);
	bool local = false;

	if ((int)m->ifa_index != index || m->ifa_scope != RT_SCOPE_UNIVERSE || !size)
		return 0;
	*ret = (struct net_address){
		.family = m->ifa_family, .prefix = m->ifa_prefixlen, .flags = m->ifa_flags};
	for (const struct rtattr *a = IFA_RTA(m); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFA_FLAGS && RTA_PAYLOAD(a) == sizeof(uint32_t))
			memcpy(&ret->flags, RTA_DATA(a), sizeof(uint32_t));
		if (a->rta_type == IFA_ADDRESS && RTA_PAYLOAD(a) == size)
			memcpy(ret->address, RTA_DATA(a), size);
		if (a->rta_type == IFA_LOCAL && RTA_PAYLOAD(a) == size) {
			memcpy(ret->local, RTA_DATA(a), size);
			local = true;
		}
	}
	if (!local) /* IPv6 says it only for point-to-point links */
		memcpy(ret->local, ret->address, size);
	return ret->flags & IFA_F_PERMANENT ? 1 : 0;
}

static int read_addresses(int fd, int index, const char *device, struct net_address **list,
			  size_t *n)
{
	_Alignas(struct nlmsghdr) char answer[32768];
	struct request r;

	(void)request_begin(&r, RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg));
	int code = send_request(fd, &r);
	while (code == 0) {
		ssize_t size = recv(fd, answer, sizeof(answer), 0);
		size_t left = size < 0 ? 0 : (size_t)size;

		if (size < 0)
			return -errno;
		for (const struct nlmsghdr *h = (const void *)answer; NLMSG_OK(h, left);
		     h = NLMSG_NEXT(h, left)) {
			struct net_address a;

			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR) /* and nothing follows it */
				return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			if (h->nlmsg_type != RTM_NEWADDR || !read_address(h, index, &a))
				continue;
			(void)snprintf(a.device, sizeof(a.device), "%s", device);
			if (append(list, n, &a) < 0)
				return -ENOMEM;
		}
	}
	return code;
}

const char *net_device_arrival(const char *inside, size_t i, char buffer[IFNAMSIZ])
{
	if (!strchr(inside, '%'))
		return inside;
	(void)snprintf(buffer, IFNAMSIZ, "masu-dev%u", (unsigned int)i % 10000);
	return buffer;
}

int net_device_move(const char *name, const char *arrival, int netns_fd, struct net_address **list,
		    size_t *n, struct masu_error *err)
{
	_cleanup_close_ int fd = open_netlink();
	int index = (int)if_nametoindex(name);
	struct request r;

	if (!index)
		return err_set(err, ERR_NOT_FOUND, ENODEV,
			       "linux.netDevices: there is no device '%s'", name);
	int code = fd < 0 ? fd : read_addresses(fd, index, arrival, list, n);
	if (code == 0) {
		struct ifinfomsg *m = request_begin(&r, RTM_NEWLINK, 0, sizeof(*m));
		uint32_t namespace = (uint32_t)netns_fd;

		m->ifi_index = index;
		request_add(&r, IFLA_NET_NS_FD, &namespace, sizeof(namespace));
		request_add(&r, IFLA_IFNAME, arrival, strlen(arrival) + 1);
		code = do_request(fd, &r);
	}
	return code < 0
		       ? err_sys(err, code, "linux.netDevices: move '%s' in as '%s'", name, arrival)
		       : 0;
}

static int add_address(int fd, int index, const struct net_address *a)
{
	const uint32_t of_kernel = IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_OPTIMISTIC;
	uint32_t flags = a->flags & ~of_kernel;
	size_t size = family_size(a->family);
	struct request r;
	struct ifaddrmsg *m = request_begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE,
					    sizeof(*m));

	m->ifa_family = a->family;
	m->ifa_prefixlen = a->prefix;
	m->ifa_index = (unsigned int)index;
	request_add(&r, IFA_LOCAL, a->local, size);
	request_add(&r, IFA_ADDRESS, a->address, size);
	request_add(&r, IFA_FLAGS, &flags, sizeof(flags));
	return do_request(fd, &r);
}

/* Renamed only while it is down, as it arrives. */
static int change_link(int fd, int index, const char *name, unsigned int flags)
{
	struct request r;
	struct ifinfomsg *m = request_begin(&r, RTM_NEWLINK, 0, sizeof(*m));

	m->ifi_index = index;
	m->ifi_flags = m->ifi_change = flags;
	if (name)
		request_add(&r, IFLA_IFNAME, name, strlen(name) + 1);
	return do_request(fd, &r);
}

int net_device_set_up(const char *arrival, const char *inside, const struct net_address *list,
		      size_t n, struct masu_error *err)
{
	_cleanup_close_ int fd = open_netlink();
	int index = (int)if_nametoindex(arrival);
	int code = fd < 0 ? fd : index ? 0 : -ENODEV;

	if (code == 0 && !streq(arrival, inside))
		code = change_link(fd, index, inside, 0);
	for (size_t i = 0; code == 0 && i < n; i++)
		if (streq(list[i].device, arrival))
			code = add_address(fd, index, &list[i]);
	if (code == 0)
		code = change_link(fd, index, NULL, IFF_UP);
	return code < 0 ? err_sys(err, code, "linux.netDevices: set up '%s'", inside) : 0;
}
