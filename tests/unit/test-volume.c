/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/volume/volume.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine-fixture.h"
#include "engine/container/home.h"
#include "engine/container/record.h"
#include "engine/name.h"
#include "engine/volume/volume-dir.h"
#include "engine/volume/volumes.h"

static int open_volumes(const struct fixture *f)
{
	int fd = volume_dir_open(f->engine, NULL);

	assert_true(fd >= 0);
	return fd;
}

static void make_file(int dirfd, const char *name, const char *text)
{
	assert_int_equal(file_write_new(dirfd, name, text, strlen(text), 0600), 0);
}

static void create(struct fixture *f, const char *name, const char *label)
{
	const struct masu_volume_create_options o = {.size = sizeof(o),
						     .labels = (char *[]){(char *)label, NULL}};
	_cleanup_free_ char *created = NULL;

	assert_int_equal(masu_volume_create(f->engine, name, &o, &created, NULL), 0);
	assert_string_equal(created, name);
}

/* A container on record that mounts a volume, by its id. */
static void add_container(struct fixture *f, const char *name, const char *volume,
			  struct record *ret)
{
	_cleanup_home_ struct home home = HOME_INIT;
	struct record record = {.image = strdup("busybox")};

	assert_int_equal(home_make(f->engine, name, &home, &record.name, NULL), 0);
	record.id = strdup(home.id);
	assert_int_equal(
		record_add_mount(&record, &(struct record_mount){.type = (char *)"volume",
								 .volume = (char *)volume,
								 .source = (char *)"/v",
								 .destination = (char *)"/v"}),
		0);
	assert_int_equal(record_write(home.fd, &record, false, NULL), 0);
	assert_int_equal(home_publish(f->engine, &home, NULL), 0);
	if (ret)
		*ret = record;
	else
		record_done(&record);
}

/* The names of the volumes that pass, with spaces between. */
static void assert_listed(struct fixture *f, struct masu_volume_filter filter, const char *names)
{
	_cleanup_volume_list_ masu_volume_list *list = NULL;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	filter.size = sizeof(filter);
	assert_int_equal(masu_volume_list_read(f->engine, &filter, &list, NULL), 0);
	for (size_t i = 0; i < masu_volume_list_count(list); i++)
		assert_int_equal(strbuf_addf(&b, "%s%s", i ? " " : "",
					     masu_volume_name(masu_volume_list_get(list, i))),
				 0);
	assert_null(masu_volume_list_get(list, masu_volume_list_count(list)));
	assert_string_equal(b.text ? b.text : "", names);
}

static void test_create(void **state)
{
	static const struct masu_volume_create_options ignore = {.size = sizeof(ignore),
								 .ignore = true};
	struct fixture *f = *state;
	_cleanup_(masu_volume_freep) masu_volume *v = NULL, *other = NULL;
	_cleanup_free_ char *id = NULL, *json = NULL;
	_cleanup_close_ int dirfd = open_volumes(f);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct stat st;
	mode_t mask = umask(077);

	create(f, "data", "owner=a=b");
	(void)umask(mask);
	assert_int_equal(fstatat(dirfd, "data", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(masu_volume_find(f->engine, "data", &v, NULL), 0);
	assert_string_equal(masu_volume_label(v, "owner"), "a=b");
	assert_true(str_has_suffix(masu_volume_path(v), "/data/volumes/data"));
	assert_false(masu_volume_is_anonymous(v));
	assert_int_equal(masu_volume_inspect(v, &json, NULL), 0);
	assert_non_null(strstr(json, "\"a=b\""));
	assert_int_equal(masu_volume_create(f->engine, "data", NULL, NULL, NULL), -EEXIST);
	assert_int_equal(masu_volume_create(f->engine, "data", &ignore, NULL, NULL), 0);
	assert_int_equal(masu_volume_create(f->engine, NULL, NULL, &id, NULL), 0);
	assert_true(id_is_valid(id));
	assert_int_equal(masu_volume_create(f->engine, "../x", NULL, NULL, &err), -EINVAL);
	assert_int_equal(masu_volume_create(f->engine, ".new-x", NULL, NULL, &err), -EINVAL);
	assert_int_equal(masu_volume_find(f->engine, "other", &other, NULL), -ENOENT);
	assert_int_equal(masu_volume_find(f->engine, ".labels-data", &other, NULL), -ENOENT);
}

static void test_filters(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *id = NULL;

	assert_listed(f, (struct masu_volume_filter){0}, "");
	create(f, "web-b", "tier=web");
	create(f, "web-a", "tier=web");
	create(f, "db", "tier=db");
	create(f, "plain", NULL);
	add_container(f, "user", "db", NULL);
	assert_listed(f, (struct masu_volume_filter){0}, "db plain web-a web-b");
	assert_listed(f, (struct masu_volume_filter){.labels = (char *[]){(char *)"tier", NULL}},
		      "db web-a web-b");
	assert_listed(f,
		      (struct masu_volume_filter){.labels = (char *[]){(char *)"tier=web", NULL}},
		      "web-a web-b");
	assert_listed(f, (struct masu_volume_filter){.labels = (char *[]){(char *)"tie", NULL}},
		      "");
	assert_listed(
		f, (struct masu_volume_filter){.not_labels = (char *[]){(char *)"tier=web", NULL}},
		"db plain");
	assert_listed(f,
		      (struct masu_volume_filter){
			      .names = (char *[]){(char *)"b-b", (char *)"plain", NULL}},
		      "plain web-b");
	assert_listed(f, (struct masu_volume_filter){.unused = MASU_NO}, "db");
	assert_listed(f, (struct masu_volume_filter){.unused = MASU_YES}, "plain web-a web-b");
	assert_listed(f, (struct masu_volume_filter){.anonymous = MASU_YES}, "");
	assert_int_equal(masu_volume_create(f->engine, NULL, NULL, &id, NULL), 0);
	assert_listed(f, (struct masu_volume_filter){.anonymous = MASU_YES}, id);
	assert_listed(f, (struct masu_volume_filter){.created_before = 1}, "");
	assert_listed(f,
		      (struct masu_volume_filter){.created_before = INT64_MAX, .unused = MASU_NO},
		      "db");
}

static void test_remove(void **state)
{
	struct fixture *f = *state;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_close_ int dirfd = open_volumes(f);

	create(f, "data", "a=b");
	add_container(f, "user", "data", NULL);
	assert_int_equal(masu_volume_remove(f->engine, "data", false, &err), -EBUSY);
	assert_non_null(strstr(err.message, "'user'"));
	assert_int_equal(masu_volume_remove(f->engine, "data", true, &err), 0);
	assert_int_equal(masu_volume_remove(f->engine, "data", false, &err), -ENOENT);
	assert_int_equal(masu_volume_remove(f->engine, "data", true, &err), 0);
	assert_false(volume_dir_has(dirfd, "data"));
	assert_false(volume_dir_has(dirfd, ".labels-data"));
	assert_false(volume_dir_has(dirfd, ".new-data"));
	create(f, "data", NULL); /* without the labels of the first one */
	assert_listed(f, (struct masu_volume_filter){.labels = (char *[]){(char *)"a", NULL}}, "");
}

static void test_prune(void **state)
{
	const struct masu_volume_filter filter = {.size = sizeof(filter),
						  .not_labels = (char *[]){(char *)"keep", NULL}};
	struct fixture *f = *state;
	_cleanup_volume_list_ masu_volume_list *removed = NULL;

	create(f, "a", "keep=");
	create(f, "b", NULL);
	create(f, "c", NULL);
	add_container(f, "user", "c", NULL);
	assert_int_equal(masu_volume_prune(f->engine, &filter, &removed, NULL), 0);
	assert_int_equal(masu_volume_list_count(removed), 1);
	assert_string_equal(masu_volume_name(masu_volume_list_get(removed, 0)), "b");
	assert_listed(f, (struct masu_volume_filter){0}, "a c");
}

/* All that a kill can leave is invisible, and goes with the next change. */
static void test_leftovers(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int dirfd = open_volumes(f);

	make_file(dirfd, ".labels-gone", "{\"a\":\"b\"}");
	make_file(dirfd, ".new-half", "");
	make_file(dirfd, ".new-nothing", "");
	make_file(dirfd, ".new-removed", "c");
	make_file(dirfd, ".labels-half", "{\"a\":\"b\"}");
	assert_int_equal(volume_dir_make(dirfd, "half"), 0);
	assert_int_equal(mkdirat(dirfd, ".trash-0123", 0700), 0);
	assert_listed(f, (struct masu_volume_filter){0}, "");
	assert_int_equal(masu_volume_remove(f->engine, "half", false, NULL), -ENOENT);
	assert_false(volume_dir_has(dirfd, ".labels-gone"));
	assert_false(volume_dir_has(dirfd, ".new-half"));
	assert_false(volume_dir_has(dirfd, ".new-nothing"));
	assert_false(volume_dir_has(dirfd, ".new-removed"));
	assert_false(volume_dir_has(dirfd, "half"));
	assert_false(volume_dir_has(dirfd, ".trash-0123"));
	create(f, "half", NULL);
	assert_listed(f, (struct masu_volume_filter){.labels = (char *[]){(char *)"a", NULL}}, "");
	/* A start that is filling a volume holds its marker: the volume stays. */
	make_file(dirfd, ".new-busy", "");
	assert_int_equal(volume_dir_make(dirfd, "busy"), 0);
	_cleanup_close_ int marker = openat(dirfd, ".new-busy", O_RDWR | O_CLOEXEC);
	assert_int_equal(volume_lock(marker, LOCK_EX), 0);
	assert_int_equal(masu_volume_create(f->engine, "busy", NULL, NULL, NULL), -EEXIST);
	assert_true(volume_dir_has(dirfd, "busy"));
}

static void assert_taken(struct fixture *f, const struct record *record, bool fill, bool finish)
{
	_cleanup_volumes_ struct volumes v = VOLUMES_INIT;

	assert_int_equal(volumes_take(f->engine, record, &v, NULL), 0);
	assert_int_equal(strv_length(v.to_fill), fill ? 1 : 0);
	if (finish)
		assert_int_equal(volumes_finish(f->engine, &v, NULL), 0);
}

static void test_take(void **state)
{
	struct fixture *f = *state;
	_cleanup_record_ struct record mounts = {0};
	_cleanup_close_ int dirfd = open_volumes(f);
	struct stat first, second;

	create(f, "data", "a=b");
	add_container(f, "user", "data", &mounts);
	/* A start that fails midway leaves a created volume to the next one, with its labels. */
	assert_taken(f, &mounts, true, false);
	assert_int_equal(fstatat(dirfd, "data", &first, 0), 0);
	make_file(dirfd, "data/copied", "half of it");
	assert_taken(f, &mounts, true, true);
	assert_false(volume_dir_has(dirfd, "data/copied"));
	assert_listed(f, (struct masu_volume_filter){.labels = (char *[]){(char *)"a", NULL}},
		      "data");
	/* A whole one gets nothing. */
	assert_taken(f, &mounts, false, true);
	/* Nor does a created one with files of the user's. */
	assert_int_equal(masu_volume_remove(f->engine, "data", true, NULL), 0);
	create(f, "data", NULL);
	make_file(dirfd, "data/mine", "");
	assert_taken(f, &mounts, false, true);
	assert_true(volume_dir_has(dirfd, "data/mine"));
	/* A missing one is created, without the labels of another one. */
	assert_int_equal(masu_volume_remove(f->engine, "data", true, NULL), 0);
	make_file(dirfd, ".labels-data", "{\"a\":\"b\"}");
	assert_taken(f, &mounts, true, true);
	assert_int_equal(fstatat(dirfd, "data", &second, 0), 0);
	assert_int_equal(second.st_mode, S_IFDIR | 0755);
	assert_listed(f, (struct masu_volume_filter){.labels = (char *[]){(char *)"a", NULL}}, "");
	assert_listed(f, (struct masu_volume_filter){0}, "data");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_create), TEST(test_filters),	 TEST(test_remove),
		TEST(test_prune),  TEST(test_leftovers), TEST(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
