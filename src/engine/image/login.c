/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Credentials for registries, in the file of podman and docker. masu-image checks them with the registry (transfer/login.h);
 * the file is changed here, by one rename under a lock of its directory, and all else in it is kept.
 */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/image/credential-helper.h"
#include "engine/image/image-program.h"
#include "engine/options.h"

#define FILE_SIZE_MAX (4 << 20)

/* If sudo keeps HOME, root would write where another user can put links. */
static int check_owner(const char *dir, struct masu_error *err)
{
	struct stat st;

	if (geteuid() != 0 || stat(dir, &st) < 0 || st.st_uid == 0)
		return 0;
	(void)err_set(err, ERR_DENIED, EPERM,
		      "root keeps no credentials in '%s': it belongs to user %u", dir, st.st_uid);
	return err_hint(err, "name a file: --authfile FILE");
}

/* A file that was not named, in the directory of a variable. */
static int find_default(char **ret, struct masu_error *err)
{
	static const struct {
		const char *variable, *name;
	} places[] = {{"XDG_RUNTIME_DIR", "containers/auth.json"},
		      {"XDG_CONFIG_HOME", "containers/auth.json"},
		      {"HOME", ".config/containers/auth.json"}};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *dir = getenv(places[i].variable);

		if (!dir || *dir != '/')
			continue;
		int r = check_owner(dir, err);
		if (r < 0)
			return r;
		*ret = path_join(dir, places[i].name);
		return *ret ? 0 : err_oom(err);
	}
	return err_set(err, ERR_NOT_FOUND, ENOENT, "no place for credentials: HOME is not set");
}

/* The file that is changed. */
struct place {
	char *path;
	bool owns_dir; /* its directory is for such files alone */
};
#define _cleanup_place_ _cleanup_(place_done)

static void place_done(struct place *p)
{
	free(p->path);
}

static int find_file(const char *given, struct place *ret, struct masu_error *err)
{
	const char *variable = getenv("REGISTRY_AUTH_FILE");
	struct stat st;
	int r = 0;

	if (!given && variable && *variable)
		given = variable;
	if (!given)
		r = find_default(&ret->path, err);
	else if (!(ret->path = path_absolute(given)))
		r = err_sys(err, errno, "find the file for credentials");
	if (r < 0)
		return r;
	ret->owns_dir = !given && !(lstat(ret->path, &st) == 0 && S_ISLNK(st.st_mode));
	/* A link stays one. */
	char *real = realpath(ret->path, NULL);
	if (real) {
		free(ret->path);
		ret->path = real;
	}
	return 0;
}

/*
 * Locks the directory of the file, which is created if need be. Files with credentials that a killed login has left there are
 * removed, but not from a directory where processes without this lock may be writing theirs, such as that of --digestfile.
 */
static int lock_directory(const struct masu_engine *e, const struct place *p, bool create,
			  struct masu_error *err)
{
	const char *path = p->path;
	_cleanup_free_ char *dir = strndup(path, (size_t)(path_last(path) - path));
	int r = !dir ? -ENOMEM : create ? path_mkdir_all(dir, 0700) : 0;

	if (r < 0)
		return err_sys(err, r, "create the directory of '%s'", path);
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? -errno : fd_lock_or_cancel(fd, LOCK_EX, e->cancel_fd);
	if (r < 0)
		return err_sys(err, r, "lock the directory of '%s'", path);
	if (p->owns_dir)
		(void)file_remove_temporary(fd); /* the next login tries again */
	return TAKE_FD(fd);
}

/* 0 and NULL if the file does not exist. */
static int read_file(const char *path, struct json_object **ret, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = json_read_object(AT_FDCWD, path, FILE_SIZE_MAX, ret, &own);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? err_move(err, &own) : 0;
}

static int write_file(const char *path, struct json_object *doc, struct masu_error *err)
{
	const char *text = json_text(doc, true);
	int r = text ? file_write_atomic(AT_FDCWD, path, text, strlen(text), 0600, FILE_SYNC)
		     : -ENOMEM;

	return r < 0 ? err_sys(err, r, "write '%s'", path) : 0;
}

/* The registry as files name it: without a scheme, without a slash at its end, and in lower case, as pulls look for it. */
static char *plain_name(const char *registry)
{
	const char *rest = str_after(registry, "https://");

	registry = rest ? rest : (rest = str_after(registry, "http://")) ? rest : registry;
	char *name = strndup(registry, strcspn(registry, "/"));
	for (char *c = name; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return name;
}

/* A change of the file. */
struct change {
	const char *path;
	int cancel_fd;		     /* the engine's */
	const char *registry;	     /* NULL: all */
	const char *user, *password; /* the new credentials; NULL: they are removed */
	const char *auth;	     /* both, as the file has them */
};

/* Keeps the credentials in the helper, or has it forget them. Returns 2 without a helper, else 1, or 0 if it knew none. */
static int update_helper(struct json_object *doc, const char *registry, const struct change *c,
			 struct masu_error *err)
{
	_cleanup_credential_helper_ struct credential_helper h = {0};
	int r = credential_helper_find(doc, registry, &h, err);

	if (r <= 0)
		return r < 0 ? r : 2;
	h.cancel_fd = c->cancel_fd;
	if (!c->user)
		return credential_helper_erase(&h, err);
	r = credential_helper_store(&h, c->user, c->password, err);
	return r < 0 ? r : 1;
}

/*
 * For the removal of all: a registry whose credentials a helper has is named in `auths`, too. Returns whether a helper knew
 * any.
 */
static int update_helpers(struct json_object *doc, struct json_object *auths,
			  const struct change *c, struct masu_error *err)
{
	int knew = 0;

	json_object_object_foreach(auths, key, value) {
		_cleanup_free_ char *registry = plain_name(key);
		int r = registry ? update_helper(doc, registry, c, err) : err_oom(err);

		(void)value;
		if (r < 0)
			return r;
		knew |= r == 1;
	}
	return knew;
}

/* Removes all entries that name the registry, as docker and podman write them. Returns whether there were any. */
static int remove_entries(struct json_object *auths, const char *registry)
{
	_cleanup_strv_ char **keys = NULL;

	json_object_object_foreach(auths, key, value) {
		(void)value;
		if (credential_key_names(key, registry) && strv_push(&keys, key) < 0)
			return -ENOMEM;
	}
	STRV_FOREACH(entry, keys)
		json_object_object_del(auths, *entry);
	return keys != NULL;
}

/* Returns whether an entry was removed, or a helper has forgotten one. */
static int change_document(struct json_object *doc, const struct change *c, struct masu_error *err)
{
	struct json_object *auths = NULL;
	struct json_build b = {0};
	int removed, told = 2, r = json_get_object(doc, "", "auths", &auths, err);

	if (r == 0)
		auths = build_object(&b, doc, "auths");
	if (b.failed)
		return err_oom(err);
	if (r >= 0)
		told = c->registry ? update_helper(doc, c->registry, c, err)
				   : update_helpers(doc, auths, c, err);
	if (r < 0 || told < 0)
		return MIN(r, told);
	if (c->registry) {
		removed = remove_entries(auths, c->registry);
	} else {
		removed = json_object_object_length(auths) > 0;
		json_object_object_del(doc, "auths");
		(void)build_object(&b, doc, "auths");
	}
	if (c->user) {
		/* The empty entry of a helper's credentials is docker's, too. */
		struct json_object *entry = build_object(&b, auths, c->registry);

		if (told == 2)
			build_text(&b, entry, "auth", c->auth);
	}
	if (b.failed || removed < 0)
		return err_oom(err);
	return removed || told == 1;
}

/* Returns whether an entry was removed. */
static int change_file(const struct change *c, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = NULL;
	int r = read_file(c->path, &doc, err);

	if (r == 0 && !doc && !(doc = json_object_new_object()))
		r = err_oom(err);
	if (r < 0)
		return r;
	int removed = change_document(doc, c, err);
	if (removed < 0 || (!c->user && !removed))
		return removed;
	r = write_file(c->path, doc, err);
	return r < 0 ? r : removed;
}

static int run(const struct masu_engine *e, const struct masu_login_options *o,
	       const char *registry, int fd, char **ret, struct masu_error *err)
{
	_cleanup_strv_ char **args = NULL;
	const struct image_registry options = {o->authfile, o->cert_dir, .tls = o->tls,
					       .credentials = fd};

	if (strv_push(&args, "--quiet") < 0 || image_registry_args(&options, &args) < 0 ||
	    strv_push(&args, "login") < 0 || strv_push(&args, "--") < 0 ||
	    strv_push(&args, registry) < 0)
		return err_oom(err);
	const struct image_program program = {
		.args = args, .input = -1, .further = {fd < 0 ? 0 : fd}};
	return image_program_run(e, &program, ret, err);
}

int masu_registry_login(masu_engine *e, const char *registry,
			const struct masu_login_options *options, masu_error *err)
{
	_cleanup_free_ char *name = plain_name(registry), *auth = NULL;
	_cleanup_place_ struct place place = {0};
	_cleanup_close_ int lock = -1, input = -1;
	struct masu_login_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!name)
		return err_oom(err);
	r = find_file(o.authfile, &place, err);
	if (r < 0)
		return r;
	input = image_program_credentials(str_or_empty(o.user), o.password, err);
	if (input < 0)
		return input;
	r = run(e, &o, name, input, &auth, err);
	if (r < 0)
		return r;
	lock = lock_directory(e, &place, true, err);
	if (lock >= 0)
		r = change_file(&(struct change){.path = place.path,
						 .cancel_fd = e->cancel_fd,
						 .registry = name,
						 .user = o.user,
						 .password = o.password,
						 .auth = auth},
				err);
	explicit_bzero(auth, strlen(auth));
	return lock < 0 ? lock : MIN(r, 0);
}

int masu_registry_logout(masu_engine *e, const char *registry, const char *authfile,
			 masu_error *err)
{
	_cleanup_free_ char *name = registry ? plain_name(registry) : NULL;
	_cleanup_place_ struct place place = {0};
	_cleanup_close_ int lock = -1;
	int r = find_file(authfile, &place, err);

	if (r < 0)
		return r;
	if (registry && !name) /* NULL stands for all registries */
		return err_oom(err);
	if (access(place.path, F_OK) == 0) {
		lock = lock_directory(e, &place, false, err);
		r = lock < 0 ? lock
			     : change_file(&(struct change){.path = place.path,
							    .cancel_fd = e->cancel_fd,
							    .registry = name},
					   err);
	}
	if (r == 0 && registry)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "not logged in to '%s' in '%s'", name,
			       place.path);
	return MIN(r, 0);
}

int masu_registry_user(masu_engine *e, const char *registry, const char *authfile, char **ret_user,
		       masu_error *err)
{
	_cleanup_free_ char *name = plain_name(registry);
	const struct masu_login_options o = {.authfile = authfile};

	return name ? run(e, &o, name, -1, ret_user, err) : err_oom(err);
}
