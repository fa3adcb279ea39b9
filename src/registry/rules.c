/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/rules.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/toml.h"

static void rule_done(struct registry_rule *r)
{
	for (size_t i = 0; i < r->n_mirrors; i++)
		free(r->mirrors[i].location);
	free(r->mirrors);
	free(r->prefix);
	free(r->location);
	*r = (struct registry_rule){0};
}

void registry_rules_done(struct registry_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		rule_done(&rules->list[i]);
	free(rules->list);
	short_names_done(&rules->short_names);
	strv_free(rules->skipped);
	*rules = REGISTRY_RULES_INIT;
}

void registry_places_done(struct registry_places *places)
{
	for (size_t i = 0; i < places->n; i++)
		free(places->list[i].name);
	free(places->list);
	*places = REGISTRY_PLACES_INIT;
}

static int wrong_type(const struct toml_item *item, const char *type, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "'%s' must be %s", item->key, type);
}

static int set_text(char **place, const struct toml_item *item, struct masu_error *err)
{
	if (item->kind != TOML_STRING)
		return wrong_type(item, "a string", err);
	if (*place)
		return err_set(err, ERR_INVALID, EINVAL, "'%s' is there twice", item->key);
	*place = strdup(item->text);
	return *place ? 0 : err_oom(err);
}

static int set_bool(bool *place, const struct toml_item *item, struct masu_error *err)
{
	if (item->kind != TOML_BOOL)
		return wrong_type(item, "true or false", err);
	*place = item->value;
	return 0;
}

static int set_use(enum mirror_use *place, const struct toml_item *item, struct masu_error *err)
{
	static const char *const words[] = {[MIRROR_ALL] = "all",
					    [MIRROR_DIGEST_ONLY] = "digest-only",
					    [MIRROR_TAG_ONLY] = "tag-only"};

	for (size_t i = 0; item->kind == TOML_STRING && i < ARRAY_SIZE(words); i++)
		if (streq(words[i], item->text)) {
			*place = (enum mirror_use)i;
			return 0;
		}
	return wrong_type(item, "one of all, digest-only, tag-only", err);
}

static int add_rule(struct registry_rules *rules, struct masu_error *err)
{
	return array_add(&rules->list, &rules->n, sizeof(*rules->list)) ? 0 : err_oom(err);
}

static int add_mirror(const struct registry_rules *rules, struct masu_error *err)
{
	struct registry_rule *r = rules->n ? &rules->list[rules->n - 1] : NULL;

	if (!r)
		return err_set(err, ERR_INVALID, EINVAL, "a mirror must follow a [[registry]]");
	return array_add(&r->mirrors, &r->n_mirrors, sizeof(*r->mirrors)) ? 0 : err_oom(err);
}

static int set_rule(struct registry_rule *r, const struct toml_item *item, struct masu_error *err)
{
	if (streq(item->key, "prefix"))
		return set_text(&r->prefix, item, err);
	if (streq(item->key, "location"))
		return set_text(&r->location, item, err);
	if (streq(item->key, "insecure"))
		return set_bool(&r->insecure, item, err);
	if (streq(item->key, "blocked"))
		return set_bool(&r->blocked, item, err);
	if (streq(item->key, "mirror-by-digest-only"))
		return set_bool(&r->mirrors_by_digest, item, err);
	return 0; /* of a newer podman */
}

static int set_mirror(struct registry_mirror *m, const struct toml_item *item,
		      struct masu_error *err)
{
	if (streq(item->key, "location"))
		return set_text(&m->location, item, err);
	if (streq(item->key, "insecure"))
		return set_bool(&m->insecure, item, err);
	if (streq(item->key, "pull-from-mirror"))
		return set_use(&m->use, item, err);
	return 0; /* of a newer podman */
}

/* A toml_fn. Credential helpers of podman are left out: masu-registries.conf(5). */
static int take_item(void *arg, const struct toml_item *item, struct masu_error *err)
{
	struct registry_rules *rules = arg;
	bool of_mirror = streq(item->table, "registry.mirror");

	if (str_after(item->table, "registries."))
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "the table [%s] of the old format is not supported", item->table);
	if (!of_mirror && !streq(item->table, "registry"))
		return short_names_take(&rules->short_names, item, err);
	if (item->kind == TOML_TABLE)
		return err_set(err, ERR_INVALID, EINVAL, "the table must be [[%s]]", item->table);
	if (item->kind == TOML_ELEMENT)
		return of_mirror ? add_mirror(rules, err) : add_rule(rules, err);
	struct registry_rule *rule = &rules->list[rules->n - 1];
	return of_mirror ? set_mirror(&rule->mirrors[rule->n_mirrors - 1], item, err)
			 : set_rule(rule, item, err);
}

/* References have the host in lower case, and one name for Docker Hub: image/reference.h. */
static int normalize(char **place, struct masu_error *err)
{
	char *text = *place;
	size_t n = text ? strlen(text) : 0;

	while (n > 1 && text[n - 1] == '/')
		text[--n] = 0;
	for (char *s = text; s && *s && *s != '/'; s++)
		*s = (char)tolower((unsigned char)*s);
	const char *rest = text ? str_after(text, "index.docker.io") : NULL;
	if (text && !rest)
		rest = str_after(text, "registry-1.docker.io");
	if (!rest || (*rest && *rest != '/'))
		return 0;
	text = str_printf(REFERENCE_DEFAULT_DOMAIN "%s", rest);
	if (!text)
		return err_oom(err);
	free(*place);
	*place = text;
	return 0;
}

/* A prefix that no name has would block nothing. */
static int check_prefix(const char *prefix, struct masu_error *err)
{
	const char *rest = str_after(prefix, "*.");

	if (strstr(prefix, "://"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the prefix \"%s\" must have no scheme: write HOST[:PORT][/PATH]",
			       prefix);
	if (strchr(rest ? rest : prefix, '*') || (rest && strchr(rest, '/')))
		return err_set(
			err, ERR_INVALID, EINVAL,
			"the prefix \"%s\" is not supported: a * stands for a host alone, as in "
			"\"*.example.com\"",
			prefix);
	return 0;
}

static int check_rule(struct registry_rule *r, struct masu_error *err)
{
	if (!r->prefix || !*r->prefix) {
		free(r->prefix);
		r->prefix = r->location ? strdup(r->location) : NULL;
		if (r->location && !r->prefix)
			return err_oom(err);
	}
	if (!r->prefix || !*r->prefix)
		return err_set(err, ERR_INVALID, EINVAL,
			       "a [[registry]] needs a prefix or a location");
	int result = normalize(&r->prefix, err);
	if (result == 0)
		result = normalize(&r->location, err);
	if (result == 0)
		result = check_prefix(r->prefix, err);
	for (size_t i = 0; i < r->n_mirrors && result == 0; i++)
		result = r->mirrors[i].location && *r->mirrors[i].location
				 ? normalize(&r->mirrors[i].location, err)
				 : err_set(err, ERR_INVALID, EINVAL,
					   "a mirror of \"%s\" needs a location", r->prefix);
	return result;
}

/* Takes the rule over. */
static int put_rule(struct registry_rules *rules, struct registry_rule *rule,
		    struct masu_error *err)
{
	struct registry_rule *place = NULL;

	for (size_t i = 0; i < rules->n && !place; i++)
		if (streq(rules->list[i].prefix, rule->prefix))
			place = &rules->list[i];
	if (place)
		rule_done(place);
	else
		place = array_add(&rules->list, &rules->n, sizeof(*place));
	if (!place)
		return err_oom(err);
	*place = TAKE(*rule, (struct registry_rule){0});
	return 0;
}

int registry_rules_parse(struct registry_rules *rules, const char *text, const char *name,
			 struct masu_error *err)
{
	_cleanup_registry_rules_ struct registry_rules own = REGISTRY_RULES_INIT;
	int r = toml_read(text, name, take_item, &own, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < own.n && r == 0; i++)
		r = check_rule(&own.list[i], err);
	if (r < 0) {
		(void)err_prefix(err, "'%s'", name);
		return r;
	}
	for (size_t i = 0; i < own.n && r == 0; i++)
		r = put_rule(rules, &own.list[i], err);
	return r < 0 ? r : short_names_merge(&rules->short_names, &own.short_names, err);
}

/* The length of a host at the beginning of `name` that "*.example.com" stands for, or 0. */
static size_t match_wildcard(const char *suffix, const char *name)
{
	size_t host = strcspn(name, "/"), n = strlen(suffix);

	if (!strchr(suffix, ':'))
		host = strcspn(name, ":/");
	return host > n && strncmp(name + host - n, suffix, n) == 0 ? host : 0;
}

/* The length of the part of `name` that the prefix stands for, or 0. */
static size_t match(const char *prefix, const char *name)
{
	size_t n = strlen(prefix);

	if (str_after(prefix, "*."))
		return match_wildcard(prefix + 1, name);
	return strncmp(prefix, name, n) == 0 && (!name[n] || strchr("/:@", name[n])) ? n : 0;
}

/* The longer prefix; of two, the one without a "*". */
static bool is_better(const struct registry_rule *r, const struct registry_rule *best)
{
	size_t n = strlen(r->prefix), best_n = best ? strlen(best->prefix) : 0;

	return n > best_n || (n == best_n && *r->prefix != '*');
}

static const struct registry_rule *find(const struct registry_rules *rules, const char *name)
{
	const struct registry_rule *best = NULL;

	for (size_t i = 0; i < rules->n; i++) {
		const struct registry_rule *r = &rules->list[i];

		if (match(r->prefix, name) > 0 && is_better(r, best))
			best = r;
	}
	return best;
}

static int add_place(struct registry_places *places, const char *location, const char *rest,
		     bool insecure, struct masu_error *err)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_free_ char *name = str_printf("%s%s", location, rest);
	struct registry_place *place;

	if (!name)
		return err_oom(err);
	int r = reference_parse(name, &ref, err);
	if (r < 0)
		return err_prefix(err, "the location \"%s\" of registries.conf", location);
	place = array_add(&places->list, &places->n, sizeof(*place));
	if (!place)
		return err_oom(err);
	place->name = TAKE_PTR(name);
	place->insecure = insecure;
	return 0;
}

static bool serves(const struct registry_rule *rule, const struct registry_mirror *m,
		   const struct reference *ref)
{
	bool by_digest = *ref->digest.hex;

	if (rule->mirrors_by_digest || m->use == MIRROR_DIGEST_ONLY)
		return by_digest;
	return m->use == MIRROR_ALL || !by_digest;
}

static int blocked(const struct registry_rule *rule, const char *name, struct masu_error *err)
{
	(void)err_set(err, ERR_DENIED, EACCES, "\"%s\" is blocked", name);
	return err_hint(err,
			"registries.conf of podman blocks \"%s\": containers-registries.conf(5)",
			rule->prefix);
}

int registry_rules_places(const struct registry_rules *rules, const struct reference *ref,
			  bool mirrors, struct registry_places *ret, struct masu_error *err)
{
	_cleanup_registry_places_ struct registry_places places = REGISTRY_PLACES_INIT;
	_cleanup_free_ char *name = reference_to_string(ref);
	int r = 0;

	if (!name)
		return err_oom(err);
	const struct registry_rule *rule = find(rules, name);
	if (rule && rule->blocked)
		return blocked(rule, name, err);
	size_t n = rule ? match(rule->prefix, name) : 0;
	for (size_t i = 0; rule && mirrors && r == 0 && i < rule->n_mirrors; i++)
		if (serves(rule, &rule->mirrors[i], ref))
			r = add_place(&places, rule->mirrors[i].location, name + n,
				      rule->mirrors[i].insecure, err);
	bool moves = rule && rule->location && *rule->location;
	if (r == 0)
		r = add_place(&places, moves ? rule->location : "", moves ? name + n : name,
			      rule && rule->insecure, err);
	if (r < 0)
		return r;
	*ret = TAKE(places, REGISTRY_PLACES_INIT);
	return 0;
}

bool registry_rules_is_insecure(const struct registry_rules *rules, const char *registry)
{
	const struct registry_rule *rule = find(rules, registry);

	/* The setting is that of the location, which may be another host's. */
	return rule && rule->insecure &&
	       (!rule->location || !*rule->location || match(rule->location, registry) > 0);
}
