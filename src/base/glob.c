/* SPDX-License-Identifier: Apache-2.0 */
#include "base/glob.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

#define FILES_MAX 4096

struct glob {
	char **found;
	size_t n;
};

static int find(struct glob *g, const char *dir, const char *pattern);

/* A path that exists, with the rest of the pattern. */
static int descend(struct glob *g, const char *dir, const char *name, const char *rest)
{
	_cleanup_free_ char *path = path_join(dir, name);

	if (!path)
		return -ENOMEM;
	if (*rest)
		return find(g, path, rest);
	if (access(path, F_OK) < 0)
		return 0;
	if (g->n == FILES_MAX)
		return -E2BIG;
	return strv_push_counted(&g->found, &g->n, path);
}

static int match_entries(struct glob *g, const char *dir, const char *part, const char *rest)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, NULL, alphasort), r = 0;

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (r == 0 && !streq(name, ".") && !streq(name, "..") &&
		    fnmatch(part, name, FNM_PERIOD) == 0)
			r = descend(g, dir, name, rest);
		free(names[i]);
	}
	free((void *)names);
	return r; /* an unreadable directory has no matches */
}

/* The pattern begins with a part, of which a backslash may protect characters. */
static int find(struct glob *g, const char *dir, const char *pattern)
{
	size_t length;
	const char *begin = path_next_part(&pattern, &length);

	if (!begin)
		return 0;
	_cleanup_free_ char *part = strndup(begin, length);
	if (!part)
		return -ENOMEM;
	return strpbrk(part, "*?[\\") ? match_entries(g, dir, part, pattern)
				      : descend(g, dir, part, pattern);
}

int glob_paths(const char *pattern, char ***ret)
{
	struct glob g = {0};
	int r = *pattern == '/' ? find(&g, "/", pattern) : -EINVAL;

	if (r < 0)
		strv_free(g.found);
	else
		*ret = g.found;
	return r;
}
