/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/conf.h"

#include <errno.h>
#include <string.h>

#include "base/ini.h"
#include "base/str.h"
#include "base/strv.h"
#include "unit.h"

static int add_line(void *arg, const struct ini_assignment *a, struct masu_error *err)
{
	(void)err;
	return strbuf_addf(arg, "%s.%s=%s@%u;", a->section, a->key, a->value, a->line);
}

static void assert_read(const char *text, const char *expected)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	assert_int_equal(ini_parse(text, strlen(text), "f", add_line, &b, NULL), 0);
	assert_string_equal(b.text ? b.text : "", expected);
}

static void test_syntax(void **state)
{
	assert_read("", "");
	assert_read("\xef\xbb\xbf[A]\nb=c", "A.b=c@2;");
	assert_read("[A]\n b\t= c d \n;x\n  # y\n\nb==\nb=\n", "A.b=c d@2;A.b==@6;A.b=@7;");
	assert_read("[A]\r\nb=c\r\n[D e]\r\nf=g", "A.b=c@2;D e.f=g@4;");
	/* A continuation is joined by a space; comments in it are left out, and it ends with the file. */
	assert_read("[A]\nb=1 \\\n#x\\\n ;y\n2\\\n\\\n3\nc=4\\", "A.b=1  2  3@2;A.c=4@8;");
	assert_read("[A]\nb=c\\ d\n", "A.b=c\\ d@2;");
	assert_read("[A]\nb=c\\ \nd=e", "A.b=c\\@2;A.d=e@3;"); /* a space ends the line */
	/* A backslash that is escaped does not continue the line. */
	assert_read("[A]\nb=c\\\\\nd=e\\\\\\\nf", "A.b=c\\\\@2;A.d=e\\\\ f@3;");
	assert_read("# comment \\\n[A]\nb=c", "A.b=c@3;");
}

static void test_bad_syntax(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{"a=b", "f:1: 'a=b' is not in a section"},
		{"\n[A]\nb", "f:3: 'b' is not an assignment"},
		{"[A]\n=b", "f:2: '=b' is not an assignment"},
		{"[]", "f:1: invalid section '[]'"},
		{"[A", "f:1: invalid section '[A'"},
		{"[A]]", "f:1: invalid section '[A]]'"},
		{"[A]\nb=\x01", "'f' is not a text in UTF-8"},
		{"[A]\nb=\xff", "'f' is not a text in UTF-8"},
		{"[A]\nb=c\rd", "'f' is not a text in UTF-8"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;
		_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

		assert_int_equal(
			ini_parse(bad[i].text, strlen(bad[i].text), "f", add_line, &b, &err),
			-EINVAL);
		assert_string_equal(err.message, bad[i].message);
	}
	assert_int_equal(ini_parse("[A]\nb=\0c", 8, "f", add_line, NULL, NULL), -EINVAL);
}

static void parse(struct conf *c, const char *text)
{
	assert_int_equal(conf_parse(c, text, strlen(text), "f", NULL), 0);
}

static void test_values(void **state)
{
	_cleanup_conf_ struct conf c = {0};
	const struct conf_defaults *d = &c.defaults;

	parse(&c, "[Log]\nMaxSize=1M\nMaxFiles=5\nDriver=none\nTag=t\n"
		  "[Limits]\nUlimit=core=0\nPidsLimit=7\nShmSize=infinity\n"
		  "[Container]\nEnvironment=A=1\nStopTimeout=0\nUmask=077\nDetachKeys=none\n"
		  "[Network]\nDNS=1.1.1.1  9.9.9.9\nMode=none\nDomains=a b\n[X-Mine]\nx=y\n"
		  "[Log]\nX-Own=1\n");
	/* Of a later file. */
	parse(&c, "[Log]\nMaxSize=2M\nDriver=\n[Limits]\nUlimit=nofile=1:unlimited\n"
		  "[Container]\nEnvironment=\nEnvironment=B=2\n[Network]\nDNS=::1\n");
	assert_int_equal(conf_finish(&c, NULL), 0);
	assert_int_equal(d->log_max_size, 2 << 20);
	assert_int_equal(d->log_max_files, 5);
	assert_null(d->log_driver);
	assert_string_equal(d->log_tag, "t");
	assert_int_equal(d->n_ulimits, 2);
	assert_string_equal(d->ulimits[1].name, "nofile");
	assert_true(d->ulimits[1].hard == MASU_UNLIMITED);
	assert_int_equal(d->pids, 7);
	assert_int_equal(d->shm_size, -1);
	assert_int_equal(strv_length(d->env), 1);
	assert_string_equal(d->env[0], "B=2");
	assert_int_equal(d->stop_timeout_s, -1);
	assert_true(d->has_umask && d->umask == 077);
	assert_string_equal(d->detach_keys, "");
	assert_string_equal(d->network, "none");
	assert_int_equal(strv_length(d->dns), 3);
	assert_int_equal(strv_length(d->dns_search), 2);
}

static void test_bad_values(void **state)
{
	static const char *const bad[] = {
		"[Log]\nDriver=x",
		"[Log]\nMaxFiles=0",
		"[Log]\nMaxFiles=101",
		"[Log]\nMaxSize=0",
		"[Log]\nMaxSize=-1",
		"[Log]\nTag={{.X}}",
		"[Limits]\nPidsLimit=0",
		"[Limits]\nPidsLimit=x",
		"[Limits]\nUlimit=x=1",
		"[Limits]\nUlimit=core",
		"[Limits]\nShmSize=x",
		"[Limits]\nUlimit=core=2:1",
		"[Container]\nUmask=1000",
		"[Container]\nUmask=8",
		"[Container]\nStopTimeout=-1",
		"[Container]\nEnvironment=A",
		"[Container]\nStopTimeout=1s",
		"[Container]\nDetachKeys=ctrl-1",
		"[Network]\nMode=container:x",
		"[Network]\nMode=ns:/x",
		"[Network]\nMode=bridge:x",
		"[Network]\nDNS=x",
		"[Log]\nPidsLimit=1",
		"[log]\nDriver=none",
		"[Log]\ndriver=none",
		/* Also if a later line replaces it. */
		"[Log]\nDriver=x\nDriver=none",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_conf_ struct conf c = {0};
		_cleanup_err_ struct masu_error err = ERR_INIT;

		if (conf_parse(&c, bad[i], strlen(bad[i]), "f", &err) >= 0)
			fail_msg("accepted: %s", bad[i]);
		assert_non_null(str_after(err.message, "f:2: "));
	}
}

static void test_complete(void **state)
{
	static const struct masu_ulimit own = {.size = sizeof(own), .name = "nofile"};
	const struct masu_ulimit *const limits[] = {&own, NULL};
	_cleanup_conf_lists_ struct conf_lists lists = {0}, none = {0};
	_cleanup_conf_ struct conf c = {0};
	struct masu_create_options o = {.size = sizeof(o), .pids = 3, .ulimits = limits},
				   other = {.size = sizeof(other),
					    .network = "container:x",
					    .log_driver = "journald",
					    .ipc_mode = "host",
					    .host_ulimits = true};

	parse(&c, "[Network]\nMode=none\nDNS=1.1.1.1\n[Limits]\nPidsLimit=9\nShmSize=1M\n"
		  "Ulimit=core=0\n[Log]\nMaxSize=1M\nTag=t\n[Container]\nEnvironment=A=1\n");
	assert_int_equal(conf_finish(&c, NULL), 0);
	assert_int_equal(conf_complete(&c, &o, &lists, NULL), 0);
	assert_string_equal(o.network, "none");
	assert_string_equal(o.dns[0], "1.1.1.1");
	assert_int_equal(o.pids, 3);
	assert_int_equal(o.shm_size, 1 << 20);
	assert_string_equal(o.ulimits[0]->name, "core");
	assert_ptr_equal(o.ulimits[1], &own);
	assert_null(o.ulimits[2]);
	assert_int_equal(o.log_max_size, 1 << 20);
	assert_null(o.log_tag); /* files have none */
	assert_string_equal(o.default_env[0], "A=1");
	/* Defaults that would contradict the options are left out. */
	assert_int_equal(conf_complete(&c, &other, &none, NULL), 0);
	assert_null(other.dns);
	assert_int_equal(other.shm_size, 0);
	assert_null(other.ulimits);
	assert_int_equal(other.log_max_size, 0);
	assert_string_equal(other.log_tag, "t");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syntax),	 cmocka_unit_test(test_bad_syntax),
		cmocka_unit_test(test_values),	 cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_complete),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
