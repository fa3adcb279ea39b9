/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/quadlet-text.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/port-mapping.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"

enum kind {
	LINE,	/* the value is the rest of the line */
	WORD,	/* the value is a word, in quotes if it needs them */
	SOURCE, /* as LINE, and a relative path comes first */
	PORT,	/* as LINE, and the idle time is a line of its own */
	SWITCH, /* yes */
	DROPPED /* the service does it anyway */
};

static const struct {
	const char *option, *key;
	enum kind kind;
} keys[] = {
	{"add-host", "AddHost", LINE},
	{"annotation", "Annotation", WORD},
	{"cap-add", "AddCapability", WORD},
	{"cap-drop", "DropCapability", WORD},
	{"detach", NULL, DROPPED},
	{"device", "AddDevice", LINE},
	{"dns", "DNS", LINE},
	{"dns-option", "DNSOption", LINE},
	{"dns-search", "DNSSearch", LINE},
	{"entrypoint", "Entrypoint", LINE},
	{"env-file", "EnvironmentFile", SOURCE},
	{"env-host", "EnvironmentHost", SWITCH},
	{"expose", "ExposeHostPort", LINE},
	{"gidmap", "GIDMap", LINE},
	{"group-add", "GroupAdd", LINE},
	{"health-cmd", "HealthCmd", LINE},
	{"health-interval", "HealthInterval", LINE},
	{"health-on-failure", "HealthOnFailure", LINE},
	{"health-retries", "HealthRetries", LINE},
	{"health-start-period", "HealthStartPeriod", LINE},
	{"health-timeout", "HealthTimeout", LINE},
	{"hostname", "HostName", LINE},
	{"http-proxy", NULL, DROPPED}, /* the default of quadlet files */
	{"image-volume", "ImageVolume", LINE},
	{"init", "RunInit", SWITCH},
	{"ip", "IP", LINE},
	{"ip6", "IP6", LINE},
	{"label", "Label", WORD},
	{"log-opt", "LogOpt", LINE},
	{"memory", "Memory", LINE},
	{"mount", "Mount", LINE},
	{"name", "ContainerName", LINE},
	{"network", "Network", LINE},
	{"pids-limit", "PidsLimit", LINE},
	{"publish", "PublishPort", PORT},
	{"pull", "Pull", LINE},
	{"quadlet", NULL, DROPPED},
	{"quiet", NULL, DROPPED},
	{"read-only", "ReadOnly", SWITCH},
	{"read-only-tmpfs", NULL, DROPPED}, /* likewise */
	{"replace", NULL, DROPPED},
	{"rm", NULL, DROPPED},
	{"secret", "Secret", LINE},
	{"shm-size", "ShmSize", LINE},
	{"stop-signal", "StopSignal", LINE},
	{"stop-timeout", "StopTimeout", LINE},
	{"subgidname", "SubGIDMap", LINE},
	{"subuidname", "SubUIDMap", LINE},
	{"sysctl", "Sysctl", WORD},
	{"tmpfs", "Tmpfs", LINE},
	{"tz", "Timezone", LINE},
	{"uidmap", "UIDMap", LINE},
	{"ulimit", "Ulimit", LINE},
	{"user", "User", LINE},
	{"userns", "UserNS", LINE},
	{"volume", "Volume", SOURCE},
	{"workdir", "WorkingDir", LINE},
};

struct writer {
	struct strbuf unit, container, service;
	char **args;		       /* quoted words of PodmanArgs= */
	const struct command *command; /* has the options */
	const char *rootfs;
	unsigned int on_demand_s;
	bool named, proxy, read_only, tmpfs;
};

/* Does a line with this value have the same value when it is read? */
static bool fits_line(const char *value)
{
	size_t n = strlen(value);

	return n > 0 && !str_has_control(value) && !strchr(" \"'", *value) && value[n - 1] != ' ' &&
	       value[n - 1] != '\\';
}

static int add_argument(struct writer *w, const char *option, const char *value)
{
	_cleanup_free_ char *all = value ? str_printf("--%s=%s", option, value)
					 : str_printf("--%s", option);
	_cleanup_free_ char *literal = all ? unit_literal(all) : NULL;

	return literal ? unit_words_push(&w->args, literal) : -ENOMEM;
}

/* Adds the option by its key. */
static int add_key(struct writer *w, const char *key, enum kind kind, const char *value)
{
	_cleanup_free_ char *path = NULL, *literal = NULL;
	_cleanup_strv_ char **words = NULL;
	int r = 0;

	if (kind == SOURCE && *value != '/' && (*value == '.' || streq(key, "EnvironmentFile"))) {
		path = path_absolute(str_after(value, "./") ? value + 2 : value);
		if (!path)
			return -errno;
	}
	literal = unit_literal(path ? path : value);
	if (literal && kind == WORD)
		r = unit_words_push(&words, literal);
	if (!literal || r < 0)
		return -ENOMEM;
	return strbuf_addf(&w->container, "%s=%s\n", key, words ? *words : literal);
}

/* All ports of a container are on demand, or none is; the longest idle time counts. */
static int add_port(struct writer *w, const char *value)
{
	_cleanup_free_ char *plain = strndup(value, strcspn(value, ","));
	struct port_mapping m;

	if (port_mapping_parse(value, &m, NULL) == 0)
		w->on_demand_s = MAX(w->on_demand_s, m.on_demand_s);
	return plain ? add_key(w, "PublishPort", LINE, plain) : -ENOMEM;
}

/* A policy of masu is one of systemd, which does the restarts of a service. */
static int add_restart(struct writer *w, const char *value)
{
	const char *max = str_after(value, "on-failure:");
	bool always = streq(value, "always") || streq(value, "unless-stopped");

	uint32_t n;

	/* The first start counts, too. */
	if (max && str_to_uint32(max, &n) == 0 && n < UINT32_MAX) {
		(void)strbuf_addf(&w->unit, "StartLimitIntervalSec=infinity\nStartLimitBurst=%u\n",
				  n + 1);
		value = "on-failure";
	}
	return strbuf_addf(&w->service, "Restart=%s\n", always ? "always" : value);
}

static void note_option(struct writer *w, const char *name, const char *value)
{
	bool on = !value || !streq(value, "false");

	w->named |= streq(name, "name");
	if (streq(name, "http-proxy"))
		w->proxy = on;
	if (streq(name, "read-only"))
		w->read_only = on;
	if (streq(name, "read-only-tmpfs"))
		w->tmpfs = on;
}

/* `value` is NULL for a flag that is set. */
static int add_option(struct writer *w, const char *name, const char *value)
{
	note_option(w, name, value);
	if (value && streq(name, "restart"))
		return add_restart(w, value);
	if (value && streq(name, "env") && strchr(value, '='))
		return add_key(w, "Environment", WORD, value);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!streq(keys[i].option, name))
			continue;
		if (keys[i].kind == DROPPED)
			return 0;
		if (keys[i].kind == SWITCH && !value)
			return strbuf_addf(&w->container, "%s=yes\n", keys[i].key);
		if (!value || keys[i].kind == SWITCH || (keys[i].kind != WORD && !fits_line(value)))
			break;
		return keys[i].kind == PORT ? add_port(w, value)
					    : add_key(w, keys[i].key, keys[i].kind, value);
	}
	return add_argument(w, name, value);
}

/* An option in its long form, whose value may be the next word: then *word moves to it. */
static int read_long(struct writer *w, char *const **word)
{
	const char *text = **word + 2, *equals = strchr(text, '=');
	size_t n = equals ? (size_t)(equals - text) : strlen(text);
	const struct option_row *o = options_find(w->command, text, n);
	_cleanup_free_ char *name = strndup(text, n);
	const char *value = equals ? equals + 1 : NULL;

	if (!name)
		return -ENOMEM;
	if (o && o->kind != OPTION_FLAG && !value) {
		if (!(*word)[1])
			return -EINVAL;
		value = *++*word;
	}
	if (streq(name, "rootfs")) {
		w->rootfs = "";
		return 0;
	}
	return add_option(w, name, value);
}

/* A word of short options: the last one may have a value, in the rest of the word or in the next one. */
static int read_short(struct writer *w, char *const **word)
{
	for (const char *s = **word + 1; *s; s++) {
		const struct option_row *o = options_find_letter(w->command, *s);
		int r;

		if (!o)
			return -EINVAL;
		if (o->kind == OPTION_FLAG) {
			r = add_option(w, o->name, NULL);
			if (r < 0)
				return r;
			continue;
		}
		if (s[1])
			return add_option(w, o->name, s + 1);
		if (!(*word)[1])
			return -EINVAL;
		return add_option(w, o->name, *++*word);
	}
	return 0;
}

static int add_command(struct writer *w, char *const *words)
{
	_cleanup_strv_ char **quoted = NULL;
	_cleanup_free_ char *path = w->rootfs ? path_absolute(words[0]) : NULL;
	_cleanup_free_ char *image = unit_literal(path ? path : words[0]);
	int r = w->rootfs && !path ? -errno : 0;

	if (!fits_line(path ? path : words[0]))
		return -EILSEQ;
	for (char *const *word = words + 1; r == 0 && *word; word++) {
		_cleanup_free_ char *literal = unit_literal(*word);

		r = literal ? unit_words_push(&quoted, literal) : -ENOMEM;
	}
	if (r < 0 || !image)
		return r < 0 ? r : -ENOMEM;
	(void)strbuf_addf(&w->container, "%s=%s\n", w->rootfs ? "Rootfs" : "Image", image);
	if (quoted)
		(void)strbuf_addf(&w->container, "Exec=");
	STRV_FOREACH(word, quoted)
		(void)strbuf_addf(&w->container, "%s%s", word == quoted ? "" : " ", *word);
	return quoted ? strbuf_addf(&w->container, "\n") : 0;
}

/* Defaults of quadlet files that the command line does not have. */
static void add_defaults(struct writer *w, const char *name)
{
	if (!w->named && name)
		(void)strbuf_addf(&w->container, "ContainerName=%s\n", name);
	if (w->on_demand_s)
		(void)strbuf_addf(&w->container, "OnDemand=%u\n", w->on_demand_s);
	if (!w->proxy)
		(void)strbuf_addf(&w->container, "HttpProxy=no\n");
	if (w->read_only && !w->tmpfs)
		(void)strbuf_addf(&w->container, "ReadOnlyTmpfs=no\n");
	STRV_FOREACH(word, w->args)
		(void)strbuf_addf(&w->container, "PodmanArgs=%s\n", *word);
}

static int read_words(struct writer *w, char *const *words, const char *name)
{
	char *const *word = words;
	int r = 0;

	for (; r == 0 && *word && **word == '-' && (*word)[1]; word++) {
		if (streq(*word, "--")) {
			word++;
			break;
		}
		r = (*word)[1] == '-' ? read_long(w, &word) : read_short(w, &word);
	}
	if (r == 0 && !*word)
		return -EINVAL;
	if (r == 0)
		add_defaults(w, name);
	return r < 0 ? r : add_command(w, word);
}

int quadlet_text(const struct command *command, char *const *words, const char *name, char **ret,
		 struct masu_error *err)
{
	struct writer w = {.command = command};
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT;
	int r = read_words(&w, words, name);

	if (w.unit.text)
		(void)strbuf_addf(&all, "[Unit]\n%s\n", w.unit.text);
	(void)strbuf_addf(&all, "[Container]\n%s", str_or_empty(w.container.text));
	if (w.service.text)
		(void)strbuf_addf(&all, "\n[Service]\n%s", w.service.text);
	(void)strbuf_addf(&all, "\n[Install]\nWantedBy=default.target\n");
	if (w.unit.failed || w.container.failed || w.service.failed)
		r = -ENOMEM;
	strbuf_done(&w.unit);
	strbuf_done(&w.container);
	strbuf_done(&w.service);
	strv_free(w.args);
	if (r == -EINVAL)
		return err_set(err, ERR_INVALID, EINVAL, "the command line has no image");
	if (r == -EILSEQ)
		return err_set(
			err, ERR_INVALID, EILSEQ,
			"the name of the image does not fit into a quadlet file: it has control "
			"characters, or quotes, spaces or a backslash at an end");
	*ret = r == 0 ? strbuf_take(&all) : NULL;
	return *ret ? 0 : err_sys(err, r < 0 ? r : -ENOMEM, "write a quadlet file");
}
