/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/change-args.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "unit.h"

static void add(struct change_args *a, const char *text)
{
	assert_int_equal(change_args_add(a, text, NULL), 0);
}

static void assert_list(char *const *list, const char *const *wanted)
{
	for (; *wanted; wanted++, list++)
		assert_string_equal(*list, *wanted);
	assert_null(*list);
}
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_commands(void **state)
{
	_cleanup_change_args_ struct change_args a = {0};

	add(&a, "CMD [\"a\", \"b c\"]");
	assert_list(a.command, LIST("a", "b c"));
	add(&a, "cmd  echo  x  ");
	assert_list(a.command, LIST("/bin/sh", "-c", "echo  x"));
	add(&a, "CMD=/bin/true");
	assert_list(a.command, LIST("/bin/sh", "-c", "/bin/true"));
	add(&a, "CMD [ -e / ]");
	assert_list(a.command, LIST("/bin/sh", "-c", "[ -e / ]"));
	add(&a, "Entrypoint []");
	assert_non_null(a.entrypoint);
	assert_null(a.entrypoint[0]);
}

static void test_words(void **state)
{
	_cleanup_change_args_ struct change_args a = {0};

	add(&a, "ENV A=1 B=\"2 3\" C='$x\\' D=4\\ 5");
	add(&a, "ENV E the rest of it");
	assert_list(a.env, LIST("A=1", "B=2 3", "C=$x\\", "D=4 5", "E=the rest of it"));
	add(&a, "LABEL x=y=z");
	assert_list(a.labels, LIST("x=y=z"));
	add(&a, "EXPOSE 80 53/udp");
	assert_list(a.ports, LIST("80/tcp", "53/udp"));
	add(&a, "VOLUME /a /b");
	add(&a, "VOLUME [\"/c d\"]");
	assert_list(a.volumes, LIST("/a", "/b", "/c d"));
	add(&a, "USER 1:2");
	add(&a, "WORKDIR /a b");
	add(&a, "STOPSIGNAL SIGINT");
	assert_string_equal(a.user, "1:2");
	assert_string_equal(a.workdir, "/a b");
	assert_string_equal(a.stop_signal, "SIGINT");
}

static void test_health(void **state)
{
	_cleanup_change_args_ struct change_args a = {0};

	add(&a,
	    "HEALTHCHECK --interval=5s --timeout=\"1s\" --start-period=0 --start-interval=2s --retries=4 CMD curl -f x || exit 1");
	assert_list(a.health_test, LIST("CMD-SHELL", "curl -f x || exit 1"));
	assert_int_equal(a.health.interval, 5000000000);
	assert_int_equal(a.health.timeout, 1000000000);
	assert_int_equal(a.health.start_interval, 2000000000);
	assert_int_equal(a.health.retries, 4);
	add(&a, "healthcheck cmd [\"a\", \"--b\"]");
	assert_list(a.health_test, LIST("CMD", "a", "--b"));
	add(&a, "HEALTHCHECK NONE");
	assert_list(a.health_test, LIST("NONE"));
}

static void test_refused(void **state)
{
	static const char *const invalid[] = {
		"CMD",
		"ENV",
		"ENV A",
		"ENV =1",
		"ENV A=1 B",
		"ENV A=\"1",
		"EXPOSE 0",
		"EXPOSE 99999",
		"EXPOSE 1/sctp",
		"LABEL x",
		"CMD [1]",
		"USER  ",
		"HEALTHCHECK",
		"HEALTHCHECK CMD",
		"HEALTHCHECK CMDX y",
		"HEALTHCHECK curl",
		"HEALTHCHECK --interval=5 CMD x",
		"HEALTHCHECK --interval=5s",
		"HEALTHCHECK --no=1 CMD x",
		"HEALTHCHECK CMD []",
		"HEALTHCHECK --retries=\"1 CMD x",
	};
	_cleanup_change_args_ struct change_args a = {0};

	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++)
		assert_int_equal(change_args_add(&a, invalid[i], NULL), -EINVAL);
	assert_int_equal(change_args_add(&a, "ONBUILD RUN x", NULL), -EOPNOTSUPP);
	assert_int_equal(change_args_add(&a, "", NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_health),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
