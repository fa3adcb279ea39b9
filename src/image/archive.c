/* SPDX-License-Identifier: Apache-2.0 */
#include "image/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"

void local_done(struct local *l)
{
	layout_done(&l->layout);
	if (l->temporary)
		(void)file_remove_tree(l->ingest, l->temporary); /* else the next gc does */
	free(l->temporary);
	free(l->selector);
	free(l->name);
	fd_close(&l->ingest);
	fd_close(&l->hold);
	*l = LOCAL_INIT;
}

enum local_kind { LOCAL_OCI, LOCAL_OCI_ARCHIVE, LOCAL_DOCKER_ARCHIVE, LOCAL_KIND_MAX };

static const char *const prefixes[] = {
	[LOCAL_OCI] = "oci:",
	[LOCAL_OCI_ARCHIVE] = "oci-archive:",
	[LOCAL_DOCKER_ARCHIVE] = "docker-archive:",
};

/* Splits PATH[:NAME]. A path with colons is taken whole when it exists. */
static int split(const char *prefix, const char *s, struct local *l, char **ret_path,
		 struct err *err)
{
	_cleanup_free_ char *path = strdup(s), *real = NULL;
	char *colon;

	if (!path)
		return err_sys(err, ENOMEM, "open '%s%s'", prefix, s);
	if (access(path, F_OK) < 0 && (colon = strchr(path, ':'))) {
		*colon = 0;
		l->selector = strdup(colon + 1);
		if (!l->selector)
			return err_sys(err, ENOMEM, "open '%s%s'", prefix, s);
	}
	real = realpath(path, NULL);
	if (!real)
		return err_sys(err, errno, "open '%s'", path);
	if (asprintf(&l->name, "%s%s%s%s", prefix, real, l->selector ? ":" : "",
		     l->selector ? l->selector : "") < 0) {
		l->name = NULL;
		return err_sys(err, ENOMEM, "open '%s%s'", prefix, s);
	}
	*ret_path = TAKE_PTR(real);
	return 0;
}

int local_open(const char *argument, const struct layout *store, const struct idmap *map,
	       struct local *ret, struct err *err)
{
	_cleanup_local_ struct local l = LOCAL_INIT;
	_cleanup_free_ char *path = NULL;
	const char *rest = NULL;
	enum local_kind kind = LOCAL_OCI;

	for (; kind < LOCAL_KIND_MAX && !(rest = str_after(argument, prefixes[kind])); kind++)
		;
	if (!rest)
		return 0;
	int r = split(prefixes[kind], rest, &l, &path, err);
	if (r < 0)
		return r;
	if (kind == LOCAL_OCI)
		r = layout_open(path, false, &l.layout, err);
	else
		r = err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "archives are not there yet");
	if (r < 0)
		return r;
	*ret = l;
	l = LOCAL_INIT;
	return 1;
}
