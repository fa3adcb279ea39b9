/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/selection.h"

#include <errno.h>
#include <fcntl.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/container-filter.h"

#define CIDFILE_MAX 256

void selection_init(struct selection *s)
{
	s->filter.size = sizeof(s->filter);
	s->filter.all = true;
}

void selection_done(struct selection *s)
{
	container_filter_done(&s->filter);
}

int selection_add_filter(const char *text, void *field, struct masu_error *err)
{
	struct selection *s = field;

	s->filtered = true;
	return filter_add(container_filters, text, &s->filter, err);
}

/* The operands, and the ids in the files. */
static int list_operands(const struct selection *s, char *const *operands, char ***ret,
			 struct masu_error *err)
{
	_cleanup_strv_ char **all = NULL;

	if (strv_extend(&all, operands) < 0)
		return err_oom(err);
	STRV_FOREACH(path, s->cidfiles) {
		_cleanup_free_ char *id = NULL;
		int r = file_read(AT_FDCWD, *path, CIDFILE_MAX, &id, NULL);

		if (r < 0)
			return err_sys(err, r, "read the id of a container from '%s'", *path);
		id[strcspn(id, "\n")] = 0;
		if (strv_push(&all, id) < 0)
			return err_oom(err);
	}
	*ret = TAKE_PTR(all);
	return 0;
}

int selection_each(const struct selection *s, char *const *operands,
		   bool (*wanted)(const masu_container *c),
		   int (*fn)(masu_container *c, const void *arg, struct masu_error *err),
		   const void *arg, struct masu_error *err)
{
	bool selects = s->all || s->latest || s->filtered, named = *operands || s->cidfiles;
	struct masu_list_options list = s->filter;
	_cleanup_strv_ char **names = NULL;

	if (!selects && !named)
		return err_set(err, ERR_INVALID, EINVAL,
			       "missing argument: CONTAINER, or one of --all, --cidfile, --filter "
			       "and --latest");
	if (selects && named)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--all, --filter and --latest take no containers");
	if (selects) {
		list.last = s->latest ? 1 : list.last;
		return cli_each_listed(&list, s->latest ? NULL : wanted, fn, arg, err);
	}
	int r = list_operands(s, operands, &names, err);
	return r < 0 ? r : cli_each_container(names, s->ignore, fn, arg, err);
}
