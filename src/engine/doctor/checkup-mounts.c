/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The access of the container's user to its mounts. The kernel has decided it (files/access.c); the owner and the mode of the
 * source on the host, and the ids of the container there, say why.
 */

#include "engine/doctor/checkup.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/annotations.h"

struct refused {
	const struct record_mount *mount;
	const struct examined *user;
	const char *what; /* "read" */
	uint32_t host_uid;
	struct stat st; /* of the source */
};

static uint32_t to_host(const struct oci_id_map *maps, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= maps[i].container_id && id - maps[i].container_id < maps[i].size)
			return maps[i].host_id + (id - maps[i].container_id);
	return n ? UINT32_MAX : id;
}

/* The option that gives the user access, to be freed; NULL if no option does. */
static char *find_option(const struct checkup *k, const struct refused *f)
{
	bool is_own = f->st.st_uid == geteuid();

	if (f->mount->volume)
		return NULL;
	/* The caller has access by a group, and the container does not have the group. */
	if (!is_own && access(f->mount->source, R_OK) == 0)
		return strdup("--group-add keep-groups");
	if (!is_own || f->user->uid == 0)
		return NULL;
	/* The user becomes the caller. Root's containers have the ids of the host, and no such map. */
	return k->c->spec->n_uid_mappings > 0 && !k->c->record.userns
		       ? str_printf("--userns=keep-id:uid=%" PRIu32 ",gid=%" PRIu32, f->user->uid,
				    f->user->gid)
		       : strdup("-u 0");
}

/*
 * The command that gives the directory of a volume to the user, to be freed; NULL for other mounts, and for a map of its own,
 * whose ids 'masu unshare' does not show.
 */
static char *give_volume(const struct checkup *k, const struct refused *f)
{
	const struct record_mount *m = f->mount;
	const char *rest = m->volume ? str_after(m->source, k->c->engine->paths.data) : NULL;
	_cleanup_free_ char *word = rest && !m->subpath ? str_shell_word(m->source) : NULL;

	if (!word || k->c->record.uid_map)
		return NULL;
	return str_printf("%schown %" PRIu32 ":%" PRIu32 " %s",
			  k->c->spec->n_uid_mappings > 0 ? "masu unshare " : "", f->user->uid,
			  f->user->gid, word);
}

static char *describe(const struct checkup *k, const struct refused *f, const char *option)
{
	_cleanup_free_ char *owner = account_name(f->st.st_uid), *host = NULL;
	bool is_mapped = k->c->spec->n_uid_mappings > 0;

	host = is_mapped ? str_printf(" (%" PRIu32 " on the host)", f->host_uid) : strdup("");
	if (!host)
		return NULL;
	return str_printf("user %" PRIu32 " of the container%s may not %s it: it belongs to user "
			  "%u%s%s%s, mode %04o%s%s%s",
			  f->user->uid, host, f->what, f->st.st_uid, owner ? " (" : "",
			  str_or_empty(owner), owner ? ")" : "",
			  (unsigned int)f->st.st_mode & 07777,
			  option ? "; create it again with " : "", str_or_empty(option),
			  option ? ", without the files that it has written" : "");
}

static void add_refused(struct checkup *k, const struct refused *f)
{
	_cleanup_free_ char *option = find_option(k, f);
	char *fix = option ? checkup_recreate(k, option) : give_volume(k, f);
	const struct record_mount *m = f->mount;

	checkup_add(k, &(struct checkup_finding){
			       .id = "mount-access",
			       .severity = MASU_SEVERITY_WARNING,
			       .object = str_printf(
				       "%s \"%s\" at \"%s\"", m->volume ? "volume" : "mount",
				       m->volume ? m->volume : m->source, m->destination),
			       .message = describe(k, f, option),
			       .fix = fix,
		       });
}

static void examine_mount(struct checkup *k, const struct examined *user,
			  const struct record_mount *m, const struct path_access *a)
{
	struct refused f = {
		.mount = m,
		.user = user,
		.what = a->read			   ? "read"
			: a->search		   ? "enter"
			: a->write && !m->readonly ? "write"
						   : NULL,
		.host_uid = to_host(k->c->spec->uid_mappings, k->c->spec->n_uid_mappings,
				    user->uid),
	};

	if (!f.what || (a->read != EACCES && a->search != EACCES && a->write != EACCES) ||
	    stat(m->source, &f.st) < 0)
		return;
	add_refused(k, &f);
}

static int examine_all(struct checkup *k, const struct examined *user, char *const *paths,
		       struct masu_error *err)
{
	_cleanup_free_ struct path_access *access = calloc(strv_length(paths), sizeof(*access));
	int r = access ? examined_access(k->c, user, paths, access, err) : -ENOMEM;
	size_t n = 0;

	for (size_t i = 0; r == 0 && i < k->c->record.n_mounts; i++)
		if (k->c->record.mounts[i].source)
			examine_mount(k, user, &k->c->record.mounts[i], &access[n++]);
	return r;
}

int checkup_mounts(struct checkup *k, const struct examined *user, struct masu_error *err)
{
	_cleanup_strv_ char **paths = NULL;

	/* The worker cannot have groups that are not mapped. */
	if (oci_annotation_is_on(k->c->spec, OCI_ANNOTATION_KEEP_GROUPS))
		return 0;
	for (size_t i = 0; i < k->c->record.n_mounts; i++)
		if (k->c->record.mounts[i].source &&
		    strv_push(&paths, k->c->record.mounts[i].destination) < 0)
			return err_oom(err);
	return paths ? examine_all(k, user, paths, err) : 0;
}
