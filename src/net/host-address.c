/* SPDX-License-Identifier: Apache-2.0 */
#include "net/host-address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#include "base/fd.h"

#define OUTSIDE 0xc6336401 /* 198.51.100.1, of a network for examples: RFC 5737 */

int net_host_address(char ret[INET_ADDRSTRLEN])
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(OUTSIDE), .sin_port = htons(9)};
	socklen_t size = sizeof(address);
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* connect(2) chooses the sender's address by the routes. */
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	return inet_ntop(AF_INET, &address.sin_addr, ret, INET_ADDRSTRLEN) ? 0 : -errno;
}
