/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create/mounts.h"

#include <errno.h>
#include <string.h>

#include "base/strv.h"
#include "cli/mount-args.h"
#include "unit.h"

typedef int (*add_fn)(struct mount_requests *list, const char *text, struct masu_error *err);

/* The option's text, and then the engine's checks. */
static int add(int (*parse)(const char *text, void *args, struct masu_error *err),
	       struct mount_requests *list, const char *text, struct masu_error *err)
{
	_cleanup_mount_args_ struct mount_args args = {0};
	int r = parse(text, &args, err);

	return r < 0 ? r : mounts_add(list, args.item[0], err);
}

static int mounts_add_volume(struct mount_requests *list, const char *text, struct masu_error *err)
{
	return add(mount_args_add_volume, list, text, err);
}

static int mounts_add_mount(struct mount_requests *list, const char *text, struct masu_error *err)
{
	return add(mount_args_add_mount, list, text, err);
}

static int mounts_add_tmpfs(struct mount_requests *list, const char *text, struct masu_error *err)
{
	return add(mount_args_add_tmpfs, list, text, err);
}

static const struct {
	add_fn add;
	const char *text;
	enum masu_mount_type type;
	const char *source, *target;
	bool readonly;
	const char *option; /* the first, or NULL */
} accepted[] = {
	{mounts_add_volume, "/tmp:/data", MASU_MOUNT_BIND, "/tmp", "/data", false, NULL},
	{mounts_add_volume, "/tmp/:/data/./x/:ro", MASU_MOUNT_BIND, "/tmp", "/data/x", true, NULL},
	{mounts_add_volume, "/tmp:/d:ro,noexec", MASU_MOUNT_BIND, "/tmp", "/d", true, "noexec"},
	{mounts_add_volume, "vol:/d", MASU_MOUNT_VOLUME, "vol", "/d", false, NULL},
	{mounts_add_volume, "/d", MASU_MOUNT_VOLUME, NULL, "/d", false, NULL},
	{mounts_add_mount, "type=bind,src=/tmp,dst=/d,ro", MASU_MOUNT_BIND, "/tmp", "/d", true,
	 NULL},
	{mounts_add_mount, "dst=/d,src=/tmp,type=bind,readonly=false", MASU_MOUNT_BIND, "/tmp",
	 "/d", false, NULL},
	{mounts_add_mount, "source=v,target=/d", MASU_MOUNT_VOLUME, "v", "/d", false, NULL},
	{mounts_add_mount, "type=tmpfs,destination=/d,tmpfs-size=1m", MASU_MOUNT_TMPFS, NULL, "/d",
	 false, "size=1048576"},
	{mounts_add_mount, "type=tmpfs,dst=/d,tmpfs-size=1MB", MASU_MOUNT_TMPFS, NULL, "/d", false,
	 "size=1048576"},
	{mounts_add_mount, "type=tmpfs,dst=/d,tmpfs-mode=700", MASU_MOUNT_TMPFS, NULL, "/d", false,
	 "mode=700"},
	{mounts_add_mount, "type=bind,\"source=/tmp\",\"target=/a,b \"\"c\"\"\"", MASU_MOUNT_BIND,
	 "/tmp", "/a,b \"c\"", false, NULL},
	{mounts_add_mount, "\"type=bind\",src=/tmp,dst=/d,bind-nonrecursive", MASU_MOUNT_BIND,
	 "/tmp", "/d", false, "bind"},
	{mounts_add_mount, "type=bind,src=/tmp,dst=/d,bind-nonrecursive=false", MASU_MOUNT_BIND,
	 "/tmp", "/d", false, NULL},
	{mounts_add_mount, "type=bind,src=/tmp,dst=/d,consistency=cached", MASU_MOUNT_BIND, "/tmp",
	 "/d", false, NULL},
	{mounts_add_volume, "/tmp:/d:cached", MASU_MOUNT_BIND, "/tmp", "/d", false, NULL},
	{mounts_add_volume, "/tmp:/d:delegated,ro", MASU_MOUNT_BIND, "/tmp", "/d", true, NULL},
	{mounts_add_volume, "v:/d:ro,consistent", MASU_MOUNT_VOLUME, "v", "/d", true, NULL},
	{mounts_add_volume, "/tmp:/d:runbindable", MASU_MOUNT_BIND, "/tmp", "/d", false,
	 "runbindable"},
	{mounts_add_mount, "type=bind,src=/tmp,dst=/d,bind-propagation=rslave", MASU_MOUNT_BIND,
	 "/tmp", "/d", false, "rslave"},
	{mounts_add_tmpfs, "/run", MASU_MOUNT_TMPFS, NULL, "/run", false, NULL},
	{mounts_add_tmpfs, "/run:size=64k,exec", MASU_MOUNT_TMPFS, NULL, "/run", false, "size=64k"},
};

static void test_accepted(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		_cleanup_mount_requests_ struct mount_requests list = {0};

		assert_int_equal(accepted[i].add(&list, accepted[i].text, NULL), 0);
		assert_int_equal(list.n, 1);
		const struct mount_request *m = &list.item[0];
		assert_int_equal(m->type, accepted[i].type);
		assert_string_equal(m->target, accepted[i].target);
		assert_int_equal(m->readonly, accepted[i].readonly);
		assert_int_equal(!m->source, !accepted[i].source);
		if (m->source)
			assert_string_equal(m->source, accepted[i].source);
		assert_int_equal(!m->options, !accepted[i].option);
		if (m->options)
			assert_string_equal(m->options[0], accepted[i].option);
	}
}

static void test_refused(void **state)
{
	static const struct {
		add_fn add;
		const char *text;
		enum err_kind kind;
	} cases[] = {
		{mounts_add_volume, "", ERR_INVALID},
		{mounts_add_volume, ":/d", ERR_INVALID},
		{mounts_add_volume, "/tmp:d", ERR_INVALID},
		{mounts_add_volume, "/tmp:/", ERR_INVALID},
		{mounts_add_volume, "/tmp:/../..", ERR_INVALID},
		{mounts_add_volume, "/tmp:/a:ro:x", ERR_INVALID},
		{mounts_add_volume, "/tmp:/a:size=1", ERR_INVALID},
		{mounts_add_volume, "/tmp:/a:ro,", ERR_INVALID},
		{mounts_add_volume, "/no/such/directory:/d", ERR_NOT_FOUND},
		{mounts_add_volume, "../../x y:/d", ERR_NOT_FOUND},
		{mounts_add_volume, ".hidden:/d", ERR_INVALID},
		{mounts_add_volume, "a/b:/d", ERR_INVALID},
		{mounts_add_volume, "/tmp:/d:U", ERR_INVALID},
		{mounts_add_volume, "/tmp:/d:nocopy", ERR_INVALID},
		{mounts_add_mount, "dst=/d,volume-nocopy=x", ERR_INVALID},
		{mounts_add_mount, "type=bind,src=/tmp", ERR_INVALID},
		{mounts_add_mount, "type=bind,dst=/d", ERR_INVALID},
		{mounts_add_mount, "type=nfs,src=x,dst=/d", ERR_UNSUPPORTED},
		{mounts_add_mount, "type=tmpfs,src=/tmp,dst=/d", ERR_INVALID},
		{mounts_add_mount, "type=bind,src=/tmp,dst=/d,ro=maybe", ERR_INVALID},
		{mounts_add_mount, "type=bind,src=/tmp,dst=/d,volume-driver=x", ERR_INVALID},
		{mounts_add_tmpfs, "run", ERR_INVALID},
		{mounts_add_tmpfs, "/run:bind", ERR_INVALID},
		{mounts_add_tmpfs, "/run:cached", ERR_INVALID},
		{mounts_add_volume, "/tmp:/d:tmpcopyup", ERR_INVALID},
		{mounts_add_volume, "/tmp:/d:CACHED", ERR_INVALID},
		{mounts_add_mount, "type=bind,src=/tmp,dst=/d,consistency=full", ERR_INVALID},
		{mounts_add_mount, "type=bind,src=/tmp,dst=/d,bind-nonrecursive=x", ERR_INVALID},
		{mounts_add_mount, "type=tmpfs,dst=/d,tmpfs-size=lots", ERR_INVALID},
		{mounts_add_mount, "type=tmpfs,dst=/d,\"tmpfs-mode=700,exec\"", ERR_INVALID},
		{mounts_add_mount, "type=tmpfs,dst=/d,tmpfs-mode=", ERR_INVALID},
		{mounts_add_mount, "type=tmpfs,dst=/d,\"size=1m,context=x\"", ERR_INVALID},
		{mounts_add_mount, "type=bind,src=/tmp,dst=/d,\"bind-propagation=slave,suid\"",
		 ERR_INVALID},
		{mounts_add_mount, "type=bind,src=/tmp,dst=\"/d\"", ERR_INVALID},
		{mounts_add_mount, "type=bind,src=/tmp,\"dst=/d", ERR_INVALID},
		{mounts_add_mount, "", ERR_INVALID},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_mount_requests_ struct mount_requests list = {0};
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_true(cases[i].add(&list, cases[i].text, &err) < 0);
		assert_int_equal(err.kind, cases[i].kind);
		assert_int_equal(list.n, 0);
	}
}

static void test_copying(void **state)
{
	static const struct {
		add_fn add;
		const char *text;
		bool nocopy;
	} cases[] = {
		{mounts_add_volume, "v:/d", false},
		{mounts_add_volume, "v:/d:ro,nocopy", true},
		{mounts_add_volume, "v:/d:nocopy,copy", false},
		{mounts_add_mount, "src=v,dst=/d,volume-nocopy", true},
		{mounts_add_mount, "src=v,dst=/d,volume-nocopy=true", true},
		{mounts_add_mount, "src=v,dst=/d,volume-nocopy=0", false},
	};
	_cleanup_mount_requests_ struct mount_requests list = {0};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(cases[i].add(&list, cases[i].text, NULL), 0);
		assert_int_equal(list.item[0].nocopy, cases[i].nocopy);
		mount_requests_done(&list);
	}
}

static void test_copying_up(void **state)
{
	static const struct {
		add_fn add;
		const char *text;
		bool copy_up;
	} cases[] = {
		{mounts_add_tmpfs, "/d", false},
		{mounts_add_tmpfs, "/d:tmpcopyup", true},
		{mounts_add_tmpfs, "/d:notmpcopyup", false},
		{mounts_add_tmpfs, "/d:tmpcopyup,size=1m,notmpcopyup", false},
		{mounts_add_mount, "type=tmpfs,dst=/d,tmpcopyup", true},
	};
	_cleanup_mount_requests_ struct mount_requests list = {0};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(cases[i].add(&list, cases[i].text, NULL), 0);
		assert_int_equal(list.item[0].copy_up, cases[i].copy_up);
		mount_requests_done(&list);
	}
}

static void test_only_missing_ones(void **state)
{
	_cleanup_mount_requests_ struct mount_requests list = {0};

	assert_int_equal(mounts_add_tmpfs(&list, "/a", NULL), 0);
	assert_int_equal(mounts_add_missing(&list, "/a/", NULL), 0);
	assert_int_equal(mounts_add_missing(&list, "/../b/./c", NULL), 0);
	assert_int_equal(mounts_add_missing(&list, "/b//c", NULL), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.item[0].type, MASU_MOUNT_TMPFS);
	assert_string_equal(list.item[1].target, "/b/c");
	assert_null(list.item[1].source);
	assert_int_equal(mounts_add_missing(&list, "d", NULL), -EINVAL);
	assert_int_equal(mounts_add_missing(&list, "/d\n", NULL), -EINVAL);
	assert_int_equal(mounts_add_missing(&list, "/x/..", NULL), -EINVAL);
}

static void test_one_mount_at_a_place(void **state)
{
	static const struct {
		add_fn add;
		const char *text;
	} cases[] = {
		{mounts_add_volume, "vol:/d"},
		{mounts_add_volume, "/tmp:/d/"},
		{mounts_add_volume, "/d/./"},
		{mounts_add_tmpfs, "/x/../d"},
		{mounts_add_mount, "type=tmpfs,dst=//d"},
	};
	_cleanup_mount_requests_ struct mount_requests list = {0};

	assert_int_equal(mounts_add_volume(&list, "vol:/d", NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_int_equal(cases[i].add(&list, cases[i].text, &err), -EINVAL);
		assert_non_null(strstr(err.message, "duplicate mount point '/d'"));
	}
	assert_int_equal(mounts_add_tmpfs(&list, "/d/e", NULL), 0);
	assert_int_equal(list.n, 2);
}

static void test_options_of_a_volume(void **state)
{
	_cleanup_volume_mount_ struct volume_mount m = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_oci_map_ struct oci_map map = {0};

	assert_int_equal(oci_map_set(&map, "type", "none"), 0);
	assert_int_equal(volume_mount_parse(&map, &m, NULL), -EINVAL);
	assert_int_equal(oci_map_set(&map, "o", "ro,bind,noexec"), 0);
	assert_int_equal(volume_mount_parse(&map, &m, NULL), -EINVAL);
	assert_int_equal(oci_map_set(&map, "device", "/srv/./web/"), 0);
	assert_int_equal(volume_mount_parse(&map, &m, NULL), 0);
	assert_false(m.tmpfs);
	assert_true(m.readonly);
	assert_string_equal(m.device, "/srv/web");
	assert_int_equal(strv_length(m.options), 2);
	assert_string_equal(m.options[1], "noexec");
	assert_int_equal(oci_map_set(&map, "type", "nfs"), 0);
	volume_mount_done(&m);
	assert_int_equal(volume_mount_parse(&map, &m, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.hint, "o=bind"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_copying),
		cmocka_unit_test(test_copying_up),
		cmocka_unit_test(test_only_missing_ones),
		cmocka_unit_test(test_one_mount_at_a_place),
		cmocka_unit_test(test_options_of_a_volume),
	};

	return cmocka_run_group_tests_name("mounts", tests, NULL, NULL);
}
