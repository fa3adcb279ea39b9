/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/descriptors.h"

#include <unistd.h>

void descriptors_close(unsigned int first, unsigned int last)
{
	if (first > last || close_range(first, last, 0) == 0)
		return;
	for (unsigned int fd = first; fd <= last && fd < 1024; fd++) /* before Linux 5.9 */
		(void)close((int)fd);
}
