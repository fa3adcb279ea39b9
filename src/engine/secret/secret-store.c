/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/secret/secret-store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/name.h"
#include "oci/fields.h"

#define LOCK		       ".lock"
#define HEADER_MAX	       (1u << 20) /* bytes: the labels are in it */

#define ROW(key, kind, member) FIELD_ROW(struct masu_secret, key, kind, member)
static const struct field header_fields[] = {
	ROW("id", FIELD_STRING, id),
	ROW("created", FIELD_INT64, created_ns),
	ROW("updated", FIELD_INT64, updated_ns),
	ROW("labels", FIELD_MAP, labels),
	{0},
};

void secret_forget(struct masu_secret *s)
{
	if (s->file)
		explicit_bzero(s->file, s->file_size);
	free(s->file);
	s->file = NULL;
	s->bytes = NULL;
	s->size = s->file_size = 0;
}

void secret_done(struct masu_secret *s)
{
	fields_done(header_fields, s);
	free(s->name);
	secret_forget(s);
	*s = (struct masu_secret){0};
}

int secret_not_found(const char *name, struct masu_error *err)
{
	int r = err_set(err, ERR_NOT_FOUND, ENOENT, "secret '%s' not found", name);

	(void)err_hint(err, "'masu secret ls' lists all secrets");
	return r;
}

int secret_dir_open(const struct masu_engine *e, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "secrets");
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

	if (!path)
		return err_oom(err);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	return fd < 0 ? err_sys(err, errno, "open the directory of secrets") : fd;
}

static int create_dir(const struct masu_engine *e, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "secrets");
	_cleanup_close_ int data = open(e->paths.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!path)
		return err_oom(err);
	if (data < 0 || (mkdir(path, 0700) < 0 && errno != EEXIST) || fsync(data) < 0)
		return err_sys(err, errno, "create the directory of secrets");
	return secret_dir_open(e, err);
}

int secret_dir_hold(const struct masu_engine *e, int *ret_lock, struct masu_error *err)
{
	_cleanup_close_ int dirfd = secret_dir_open(e, err), lock = -1;

	if (dirfd == -ENOENT)
		dirfd = create_dir(e, err);
	if (dirfd < 0)
		return dirfd;
	lock = file_lock_or_cancel(dirfd, LOCK, LOCK_EX, e->cancel_fd);
	if (lock < 0)
		return err_sys(err, lock, "hold the directory of secrets");
	(void)file_remove_temporary(dirfd); /* the next holder tries again */
	*ret_lock = TAKE_FD(lock);
	return TAKE_FD(dirfd);
}

int secret_dir_list(int dirfd, char ***ret, struct masu_error *err)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_closedir_ DIR *d = file_open_dir(dirfd, ".");
	size_t n = 0;

	if (!d)
		return err_sys(err, errno, "list the secrets");
	for (struct dirent *entry; (entry = readdir(d));)
		if (name_is_valid(entry->d_name) &&
		    strv_push_counted(&names, &n, entry->d_name) < 0)
			return err_oom(err);
	strv_sort(names);
	*ret = TAKE_PTR(names);
	return 0;
}

/* Neither the file nor a part of it gets into an error. */
static int parse(struct masu_secret *s, struct masu_error *err)
{
	_cleanup_json_ struct json_object *header = NULL;
	const char *end = memchr(s->file, '\n', s->file_size);

	if (!end || json_parse(s->file, (size_t)(end - s->file), "", &header, NULL) < 0 ||
	    !json_object_is_type(header, json_type_object) ||
	    fields_from_json(header_fields, header, s, NULL) < 0 || !s->id) {
		(void)err_set(err, ERR_INTERNAL, EBADMSG, "the file of secret '%s' is damaged",
			      s->name);
		(void)err_hint(err, "masu secret rm %s", s->name);
		return -EBADMSG;
	}
	s->bytes = end + 1;
	s->size = s->file_size - (size_t)(s->bytes - s->file);
	return 0;
}

int secret_read_in(int dirfd, const char *name, struct masu_secret *ret, struct masu_error *err)
{
	_cleanup_secret_ struct masu_secret s = {.name = strdup(name)};

	if (!s.name)
		return err_oom(err);
	int r = name_is_valid(name) ? file_read(dirfd, name, HEADER_MAX + 1 + MASU_SECRET_SIZE_MAX,
						&s.file, &s.file_size)
				    : -ENOENT;
	if (r == -ENOENT)
		return secret_not_found(name, err);
	if (r < 0)
		return err_sys(err, r, "cannot read secret '%s'", name);
	r = parse(&s, err);
	if (r < 0)
		return r;
	*ret = TAKE(s, (struct masu_secret){0});
	return 0;
}

int secret_read(const struct masu_engine *e, const char *name, struct masu_secret *ret,
		struct masu_error *err)
{
	_cleanup_close_ int dirfd = secret_dir_open(e, err);

	if (dirfd == -ENOENT)
		return secret_not_found(name, err);
	return dirfd < 0 ? dirfd : secret_read_in(dirfd, name, ret, err);
}

int secret_write(int dirfd, const struct masu_secret *s, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_fields(&b, o, header_fields, s);
	const char *header = b.failed ? NULL : json_text(o, false);
	size_t length = header ? strlen(header) : 0, size = length + 1 + s->size;
	_cleanup_free_ char *file = malloc(size);
	if (!header || !file)
		return err_oom(err);
	if (length > HEADER_MAX)
		return err_set(err, ERR_INVALID, EFBIG, "the labels are larger than %u bytes",
			       HEADER_MAX);
	char *end = mempcpy(file, header, length);
	*end++ = '\n';
	memcpy(end, s->bytes, s->size);
	int r = file_write_atomic(dirfd, s->name, file, size, 0600, FILE_SYNC);
	explicit_bzero(file, size);
	return r < 0 ? err_sys(err, r, "cannot write secret '%s'", s->name) : 0;
}
