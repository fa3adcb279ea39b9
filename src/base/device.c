/* SPDX-License-Identifier: Apache-2.0 */
#include "base/device.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"

int device_check(const char *path, const char *module, const char *otherwise,
		 struct masu_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	int code = errno;

	if (fd >= 0)
		return 0;
	(void)err_sys(err, code, "open '%s'", path);
	if (code == EACCES || code == EPERM)
		return err_hint(err, "ask root for access to it, which udev gives to all users%s%s",
				otherwise ? "; " : "", otherwise ? otherwise : "");
	return err_hint(err, "have root load the kernel module (modprobe %s)%s%s", module,
			otherwise ? "; " : "", otherwise ? otherwise : "");
}
