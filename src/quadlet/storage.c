/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/storage.h"

#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "quadlet/checks.h"
#include "quadlet/keys.h"

#define NO_MODULES "masu reads no containers.conf; see masu.conf(5)"
#define NO_GLOBALS "masu has no global options"
#define NO_OWNER   "the option U of Volume= gives the files to the container's user"
#define NO_RETRY   "masu fetches again what fails, and Restart= of [Service] starts again"

static const struct quadlet_key volume_keys[] = {
	{"ContainersConfModule", KEY_REFUSED, NO_MODULES},
	{"Copy", KEY_CODE, NULL}, /* an option of each mount */
	{"Device", KEY_CODE, NULL},
	{"Driver", KEY_ONLY, "local"},
	{"GID", KEY_REFUSED, NO_OWNER},
	{"GlobalArgs", KEY_REFUSED, NO_GLOBALS},
	{"Group", KEY_REFUSED, NO_OWNER},
	{"Image", KEY_REFUSED,
	 "write Mount=type=image,source=IMAGE,destination=DIRECTORY in the container's file"},
	{"Label", KEY_WORDS, "--label"},
	{"Options", KEY_CODE, NULL},
	{"PodmanArgs", KEY_CODE, NULL},
	{"ServiceName", KEY_CODE, NULL},
	{"Type", KEY_CODE, NULL},
	{"UID", KEY_REFUSED, NO_OWNER},
	{"User", KEY_REFUSED, NO_OWNER},
	{"VolumeName", KEY_CODE, NULL},
	{0},
};

static const struct quadlet_key image_keys[] = {
	{"AllTags", KEY_REFUSED, "pull each tag by a file of its own"},
	{"Arch", KEY_CODE, NULL},
	{"AuthFile", KEY_VALUE, "--authfile"},
	{"CertDir", KEY_VALUE, "--cert-dir"},
	{"ContainersConfModule", KEY_REFUSED, NO_MODULES},
	{"Creds", KEY_VALUE, "--creds"},
	{"DecryptionKey", KEY_REFUSED, "masu does not decrypt images"},
	{"GlobalArgs", KEY_REFUSED, NO_GLOBALS},
	{"Image", KEY_CODE, NULL},
	{"ImageTag", KEY_CODE, NULL},
	{"OS", KEY_CODE, NULL},
	{"PodmanArgs", KEY_CODE, NULL},
	{"Policy", KEY_ONLY, "always"},
	{"Retry", KEY_REFUSED, NO_RETRY},
	{"RetryDelay", KEY_REFUSED, "RestartSec= of [Service] is the time between starts"},
	{"ServiceName", KEY_CODE, NULL},
	{"TLSVerify", KEY_CODE, NULL},
	{"Variant", KEY_CODE, NULL},
	{0},
};

static void add_more_options(struct quadlet_draft *d)
{
	QUADLET_FOREACH(a, &d->unit->source, quadlet_type_section(d->unit->name.type), "PodmanArgs")
	{
		_cleanup_strv_ char **words = draft_split(d, a);

		STRV_FOREACH(word, words)
			draft_word(d, *word);
	}
}

/* It stays active, so that units that require it find it done. */
static void begin(struct quadlet_draft *d)
{
	draft_line(d, &d->service_lines, "Type=oneshot");
	draft_line(d, &d->service_lines, "RemainAfterExit=yes");
	draft_line(d, &d->service_lines, "SyslogIdentifier=%%N");
}

/* Device=, Options= and Type= are options of the mount that each container makes. */
static void add_mount(struct quadlet_draft *d)
{
	static const struct {
		const char *key, *option;
	} options[] = {{"Type", "type"}, {"Device", "device"}, {"Options", "o"}};
	const struct quadlet_assignment *type = draft_last(d, "Type");

	if (type && !strpbrk(type->value, "%$") && !streq(type->value, "tmpfs") &&
	    !streq(type->value, "none") && !streq(type->value, "bind"))
		draft_refuse(
			d, type,
			"Type=: '%s' must be one of tmpfs, none, bind: mount others on the host",
			type->value);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		_cleanup_free_ char *value = draft_value(d, options[i].key);
		_cleanup_free_ char *all = value ? str_printf("%s=%s", options[i].option, value)
						 : NULL;

		if (value)
			draft_option(d, "--opt", all);
	}
}

void quadlet_translate_volume(struct quadlet_draft *d)
{
	begin(d);
	draft_words(d, "volume", "create", "--ignore", NULL);
	quadlet_translate_keys(d, volume_keys);
	(void)draft_bool(d, "Volume", "Copy", true);
	add_mount(d);
	add_more_options(d);
	draft_word(d, d->unit->object);
}

static void add_platform(struct quadlet_draft *d)
{
	_cleanup_free_ char *os = draft_value(d, "OS"), *arch = draft_value(d, "Arch"),
			    *variant = draft_value(d, "Variant");
	_cleanup_free_ char *platform = str_printf("%s/%s%s%s", os ? os : "linux",
						   str_or_empty(arch), variant ? "/" : "",
						   str_or_empty(variant));

	if ((os || variant) && !arch)
		draft_refuse(d, draft_last(d, os ? "OS" : "Variant"),
			     "OS= and Variant= need Arch=");
	else if (arch)
		draft_option(d, "--platform", platform);
}

void quadlet_translate_image(struct quadlet_draft *d)
{
	_cleanup_free_ char *image = draft_value(d, "Image");

	begin(d);
	draft_words(d, "pull", "--quiet", NULL);
	quadlet_translate_keys(d, image_keys);
	add_platform(d);
	if (!draft_bool(d, "Image", "TLSVerify", true))
		draft_word(d, "--tls-verify=false");
	add_more_options(d);
	if (image)
		draft_word(d, image);
	else
		draft_refuse(d, NULL, "[Image] needs Image=");
}
