/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/secret-args.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "base/strv.h"

/* A use with the fields that it points into. */
struct secret_arg {
	struct masu_secret_use use; /* first, so that it is freed by its own address */
	char **fields;
};

static void secret_arg_free(struct secret_arg *a)
{
	if (a)
		strv_free(a->fields);
	free(a);
}

DEFINE_FREEP(secret_arg)

void secret_args_done(struct secret_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		secret_arg_free((struct secret_arg *)args->item[i]);
	free(args->item);
	*args = (struct secret_args){0};
}

static int set_type(struct masu_secret_use *use, const char *value, struct masu_error *err)
{
	use->env = streq(value, "env");
	return use->env || streq(value, "mount")
		       ? 0
		       : err_set(err, ERR_INVALID, EINVAL, "type '%s' must be one of mount, env",
				 value);
}

static int set_id(uint32_t *id, const char *value, struct masu_error *err)
{
	return str_to_uint32(value, id) == 0
		       ? 0
		       : err_set(err, ERR_INVALID, EINVAL, "owner '%s' must be a number", value);
}

static int set_mode(struct masu_secret_use *use, const char *value, struct masu_error *err)
{
	uint32_t mode;

	if (str_to_octal(value, 0777, &mode) < 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "mode '%s' must be octal, up to 777, like 0400", value);
	use->has_mode = true;
	use->mode = mode;
	return 0;
}

static int unknown(const char *field, struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EINVAL, "unknown field '%s'", field);
	return err_hint(err, "supported: type=mount|env, target=, uid=, gid=, mode=");
}

static int add_field(struct masu_secret_use *use, const char *field, struct masu_error *err)
{
	static const char *const targets[] = {"target=", "dst=", "destination="};
	static const char *const sources[] = {"source=", "src=", "id="};
	const char *value;

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if ((value = str_after(field, targets[i]))) {
			use->target = value;
			return 0;
		}
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if ((value = str_after(field, sources[i]))) {
			use->name = value;
			return 0;
		}
	if ((value = str_after(field, "type=")))
		return set_type(use, value, err);
	if ((value = str_after(field, "uid=")))
		return set_id(&use->uid, value, err);
	if ((value = str_after(field, "gid=")))
		return set_id(&use->gid, value, err);
	if ((value = str_after(field, "mode=")))
		return set_mode(use, value, err);
	return unknown(field, err);
}

static int parse(const char *text, struct secret_arg *a, struct masu_error *err)
{
	int r = strv_split_csv(text, &a->fields);

	if (r == -EINVAL)
		return err_set(err, ERR_INVALID, EINVAL, "a quote is misplaced or not closed");
	if (r < 0)
		return err_oom(err);
	a->use.size = sizeof(a->use);
	STRV_FOREACH(field, a->fields) {
		if (field == a->fields && !strchr(*field, '=')) {
			a->use.name = *field;
			continue;
		}
		r = add_field(&a->use, *field, err);
		if (r < 0)
			return r;
	}
	if (!a->use.name || !*a->use.name)
		return err_set(err, ERR_INVALID, EINVAL, "missing name of the secret");
	return 0;
}

int secret_args_add(const char *text, void *args, struct masu_error *err)
{
	struct secret_args *list = args;
	_cleanup_(secret_arg_freep) struct secret_arg *a = calloc(1, sizeof(*a));

	if (!a)
		return err_oom(err);
	int r = parse(text, a, err);
	if (r < 0)
		return r;
	if (array_push(&list->item, &list->n, &a->use) < 0)
		return err_oom(err);
	TAKE_PTR(a);
	return 0;
}
