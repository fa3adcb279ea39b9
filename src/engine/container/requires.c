/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/requires.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"

#define PREFIX	  "required-by-"
#define MARK_SIZE (sizeof(PREFIX) + ID_LENGTH)

int requires_mark(const masu_container *c, const struct record *record, struct masu_error *err)
{
	char name[MARK_SIZE];

	(void)snprintf(name, sizeof(name), PREFIX "%s", c->home.id);
	STRV_FOREACH(id, record->required) {
		_cleanup_home_ struct home home = HOME_INIT;
		int r = home_open(c->engine, *id, &home, err);

		if (r < 0)
			return err_prefix(err, "--requires");
		_cleanup_close_ int fd = openat(home.fd, name,
						O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return err_sys(err, errno, "record the required container \"%.*s\"",
				       ID_SHORT_LENGTH, *id);
	}
	return 0;
}

/* The name is for the message; a container that is being removed has none. */
static int refuse(const masu_container *c, const char *id, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *other = NULL;

	if (masu_container_find(c->engine, id, &other, NULL) < 0)
		return 0;
	(void)err_set(err, ERR_CONFLICT, EBUSY,
		      "cannot remove container \"%s\": container \"%s\" requires it",
		      c->record.name, masu_container_name(other));
	return err_hint(err, "masu rm %s", masu_container_name(other));
}

int requires_check(const masu_container *c, struct masu_error *err)
{
	_cleanup_closedir_ DIR *dir = file_open_dir(c->home.fd, ".");
	const struct dirent *entry;

	if (!dir)
		return err_sys(err, errno, "read the directory of container \"%s\"",
			       c->record.name);
	while ((entry = readdir(dir))) {
		const char *id = str_after(entry->d_name, PREFIX);
		int r = id ? refuse(c, id, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}
