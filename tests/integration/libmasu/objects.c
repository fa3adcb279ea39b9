/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The images, volumes, secrets and credentials of an empty store: objects IMAGE DIR. IMAGE is that of a busybox, DIR a directory
 * for files.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static masu_engine *e;

/* The functions return JSON, which the caller frees. */
static void has(char *json, const char *text)
{
	check(strstr(json, text) != NULL, text);
	free(json);
}

struct seen {
	int layers, done;
};

static void count(void *userdata, const struct masu_progress *p)
{
	struct seen *seen = userdata;

	CHECK(p->done <= p->total || p->total == 0);
	seen->layers += p->phase == MASU_PHASE_WAITING;
	seen->done += p->phase == MASU_PHASE_DONE;
}

static masu_image_list *list_images(size_t n)
{
	masu_image_list *list = NULL;

	CHECK(masu_image_list_read(e, NULL, &list, error) == 0);
	CHECK(masu_image_list_count(list) == n && masu_image_list_get(list, n) == NULL);
	return list;
}

static void pull(const char *reference)
{
	struct seen seen = {0};
	const struct masu_pull_options options = {
		.size = sizeof(options), .progress = count, .userdata = &seen};
	char *digest = NULL, *json = NULL;

	CHECK(masu_image_pull(e, reference, &options, &digest, error) == 0);
	CHECK(strncmp(digest, "sha256:", 7) == 0 && seen.layers == 1 && seen.done == 1);
	masu_image_list *list = list_images(1);
	const masu_image *image = masu_image_list_get(list, 0);
	CHECK(strcmp(masu_image_digest(image), digest + 7) == 0 && *masu_image_id(image));
	CHECK(strcmp(masu_image_name(image), reference) == 0 && !masu_image_damage(image));
	CHECK(masu_image_size(image) > 1000 && masu_image_created(image) > 0);
	CHECK(masu_image_summary(image, &json, error) == 0);
	has(json, masu_image_id(image));
	CHECK(masu_image_inspect(e, masu_image_id(image), &json, error) == 0);
	has(json, masu_image_digest(image));
	CHECK(masu_image_history(e, reference, &json, error) == 0);
	has(json, "\"CreatedBy\"");
	REFUSES(masu_image_history(e, "nosuch", &json, error), MASU_ERROR_NOT_FOUND);
	masu_image_list_free(list);
	free(digest);
}

static void save_and_load(const char *reference)
{
	char *const names[] = {(char *)"own:1", NULL};
	const int fd = open("saved", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	const struct masu_image_save_options save = {
		.size = sizeof(save), .format = MASU_SAVE_OCI_ARCHIVE, .fd = fd, .quiet = true};
	const struct masu_image_load_options load = {.size = sizeof(load), .fd = fd, .quiet = true};
	const struct masu_image_remove_options force = {.size = sizeof(force), .force = true};
	masu_image_list *list = NULL;
	char *name = NULL, *id = NULL;

	CHECK(masu_image_tag(e, reference, "own:1", error) == 0);
	CHECK(masu_image_save(e, names, &save, error) == 0);
	CHECK(masu_image_remove(e, reference, NULL, &name, &id, error) == 0);
	CHECK(strcmp(name, reference) == 0 && !id);
	free(name);
	CHECK(masu_image_remove(e, "own:1", &force, &name, &id, error) == 0);
	CHECK(strcmp(name, "docker.io/library/own:1") == 0 && id);
	free(name);
	free(id);
	REFUSES(masu_image_remove(e, "own:1", NULL, NULL, NULL, error), MASU_ERROR_NOT_FOUND);
	CHECK(masu_image_collect(e, error) == 0);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(masu_image_load(e, &load, &list, error) == 0);
	CHECK(masu_image_list_count(list) == 1);
	CHECK(strcmp(masu_image_name(masu_image_list_get(list, 0)), "docker.io/library/own:1") ==
	      0);
	masu_image_list_free(list);
	close(fd);
}

/* The archive is one of a volume. */
static void import_and_prune(void)
{
	const int fd = open("files.tar", O_RDONLY | O_CLOEXEC);
	char *const command[] = {(char *)"/file", NULL};
	const struct masu_commit_options settings = {
		.size = sizeof(settings), .name = "made:1", .command = command, .quiet = true};
	const struct masu_import_options import = {
		.size = sizeof(import), .fd = fd, .image = &settings};
	char *references[] = {(char *)"made", NULL};
	const struct masu_image_filter made = {.size = sizeof(made), .references = references};
	masu_image_list *list = NULL;
	char *id = NULL;

	CHECK(fd >= 0 && masu_image_import(e, &import, &id, error) == 0);
	masu_image_list_free(list_images(2));
	CHECK(masu_image_prune(e, &made, &list, error) == 0);
	CHECK(masu_image_list_count(list) == 1 && masu_image_list_reclaimed(list) > 0);
	CHECK(strcmp(masu_image_id(masu_image_list_get(list, 0)), id) == 0);
	masu_image_list_free(list);
	masu_image_list_free(list_images(1));
	free(id);
	close(fd);
}

static int write_out(void *userdata, const void *bytes, size_t size)
{
	return write(*(int *)userdata, bytes, size) == (ssize_t)size ? 0 : -5;
}

static void archive_volume(const masu_volume *v)
{
	int out = open("files.tar", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	const struct masu_archive_get_options get = {
		.size = sizeof(get), .write = write_out, .userdata = &out};
	char *path = NULL;
	int fd = asprintf(&path, "%s/file", masu_volume_path(v)) < 0
			 ? -1
			 : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

	CHECK(fd >= 0 && write(fd, "text", 4) == 4);
	CHECK(masu_volume_archive_get(e, masu_volume_name(v), &get, error) == 0);
	close(fd);
	close(out);
	free(path);
}

static void volumes(void)
{
	char *labels[] = {(char *)"tier=front", NULL};
	const struct masu_volume_create_options options = {.size = sizeof(options),
							   .labels = labels};
	const struct masu_volume_filter front = {.size = sizeof(front), .labels = labels};
	masu_volume_list *list = NULL;
	masu_volume *v = NULL;
	char *name = NULL, *json = NULL;

	CHECK(masu_volume_create(e, "v", &options, &name, error) == 0 && strcmp(name, "v") == 0);
	free(name);
	REFUSES(masu_volume_create(e, "v", NULL, NULL, error), MASU_ERROR_CONFLICT);
	CHECK(masu_volume_create(e, NULL, NULL, &name, error) == 0);
	CHECK(masu_volume_find(e, name, &v, error) == 0 && masu_volume_is_anonymous(v));
	masu_volume_free(v);
	free(name);
	CHECK(masu_volume_find(e, "v", &v, error) == 0 && !masu_volume_is_anonymous(v));
	CHECK(strcmp(masu_volume_label(v, "tier"), "front") == 0 && !masu_volume_label(v, "x"));
	CHECK(masu_volume_created(v) >= 0 && *masu_volume_path(v) == '/');
	CHECK(masu_volume_inspect(v, &json, error) == 0);
	has(json, "\"Mountpoint\"");
	archive_volume(v);
	masu_volume_free(v);
	CHECK(masu_volume_list_read(e, &front, &list, error) == 0);
	CHECK(masu_volume_list_count(list) == 1 && !masu_volume_list_get(list, 1));
	CHECK(strcmp(masu_volume_name(masu_volume_list_get(list, 0)), "v") == 0);
	masu_volume_list_free(list);
	CHECK(masu_volume_prune(e, &front, &list, error) == 0);
	CHECK(masu_volume_list_count(list) == 1 && masu_volume_list_reclaimed(list) == 4);
	masu_volume_list_free(list);
	REFUSES(masu_volume_remove(e, "v", false, error), MASU_ERROR_NOT_FOUND);
	CHECK(masu_volume_remove(e, "v", true, error) == 0);
}

static void secrets(void)
{
	char *labels[] = {(char *)"a=b", NULL};
	const struct masu_secret_create_options options = {
		.size = sizeof(options), .bytes = "hidden", .n_bytes = 6, .labels = labels};
	masu_secret_list *list = NULL;
	masu_secret *s = NULL;
	char *id = NULL, *json = NULL;
	size_t size = 0;

	CHECK(masu_secret_create(e, "s", &options, &id, error) == 0);
	REFUSES(masu_secret_create(e, "s", &options, NULL, error), MASU_ERROR_CONFLICT);
	CHECK(masu_secret_find(e, id, &s, error) == 0 && strcmp(masu_secret_id(s), id) == 0);
	CHECK(strcmp(masu_secret_name(s), "s") == 0 && !masu_secret_label(s, "c"));
	CHECK(strcmp(masu_secret_label(s, "a"), "b") == 0);
	CHECK(masu_secret_created(s) > 0 && masu_secret_updated(s) == masu_secret_created(s));
	CHECK(memcmp(masu_secret_bytes(s, &size), "hidden", 6) == 0 && size == 6);
	CHECK(masu_secret_inspect(s, false, &json, error) == 0 && !strstr(json, "hidden"));
	free(json);
	CHECK(masu_secret_inspect(s, true, &json, error) == 0);
	has(json, "hidden");
	masu_secret_free(s);
	free(id);
	CHECK(masu_secret_list_read(e, NULL, &list, error) == 0);
	CHECK(masu_secret_list_count(list) == 1 && !masu_secret_list_get(list, 1));
	CHECK(!masu_secret_bytes(masu_secret_list_get(list, 0), &size));
	masu_secret_list_free(list);
	CHECK(masu_secret_remove(e, "s", error) == 0);
	REFUSES(masu_secret_remove(e, "s", error), MASU_ERROR_NOT_FOUND);
}

/* No registry listens at this port. */
static void credentials(void)
{
	static const char registry[] = "127.0.0.1:1", file[] = "auth.json";
	const struct masu_login_options login = {
		.size = sizeof(login), .user = "me", .password = "secret", .authfile = file};
	const struct masu_push_options push = {.size = sizeof(push), .authfile = file};
	FILE *f = fopen(file, "we");
	char *user = NULL;

	CHECK(f && fprintf(f, "{\"auths\": {\"%s\": {\"auth\": \"bWU6c2VjcmV0\"}}}", registry) > 0);
	CHECK(fclose(f) == 0);
	CHECK(masu_registry_user(e, registry, file, &user, error) == 0);
	CHECK(strcmp(user, "me") == 0);
	free(user);
	REFUSES(masu_registry_login(e, registry, &login, error), MASU_ERROR_UNAVAILABLE);
	REFUSES(masu_image_push(e, "own:1", "127.0.0.1:1/own:1", &push, NULL, error),
		MASU_ERROR_UNAVAILABLE);
	REFUSES(masu_image_push(e, "nosuch", "127.0.0.1:1/own:1", &push, NULL, error),
		MASU_ERROR_NOT_FOUND);
	CHECK(masu_registry_logout(e, registry, file, error) == 0);
	REFUSES(masu_registry_logout(e, registry, file, error), MASU_ERROR_NOT_FOUND);
	REFUSES(masu_registry_user(e, registry, file, &user, error), MASU_ERROR_NOT_FOUND);
}

static void findings(masu_finding_list *list)
{
	for (size_t i = 0; i < masu_finding_list_count(list); i++) {
		const struct masu_finding *f = masu_finding_list_get(list, i);

		CHECK(f->id && f->object && f->message && *masu_severity_name(f->severity));
	}
	CHECK(masu_finding_list_get(list, masu_finding_list_count(list)) == NULL);
	masu_finding_list_free(list);
}

static void engine(void)
{
	const struct masu_check_options wrong = {.size = sizeof(wrong), .force = true};
	masu_finding_list *list = NULL;
	char *json = NULL;

	CHECK(masu_engine_info(e, &json, error) == 0);
	has(json, "\"cgroup");
	CHECK(masu_engine_disk_usage(e, &json, error) == 0);
	has(json, "\"Reclaimable\"");
	CHECK(masu_engine_doctor(e, &list, error) == 0);
	findings(list);
	CHECK(masu_engine_check(e, NULL, &list, error) == 0);
	CHECK(masu_finding_list_count(list) == 0);
	findings(list);
	REFUSES(masu_engine_check(e, &wrong, &list, error), MASU_ERROR_INVALID);
	CHECK(*masu_version() && *masu_oci_version());
}

int main(int argc, char **argv)
{
	if (argc != 3 || chdir(argv[2]) < 0)
		return 2;
	CHECK(masu_error_new(&error) == 0);
	CHECK(masu_engine_open(NULL, &e, error) == 0);
	pull(argv[1]);
	save_and_load(argv[1]);
	volumes();
	import_and_prune();
	secrets();
	credentials();
	engine();
	masu_engine_free(e);
	masu_error_free(error);
	return 0;
}
