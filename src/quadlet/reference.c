/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/reference.h"

#include <string.h>

#include "base/str.h"

bool is_reference(const char *word, enum quadlet_type type)
{
	const char *dot = strrchr(word, '.');

	return dot && dot > word && !strchr(word, '/') &&
	       streq(dot + 1, quadlet_type_extension(type));
}

/* The instance that the reference names, "" for that of this unit itself, NULL with a message. */
static char *instance_of(struct quadlet_draft *d, const struct quadlet_assignment *a,
			 const struct quadlet_unit *to, const char *file)
{
	const char *at = strchr(file, '@'), *dot = strrchr(file, '.');

	if (!to->name.instance)
		return strdup("");
	if (*to->name.instance)
		return strdup(to->name.instance);
	if (at && dot > at + 1)
		return strndup(at + 1, (size_t)(dot - at - 1));
	if (d->unit->name.instance)
		return strdup("%i");
	draft_refuse(d, a, "%s=: '%s' is a template: name an instance of it, like %.*s1%s", a->key,
		     file, (int)(at + 1 - file), file, dot);
	return NULL;
}

static struct quadlet_unit *find(struct quadlet_draft *d, const struct quadlet_assignment *a,
				 const char *file)
{
	struct quadlet_unit *to = quadlet_set_find(d->set, file);

	if (!to)
		draft_refuse(d, a, "%s=: the file '%s' does not exist", a->key, file);
	else if (to == d->unit)
		draft_refuse(d, a, "%s=: '%s' refers to itself", a->key, file);
	return to == d->unit ? NULL : to;
}

/* The text with the instance in the place of `mark`. */
static char *with_instance(const char *text, const char *mark, const char *instance)
{
	const char *at = strstr(text, mark);

	return at ? str_printf("%.*s%s%s", (int)(at - text), text, instance, at + strlen(mark))
		  : strdup(text);
}

static char *service_of(const struct quadlet_unit *to, const char *instance)
{
	const char *at = strchr(to->service, '@');

	/* That of a template is "NAME@.service". */
	if (!at || !*instance)
		return strdup(to->service);
	return str_printf("%.*s@%s.service", (int)(at - to->service), to->service, instance);
}

char *draft_service_of(struct quadlet_draft *d, const struct quadlet_assignment *a,
		       const char *file)
{
	struct quadlet_unit *to = find(d, a, file);
	_cleanup_free_ char *instance = to ? instance_of(d, a, to, file) : NULL;

	return instance ? service_of(to, instance) : NULL;
}

char *draft_reference(struct quadlet_draft *d, const struct quadlet_assignment *a, const char *file)
{
	struct quadlet_unit *to = find(d, a, file);
	_cleanup_free_ char *instance = to ? instance_of(d, a, to, file) : NULL;
	_cleanup_free_ char *service = instance ? service_of(to, instance) : NULL;
	_cleanup_free_ char *object = service ? with_instance(to->object, "%i", instance) : NULL;

	if (!service)
		return NULL;
	draft_require(d, service);
	d->set->failed |= !object;
	return TAKE_PTR(object);
}
