/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "engine-fixture.h"
#include "engine/control/list-filter.h"

#define LIST(...) ((char *const *)(const char *const[]){__VA_ARGS__, NULL})

/* A container on record that is `created_ns` old; with an exit code from 0 on it has run. */
static void add(struct fixture *f, const char *name, int64_t created_ns, int exit_code)
{
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_record_ struct record record = {.created_ns = created_ns,
						 .image = strdup("busybox"),
						 .network = strdup("pasta:--ipv4-only")};

	assert_int_equal(home_make(f->engine, name, &home, &record.name, NULL), 0);
	record.id = strdup(home.id);
	assert_int_equal(oci_map_set(&record.labels, "name", name), 0);
	assert_int_equal(oci_map_set(&record.labels, "all", ""), 0);
	assert_int_equal(
		record_add_mount(&record, &(struct record_mount){.type = (char *)"volume",
								 .volume = (char *)name,
								 .source = (char *)"/v",
								 .destination = (char *)"/d"}),
		0);
	assert_int_equal(record_write(home.fd, &record, false, NULL), 0);
	if (exit_code >= 0)
		assert_int_equal(
			ending_write(home.fd, &(struct ending){.exit_code = exit_code}, NULL), 0);
	assert_int_equal(home_publish(f->engine, &home, NULL), 0);
}

static void assert_listed(struct fixture *f, struct masu_list_options o, const char *names)
{
	_cleanup_masu_container_list_ masu_container_list *list = NULL;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	o.size = sizeof(o);
	assert_int_equal(masu_container_list_read(f->engine, &o, &list, NULL), 0);
	for (size_t i = 0; i < masu_container_list_count(list); i++)
		assert_int_equal(strbuf_addf(&b, "%s%s", i ? " " : "",
					     masu_container_name(masu_container_list_get(list, i))),
				 0);
	assert_string_equal(str_or_empty(b.text), names);
}

#define ASSERT_LISTED(f, names, ...) \
	assert_listed(f, (struct masu_list_options){.all = true, __VA_ARGS__}, names)

static void test_filters(void **state)
{
	struct fixture *f = *state;
	_cleanup_masu_container_ masu_container *c = NULL;

	add(f, "old", 1000, 0);
	add(f, "mid", 2000, 3);
	add(f, "web-1", 3000, -1);
	assert_int_equal(masu_container_find(f->engine, "mid", &c, NULL), 0);
	assert_listed(f, (struct masu_list_options){0}, "");
	ASSERT_LISTED(f, "web-1 mid old");
	ASSERT_LISTED(f, "mid", .labels = LIST("all", "name=mid"));
	ASSERT_LISTED(f, "", .labels = LIST("name=mid", "name=old"));
	ASSERT_LISTED(f, "web-1", .not_labels = LIST("name=mid", "name=old"));
	ASSERT_LISTED(f, "mid", .ids = LIST("x", c->record.id));
	ASSERT_LISTED(f, "", .ids = LIST(c->record.id + 1));
	ASSERT_LISTED(f, "web-1 old", .names = LIST("^web-[0-9]$", "l"));
	ASSERT_LISTED(f, "", .names = LIST("^web-$"));
	ASSERT_LISTED(f, "web-1 mid old", .ancestors = LIST("busybox"));
	ASSERT_LISTED(f, "", .ancestors = LIST("alpine"));
	ASSERT_LISTED(f, "mid old", .volumes = LIST("mid", "old"));
	ASSERT_LISTED(f, "web-1 mid old", .volumes = LIST("/d"));
	ASSERT_LISTED(f, "", .volumes = LIST("/other"));
	ASSERT_LISTED(f, "web-1 mid old", .networks = LIST("none", "pasta"));
	ASSERT_LISTED(f, "", .networks = LIST("past", "pastas"));
	ASSERT_LISTED(f, "old", .before = "mid");
	ASSERT_LISTED(f, "web-1", .since = "mid");
	ASSERT_LISTED(f, "old", .created_before = 2000);
	ASSERT_LISTED(f, "mid old", .created_before = 2001);
	ASSERT_LISTED(f, "mid", .last = 1, .labels = LIST("all"), .before = "web-1");
}

static void test_states(void **state)
{
	static const int codes[] = {0, 3};
	struct fixture *f = *state;

	/* All of these list containers that do not run. */
	assert_listed(f, (struct masu_list_options){.last = 2}, "web-1 mid");
	assert_listed(f, (struct masu_list_options){.statuses = 1u << MASU_STATUS_CREATED},
		      "web-1");
	assert_listed(f,
		      (struct masu_list_options){.statuses = 1u << MASU_STATUS_CREATED |
							     1u << MASU_STATUS_EXITED},
		      "web-1 mid old");
	assert_listed(f, (struct masu_list_options){.exit_codes = codes, .n_exit_codes = 1}, "old");
	assert_listed(f, (struct masu_list_options){.exit_codes = codes, .n_exit_codes = 2},
		      "mid old");
}

static void assert_refused(struct fixture *f, struct masu_list_options o, int code)
{
	masu_container_list *list = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	o.size = sizeof(o);
	assert_int_equal(masu_container_list_read(f->engine, &o, &list, &err), code);
	assert_non_null(err.message);
	assert_null(list);
}

static void test_errors(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, (struct masu_list_options){.names = LIST("a", "(")}, -EINVAL);
	assert_refused(f, (struct masu_list_options){.before = "nosuch"}, -ENOENT);
	assert_refused(f, (struct masu_list_options){.since = "nosuch"}, -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
