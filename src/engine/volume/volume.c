/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/volume/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/container/event.h"
#include "engine/container/size.h"
#include "engine/name.h"
#include "engine/options.h"
#include "engine/volume/volume-dir.h"
#include "engine/volume/volume-mount.h"

#define LABELS_SIZE_MAX (1u << 20)

static int read_labels(int dirfd, const char *name, struct oci_map *ret, struct masu_error *err)
{
	_cleanup_free_ char *path = volume_labels(name);
	_cleanup_json_ struct json_object *o = NULL;

	if (!path)
		return err_oom(err);
	int r = json_read_object(dirfd, path, LABELS_SIZE_MAX, &o, err);
	if (r == -ENOENT) {
		err_done(err);
		return 0;
	}
	return r < 0 ? r : oci_map_from_json(ret, path, o, err);
}

static int64_t created_at(int dirfd, const char *name)
{
	struct statx st;

	if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &st) < 0 ||
	    !(st.stx_mask & STATX_BTIME))
		return 0;
	return st.stx_btime.tv_sec * NS_PER_S + st.stx_btime.tv_nsec;
}

/* A volume that is not whole is none yet. */
static bool is_whole(int dirfd, const char *name)
{
	_cleanup_free_ char *marker = volume_marker(name);
	struct stat st;

	if (!name_is_valid(name) || !volume_dir_has(dirfd, name) || !marker)
		return false;
	return fstatat(dirfd, marker, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_size > 0;
}

static int read_volume(const struct masu_engine *e, int dirfd, const char *name,
		       struct masu_volume *ret, struct masu_error *err)
{
	_cleanup_volume_ struct masu_volume v = {
		.name = strdup(name),
		.path = volume_path(e, name),
		.created_ns = created_at(dirfd, name),
	};

	if (!v.name || !v.path)
		return err_oom(err);
	int r = read_labels(dirfd, name, &v.labels, err);
	if (r == 0)
		r = volume_mount_options(dirfd, name, &v.options, err);
	if (r < 0)
		return r;
	*ret = TAKE(v, (struct masu_volume){0});
	return 0;
}

static int not_found(const char *name, struct masu_error *err)
{
	int r = err_set(err, ERR_NOT_FOUND, ENOENT, "volume '%s' not found", name);

	(void)err_hint(err, "'masu volume ls' lists all volumes");
	return r;
}

int masu_volume_find(masu_engine *e, const char *name, masu_volume **ret, masu_error *err)
{
	_cleanup_(masu_volume_freep) masu_volume *v = calloc(1, sizeof(*v));
	_cleanup_close_ int dirfd = volume_dir_open(e, err);

	if (dirfd < 0)
		return dirfd;
	if (!v)
		return err_oom(err);
	int r = is_whole(dirfd, name) ? read_volume(e, dirfd, name, v, err) : not_found(name, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(v);
	return 0;
}

/* Moves the volume to the list. */
static int add(struct masu_volume_list *list, struct masu_volume *v, struct masu_error *err)
{
	struct masu_volume *own = array_add(&list->item, &list->n, sizeof(*own));

	if (!own)
		return err_oom(err);
	*own = *v;
	*v = (struct masu_volume){0};
	return 0;
}

/* The names of whole volumes, sorted. */
static int list_names(int dirfd, char ***ret, struct masu_error *err)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_closedir_ DIR *d = file_open_dir(dirfd, ".");
	size_t n = 0;

	if (!d)
		return err_sys(err, errno, "list the volumes");
	for (struct dirent *entry; (entry = readdir(d));)
		if (is_whole(dirfd, entry->d_name) &&
		    strv_push_counted(&names, &n, entry->d_name) < 0)
			return err_oom(err);
	strv_sort(names);
	*ret = TAKE_PTR(names);
	return 0;
}

/* A list that is being read. */
struct reading {
	const struct masu_engine *e;
	const struct masu_volume_filter *filter;
	int dirfd;
	char *const *used;
	struct masu_volume_list *list;
};

/* A damaged volume is left out of the list, and named by a notice. A prune keeps it. */
static int add_named(const struct reading *l, const char *name, struct masu_error *err)
{
	_cleanup_volume_ struct masu_volume v = {0};
	_cleanup_err_ struct masu_error why = ERR_INIT;
	int r = read_volume(l->e, l->dirfd, name, &v, &why);

	if (err_is_shortage(r))
		return err_move(err, &why);
	if (r < 0) {
		_cleanup_free_ char *text = str_printf("cannot read volume \"%s\": %s", name,
						       why.message);

		engine_notice(l->e, text);
		return 0;
	}
	return volume_passes(l->filter, &v, l->used) ? add(l->list, &v, err) : 0;
}

static int list_in(const struct masu_engine *e, int dirfd, const struct masu_volume_filter *filter,
		   masu_volume_list **ret, struct masu_error *err)
{
	_cleanup_volume_list_ masu_volume_list *list = calloc(1, sizeof(*list));
	_cleanup_strv_ char **names = NULL, **used = NULL;
	int r = list_names(dirfd, &names, err);

	if (r < 0)
		return r;
	r = filter->unused == MASU_ANY ? 0 : volume_users(e, NULL, &used, err);
	if (r < 0)
		return r;
	if (!list)
		return err_oom(err);
	const struct reading l = {
		.e = e, .filter = filter, .dirfd = dirfd, .used = used, .list = list};
	STRV_FOREACH(name, names) {
		r = add_named(&l, *name, err);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(list);
	return 0;
}

int masu_volume_list_read(masu_engine *e, const struct masu_volume_filter *given,
			  masu_volume_list **ret, masu_error *err)
{
	struct masu_volume_filter filter;
	int r = options_take(&filter, sizeof(filter), given, err);

	if (r < 0)
		return r;
	_cleanup_close_ int dirfd = volume_dir_open(e, err);
	return dirfd < 0 ? dirfd : list_in(e, dirfd, &filter, ret, err);
}

static int write_labels(int dirfd, const char *name, const struct oci_map *labels,
			struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *path = volume_labels(name);
	struct json_build b = {0};

	if (labels->n == 0)
		return 0;
	for (size_t i = 0; i < labels->n; i++)
		build_text(&b, o, labels->pairs[i].key, labels->pairs[i].value);
	const char *text = path && !b.failed ? json_text(o, true) : NULL;
	if (!text)
		return err_oom(err);
	if (strlen(text) > LABELS_SIZE_MAX)
		return err_set(err, ERR_INVALID, EFBIG, "the labels are larger than %u bytes",
			       LABELS_SIZE_MAX);
	int r = file_write_atomic(dirfd, path, text, strlen(text), 0600, FILE_SYNC);
	return r < 0 ? err_sys(err, r, "write the labels of the volume '%s'", name) : 0;
}

/* The properties of a new volume. */
struct properties {
	struct oci_map labels, options;
};

static void properties_done(struct properties *p)
{
	oci_map_done(&p->labels);
	oci_map_done(&p->options);
}

static int read_properties(const struct masu_volume_create_options *o, struct properties *ret,
			   struct masu_error *err)
{
	_cleanup_volume_mount_ struct volume_mount mount = {0};
	int r = oci_map_set_pairs(&ret->labels, "label", o->labels, err);

	if (r == 0)
		r = oci_map_set_pairs(&ret->options, "option", o->options, err);
	return r == 0 && ret->options.n > 0 ? volume_mount_parse(&ret->options, &mount, err) : r;
}

/* The last step is one byte in the marker: until then the volume is not whole. */
static int create(int dirfd, const char *name, const struct properties *p, struct masu_error *err)
{
	_cleanup_free_ char *marker = volume_marker(name);
	int r = write_labels(dirfd, name, &p->labels, err);

	if (r == 0)
		r = volume_mount_write(dirfd, name, &p->options, err);
	if (r < 0)
		return r;
	if (!marker)
		return err_oom(err);
	_cleanup_close_ int fd = openat(dirfd, marker,
					O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : volume_dir_make(dirfd, name);
	if (r == 0 &&
	    (write(fd, &(char){VOLUME_CREATED}, 1) < 0 || fsync(fd) < 0 || fsync(dirfd) < 0)) {
		r = -errno;
		if (ftruncate(fd, 0) < 0) /* not whole: the next command removes it */
			r = -errno;
	}
	return r < 0 ? err_sys(err, r, "create the volume '%s'", name) : 0;
}

/* The caller holds the directory. A volume that a start is filling exists, too. */
static int create_missing(const struct masu_engine *e, int dirfd, const char *name,
			  const struct properties *p, bool ignore, struct masu_error *err)
{
	_cleanup_free_ char *marker = volume_marker(name);

	if (!marker)
		return err_oom(err);
	if (!volume_dir_has(dirfd, name) && !volume_dir_has(dirfd, marker)) {
		int r = create(dirfd, name, p, err);

		if (r == 0)
			event_volume(e, "create", name);
		return r;
	}
	if (ignore)
		return 0;
	int r = err_set(err, ERR_CONFLICT, EEXIST, "cannot create volume '%s': name already in use",
			name);
	(void)err_hint(err, "'masu volume create --ignore %s' accepts an existing volume", name);
	return r;
}

/* Holds the directory, without the leftovers of killed processes. */
static int hold_swept(const struct masu_engine *e, char ***trash, struct masu_error *err)
{
	_cleanup_close_ int dirfd = volume_dir_hold(e, err);

	if (dirfd < 0)
		return dirfd;
	int r = volume_dir_sweep(dirfd, trash, err);
	return r < 0 ? r : TAKE_FD(dirfd);
}

static int create_held(masu_engine *e, const char *name, const struct properties *p, bool ignore,
		       char ***trash, struct masu_error *err)
{
	_cleanup_close_ int dirfd = hold_swept(e, trash, err);

	if (dirfd < 0)
		return dirfd;
	return create_missing(e, dirfd, name, p, ignore, err);
}

int masu_volume_create(masu_engine *e, const char *name,
		       const struct masu_volume_create_options *given, char **ret_name,
		       masu_error *err)
{
	_cleanup_(properties_done) struct properties properties = {0};
	_cleanup_strv_ char **trash = NULL;
	struct masu_volume_create_options options;
	char id[ID_LENGTH + 1];
	int r = options_take(&options, sizeof(options), given, err);

	if (r < 0)
		return r;
	r = read_properties(&options, &properties, err);
	if (r < 0)
		return r;
	r = name ? name_check(name, "volume", err) : 0;
	if (r < 0)
		return r;
	r = name ? 0 : id_new(id);
	if (r < 0)
		return err_sys(err, r, "create a volume");
	_cleanup_free_ char *copy = strdup(name ? name : id);
	if (!copy)
		return err_oom(err);
	r = create_held(e, copy, &properties, options.ignore, &trash, err);
	(void)volume_dir_empty(e, trash, NULL); /* the next command tries again */
	if (r < 0)
		return r;
	if (ret_name)
		*ret_name = TAKE_PTR(copy);
	return 0;
}

/* Moves a volume to the trash. */
static int drop(const struct masu_engine *e, int dirfd, const char *name, char ***trash,
		struct masu_error *err)
{
	int r = volume_dir_drop(dirfd, name, trash, err);

	if (r == 0)
		event_volume(e, "remove", name);
	return r;
}

/* Removes the volume, or returns the containers that must go before. */
static int remove_held(struct masu_engine *e, const char *name, char ***trash, char ***ret_users,
		       struct masu_error *err)
{
	_cleanup_close_ int dirfd = hold_swept(e, trash, err);

	if (dirfd < 0)
		return dirfd;
	if (!is_whole(dirfd, name))
		return not_found(name, err);
	int r = volume_users(e, name, ret_users, err);
	return r < 0 || *ret_users ? r : drop(e, dirfd, name, trash, err);
}

/* Of a command, whose own failure counts first. */
static int empty_trash(struct masu_engine *e, char *const *trash, int r, struct masu_error *err)
{
	int emptied = volume_dir_empty(e, trash, r < 0 ? NULL : err);

	return r < 0 ? r : emptied;
}

int volume_remove_unused(masu_engine *e, const char *name, char ***ret_users,
			 struct masu_error *err)
{
	_cleanup_strv_ char **trash = NULL;
	int r = remove_held(e, name, &trash, ret_users, err);

	return empty_trash(e, trash, r, err);
}

/* Moves the listed volumes to the trash, and shortens the list to those that were moved. */
static int drop_all(const struct masu_engine *e, int dirfd, masu_volume_list *list, char ***trash,
		    struct masu_error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		int r = drop(e, dirfd, list->item[i].name, trash, err);

		if (r == 0)
			continue;
		while (list->n > i)
			volume_done(&list->item[--list->n]);
		return r;
	}
	return 0;
}

/* Volumes that cannot be measured count as nothing. */
static uint64_t measure(masu_engine *e, const masu_volume_list *list)
{
	_cleanup_free_ uint64_t *sizes = calloc(list->n + 1, sizeof(*sizes));
	_cleanup_strv_ char **paths = NULL;
	uint64_t sum = 0;

	for (size_t i = 0; i < list->n; i++)
		if (strv_pushf(&paths, "volumes/%s", list->item[i].name) < 0)
			return 0;
	if (!sizes || size_measure(e, paths, sizes, NULL) < 0)
		return 0;
	for (size_t i = 0; i < list->n; i++)
		sum += sizes[i];
	return sum;
}

static int prune_held(masu_engine *e, const struct masu_volume_filter *filter, char ***trash,
		      masu_volume_list **ret, struct masu_error *err)
{
	_cleanup_volume_list_ masu_volume_list *list = NULL;
	_cleanup_close_ int dirfd = hold_swept(e, trash, err);

	if (dirfd < 0)
		return dirfd;
	int r = list_in(e, dirfd, filter, &list, err);
	if (r < 0)
		return r;
	list->reclaimed = measure(e, list);
	r = drop_all(e, dirfd, list, trash, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(list);
	return 0;
}

int masu_volume_prune(masu_engine *e, const struct masu_volume_filter *given,
		      masu_volume_list **ret, masu_error *err)
{
	_cleanup_volume_list_ masu_volume_list *list = NULL;
	_cleanup_strv_ char **trash = NULL;
	struct masu_volume_filter filter;
	int r = options_take(&filter, sizeof(filter), given, err);

	if (r < 0)
		return r;
	filter.unused = MASU_YES;
	r = prune_held(e, &filter, &trash, &list, err);
	r = empty_trash(e, trash, r, err);
	if (r < 0)
		return r;
	event_volume(e, "prune", NULL);
	*ret = TAKE_PTR(list);
	return 0;
}
