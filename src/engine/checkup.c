/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/checkup.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/strv.h"

void checkup_add(struct checkup *k, struct checkup_finding *f)
{
	k->failed |= f->has_fix && !f->fix;
	findings_add(k->list, &(struct masu_finding){.id = f->id,
						     .severity = f->severity,
						     .object = f->object,
						     .message = f->message,
						     .fix = f->fix});
	free(f->object);
	free(f->message);
	free(f->fix);
}

char *checkup_masu(const struct checkup *k, const char *verb)
{
	return str_printf("masu %s %s", verb, k->c->record.name);
}

char *checkup_host_path(const struct checkup *k, const char *path)
{
	const struct record_mount *found = NULL;
	const char *below = NULL;

	for (size_t i = 0; i < k->c->record.n_mounts; i++) {
		const struct record_mount *m = &k->c->record.mounts[i];
		const char *rest = str_after(path, m->destination);

		/* The mounts are sorted, so the last one is the innermost. */
		if (rest && (!*rest || *rest == '/')) {
			found = m;
			below = rest;
		}
	}
	return found && streq(found->type, "bind") ? str_printf("%s%s", found->source, below)
						   : NULL;
}

const char *checkup_command(const struct checkup *k)
{
	const struct record *r = &k->c->record;

	return r->entrypoint && *r->entrypoint ? *r->entrypoint
	       : r->command && *r->command     ? *r->command
					       : "";
}

static int add_words(struct strbuf *b, char *const *words, size_t n)
{
	for (size_t i = 0; i < n && words[i]; i++) {
		_cleanup_free_ char *word = str_shell_word(words[i]);

		if (!word || strbuf_addf(b, " %s", word) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Does the command line name the container as it is named now? */
static bool has_name(const struct record *r)
{
	for (char **word = r->create_command; *word && word[1]; word++)
		if (streq(*word, "--name") && streq(word[1], r->name))
			return true;
	return false;
}

char *checkup_recreate(const struct checkup *k, const char *options)
{
	const struct record *r = &k->c->record;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	size_t n = (size_t)r->create_options;

	if (r->create_options < 2 || strv_length(r->create_command) < n)
		return NULL;
	(void)strbuf_addf(&b, "%s %s", r->create_command[0], r->create_command[1]);
	if (!strv_contains(r->create_command, "--replace"))
		(void)strbuf_addf(&b, " --replace");
	if (add_words(&b, r->create_command + 2, n - 2) < 0)
		return NULL;
	/* Later options win. */
	if (!has_name(r))
		(void)strbuf_addf(&b, " --name %s", r->name);
	(void)strbuf_addf(&b, " %s", options);
	if (add_words(&b, r->create_command + n, SIZE_MAX) < 0)
		return NULL;
	if (streq(r->create_command[1], "create"))
		(void)strbuf_addf(&b, " && %s start %s", r->create_command[0], r->name);
	return strbuf_take(&b);
}
