/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/notices.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"

/* Notices of many boots, if the run-time directory survives them: a larger file is started again. */
#define NOTICES_MAX (64u << 10)

bool notices_told(const struct paths *paths, const char *text)
{
	_cleanup_free_ char *path = paths_run(paths, "notices"), *told = NULL, *line = NULL;
	_cleanup_close_ int fd = -1;
	char boot[37];

	if (!path || proc_boot_id(boot) < 0)
		return false;
	line = str_printf("%s %s\n", boot, text);
	if (!line)
		return false;
	int r = file_read(AT_FDCWD, path, NOTICES_MAX, &told, NULL);
	if (r == 0 && strstr(told, line))
		return true;
	fd = open(path,
		  O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC |
			  (r == -EFBIG ? O_TRUNC : 0),
		  0600);
	if (fd >= 0)
		(void)fd_write_full(fd, line, strlen(line)); /* otherwise the notice is repeated */
	return false;
}
