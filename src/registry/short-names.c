/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/short-names.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "image/reference.h"

void short_names_done(struct short_names *s)
{
	strv_free(s->aliases);
	strv_free(s->search);
	*s = (struct short_names){0};
}

static bool has_suffix(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strchr(name, '@') || strchr(slash ? slash : name, ':');
}

static bool is_whole(const char *image)
{
	_cleanup_reference_ struct reference ref = {0};

	return !reference_is_short(image) && !has_suffix(image) &&
	       reference_parse(image, &ref, NULL) == 0;
}

static bool is_alias(const char *name)
{
	_cleanup_reference_ struct reference ref = {0};

	return reference_is_short(name) && !has_suffix(name) &&
	       reference_parse(name, &ref, NULL) == 0;
}

static int add_alias(struct short_names *s, const struct toml_item *item, struct masu_error *err)
{
	if (!item->key)
		return 0;
	if (item->kind != TOML_STRING)
		return err_set(err, ERR_INVALID, EINVAL, "'%s' must be a string", item->key);
	if (!is_alias(item->key))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the alias \"%s\" must be a name without registry, tag and digest",
			       item->key);
	if (*item->text && !is_whole(item->text))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the alias \"%s\" must stand for a name with a registry, and "
			       "without tag and digest: \"%s\"",
			       item->key, item->text);
	return strv_push(&s->aliases, item->key) < 0 || strv_push(&s->aliases, item->text) < 0
		       ? err_oom(err)
		       : 0;
}

/* The host as references have it. */
static int add_registry(struct short_names *s, const char *host, struct masu_error *err)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_free_ char *name = str_printf("%s/a/a", host);

	if (!name)
		return err_oom(err);
	if (strchr(host, '/') || reference_is_short(name) || reference_parse(name, &ref, NULL) < 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "'unqualified-search-registries' must be a list of HOST[:PORT], not "
			       "\"%s\"",
			       host);
	return strv_push(&s->search, ref.domain) < 0 ? err_oom(err) : 0;
}

static int set_search(struct short_names *s, const struct toml_item *item, struct masu_error *err)
{
	int r = 0;

	if (item->kind != TOML_STRINGS)
		return err_set(err, ERR_INVALID, EINVAL, "'%s' must be a list of strings",
			       item->key);
	strv_free(s->search);
	s->search = NULL;
	s->has_search = true;
	for (char *const *host = item->texts; host && *host && r == 0; host++)
		r = add_registry(s, *host, err);
	return r;
}

/* masu never asks: disabled and permissive are the same. */
static int set_mode(struct short_names *s, const struct toml_item *item, struct masu_error *err)
{
	const char *word = item->kind == TOML_STRING ? item->text : "?";

	if (streq(word, "enforcing"))
		s->mode = SHORT_NAME_ENFORCING;
	else if (streq(word, "permissive") || streq(word, "disabled") || streq(word, ""))
		s->mode = SHORT_NAME_PERMISSIVE;
	else
		return err_set(err, ERR_INVALID, EINVAL,
			       "'%s' must be one of enforcing, permissive, disabled", item->key);
	return 0;
}

int short_names_take(struct short_names *s, const struct toml_item *item, struct masu_error *err)
{
	if (streq(item->table, "aliases"))
		return add_alias(s, item, err);
	if (*item->table || !item->key)
		return 0;
	if (streq(item->key, "unqualified-search-registries"))
		return set_search(s, item, err);
	return streq(item->key, "short-name-mode") ? set_mode(s, item, err) : 0;
}

int short_names_merge(struct short_names *s, const struct short_names *later,
		      struct masu_error *err)
{
	if (strv_extend(&s->aliases, later->aliases) < 0)
		return err_oom(err);
	if (later->mode != SHORT_NAME_UNSET)
		s->mode = later->mode;
	if (!later->has_search)
		return 0;
	strv_free(s->search);
	s->search = NULL;
	s->has_search = true;
	return strv_extend(&s->search, later->search) < 0 ? err_oom(err) : 0;
}

/* The image of an alias, without a tag, or NULL. */
static const char *find_alias(const struct short_names *s, const char *name, size_t length)
{
	const char *found = NULL;

	for (char *const *a = s->aliases; a && *a; a += 2)
		if (strncmp(a[0], name, length) == 0 && !a[0][length])
			found = a[1];
	return found && *found ? found : NULL; /* "" erases an alias of an earlier file */
}

static int no_registry(const char *name, struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EINVAL,
		      "no registry to search for \"%s\": unqualified-search-registries of "
		      "registries.conf is empty",
		      name);
	return err_hint(err, "write the name with its registry: REGISTRY/%s", name);
}

int short_names_resolve(const struct short_names *s, const char *name, char ***ret,
			struct masu_error *err)
{
	_cleanup_strv_ char **names = NULL;
	const size_t length = strcspn(name, ":@");
	const bool is_short = reference_is_short(name);
	const char *alias = is_short ? find_alias(s, name, length) : NULL;
	int r = 0;

	if (alias)
		r = strv_pushf(&names, "%s%s", alias, name + length);
	else if (!is_short || !s->has_search)
		r = strv_push(&names, name);
	else if (!s->search)
		return no_registry(name, err);
	for (char *const *host = names ? NULL : s->search; r == 0 && host && *host; host++)
		r = strv_pushf(&names, "%s/%s", *host, name);
	if (r < 0)
		return err_oom(err);
	*ret = TAKE_PTR(names);
	return 0;
}
