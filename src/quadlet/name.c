/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/name.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"

#define UNIT_NAME_MAX 255
#define UNIT_NAME_CHARACTERS                                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	":_.-\\@"

static const struct {
	const char *extension, *section, *suffix;
} types[QUADLET_TYPE_MAX] = {
	[QUADLET_CONTAINER] = {"container", "Container", ""},
	[QUADLET_VOLUME] = {"volume", "Volume", "-volume"},
	[QUADLET_IMAGE] = {"image", "Image", "-image"},
	[QUADLET_NETWORK] = {"network", "Network", "-network"},
	[QUADLET_POD] = {"pod", "Pod", "-pod"},
	[QUADLET_KUBE] = {"kube", "Kube", ""},
	[QUADLET_BUILD] = {"build", "Build", "-build"},
	[QUADLET_ARTIFACT] = {"artifact", "Artifact", "-artifact"},
};

const char *quadlet_type_section(enum quadlet_type type)
{
	return types[type].section;
}

const char *quadlet_type_extension(enum quadlet_type type)
{
	return types[type].extension;
}

void quadlet_name_done(struct quadlet_name *n)
{
	free(n->file);
	free(n->prefix);
	free(n->instance);
	*n = (struct quadlet_name){0};
}

static int find_type(const char *file)
{
	const char *dot = strrchr(file, '.');

	for (int i = 0; dot && dot > file && i < QUADLET_TYPE_MAX; i++)
		if (streq(dot + 1, types[i].extension))
			return i;
	return -EINVAL;
}

bool quadlet_name_matches(const char *file)
{
	return *file != '.' && find_type(file) >= 0;
}

bool quadlet_is_unit_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot > name && dot[1] && *name != '.' && *name != '@' &&
	       strlen(name) <= UNIT_NAME_MAX && name[strspn(name, UNIT_NAME_CHARACTERS)] == 0;
}

int quadlet_name_parse(const char *file, struct quadlet_name *ret)
{
	int type = find_type(file);
	const char *dot = strrchr(file, '.'), *at = strchr(file, '@');

	/* The service's suffix makes the name longer. */
	if (type < 0 || !quadlet_is_unit_name(file) || strlen(file) > UNIT_NAME_MAX - 16)
		return -EINVAL;
	struct quadlet_name n = {
		.type = (enum quadlet_type)type,
		.file = strdup(file),
		.prefix = strndup(file, (size_t)((at && at < dot ? at : dot) - file)),
		.instance = at && at < dot ? strndup(at + 1, (size_t)(dot - at - 1)) : NULL,
	};
	if (!n.file || !n.prefix || (at && at < dot && !n.instance)) {
		quadlet_name_done(&n);
		return -ENOMEM;
	}
	*ret = n;
	return 0;
}

char *quadlet_name_service(const struct quadlet_name *n, const char *service_name)
{
	const char *base = service_name ? service_name : n->prefix;
	const char *suffix = service_name ? "" : types[n->type].suffix;

	if (!n->instance || strchr(base, '@'))
		return str_printf("%s%s.service", base, suffix);
	return str_printf("%s%s@%s.service", base, suffix, n->instance);
}

char *quadlet_name_object(const struct quadlet_name *n, const char *service_name)
{
	bool is_container = n->type == QUADLET_CONTAINER;
	const char *base = is_container && service_name ? service_name : n->prefix;

	return str_printf("systemd-%s%s", base, !n->instance ? "" : is_container ? "_%i" : "-%i");
}

char **quadlet_name_drop_ins(const struct quadlet_name *n)
{
	_cleanup_strv_ char **dirs = NULL;
	const char *extension = types[n->type].extension;
	int r = strv_pushf(&dirs, "%s.d", extension);

	for (const char *s = strchr(n->prefix, '-'); r == 0 && s; s = strchr(s + 1, '-'))
		if (s[1])
			r = strv_pushf(&dirs, "%.*s.%s.d", (int)(s - n->prefix) + 1, n->prefix,
				       extension);
	if (r == 0 && n->instance && *n->instance)
		r = strv_pushf(&dirs, "%s@.%s.d", n->prefix, extension);
	if (r == 0)
		r = strv_pushf(&dirs, "%s.d", n->file);
	return r < 0 ? NULL : TAKE_PTR(dirs);
}
