/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/doctor/checkup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/path.h"
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

/* The innermost mount of a path, and the rest of the path below it. */
static const struct record_mount *find_mount(const struct record *r, const char *path,
					     const char **ret_rest)
{
	const struct record_mount *found = NULL;

	for (size_t i = 0; i < r->n_mounts; i++) {
		const char *rest = str_after(path, r->mounts[i].destination);

		/* The mounts are sorted, so the last one is the innermost. */
		if (rest && (!*rest || *rest == '/')) {
			found = &r->mounts[i];
			*ret_rest = rest;
		}
	}
	return found;
}

/* The container may have put a link there, by which a command on the host would reach another file. */
static bool is_without_links(const char *source, const char *rest)
{
	_cleanup_close_ int fd = open(source, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || !*rest)
		return fd >= 0;
	_cleanup_close_ int file = path_open_in(fd, rest + 1, O_PATH, 0,
						PATH_NO_SYMLINKS | PATH_BENEATH);
	return file >= 0 && fstat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1;
}

char *checkup_host_path(const struct checkup *k, const char *path)
{
	const char *rest = "";
	const struct record_mount *m = path_is_normal(path) ? find_mount(&k->c->record, path, &rest)
							    : NULL;

	return m && streq(m->type, "bind") && is_without_links(m->source, rest)
		       ? str_printf("%s%s", m->source, rest)
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
