/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/rules.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/strv.h"

static const char text[] = "# a comment\n"
			   "unqualified-search-registries = [ # several\n"
			   "\t\"docker.io\",\n\t'quay.io', ]\r\n"
			   "short-name-mode=\"enforcing\"\n"
			   "[[registry]]\n"
			   "prefix = \"corp.test/team\"\n"
			   "location = \"registry.corp.test:5000/t\"\n"
			   "insecure = true # a lab\n"
			   "some-new-key = \"x\"\n"
			   "  [[registry.mirror]]\n"
			   "  location = 'mirror.test/t'\n"
			   "  [[ registry . \"mirror\" ]]\n"
			   "  location = \"digests.test/t\"\n"
			   "  pull-from-mirror = \"digest-only\"\n"
			   "  insecure = true\n"
			   "[[registry]]\n"
			   "location = \"corp.test\"\n"
			   "[[registry]]\n"
			   "prefix = \"*.bad.test\"\n"
			   "blocked = true\n"
			   "[aliases]\n"
			   "\"fedora\" = \"registry.fedoraproject.org/fedora\"";

/* "NAME NAME!", with ! for insecure places; or the errno. */
static char *places(const struct registry_rules *rules, const char *name, bool mirrors)
{
	_cleanup_registry_places_ struct registry_places p = REGISTRY_PLACES_INIT;
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	assert_int_equal(reference_parse(name, &ref, NULL), 0);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = registry_rules_places(rules, &ref, mirrors, &p, &err);
	if (r < 0)
		return str_printf("%s", strerrorname_np(-r));
	for (size_t i = 0; i < p.n; i++)
		(void)strbuf_addf(&b, "%s%s%s", i ? " " : "", p.list[i].name,
				  p.list[i].insecure ? "!" : "");
	return strbuf_take(&b);
}

static void assert_places(const struct registry_rules *rules, const char *name, bool mirrors,
			  const char *expected)
{
	_cleanup_free_ char *found = places(rules, name, mirrors);

	assert_string_equal(found, expected);
}

static void test_places(void **state)
{
	_cleanup_registry_rules_ struct registry_rules rules = REGISTRY_RULES_INIT;
	static const char digest[] =
		"@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	_cleanup_free_ char *by_digest = str_printf("corp.test/team/a%s", digest),
			    *expected = str_printf("mirror.test/t/a%s digests.test/t/a%s! "
						   "registry.corp.test:5000/t/a%s!",
						   digest, digest, digest);

	assert_int_equal(registry_rules_parse(&rules, text, "x", NULL), 0);
	assert_int_equal(rules.n, 3);
	assert_places(&rules, "nginx", true, "docker.io/library/nginx:latest");
	assert_places(&rules, "corp.test/team/a:1", true,
		      "mirror.test/t/a:1 registry.corp.test:5000/t/a:1!");
	assert_places(&rules, "corp.test/team/a:1", false, "registry.corp.test:5000/t/a:1!");
	assert_places(&rules, "corp.test/team:1", false, "registry.corp.test:5000/t:1!");
	assert_places(&rules, by_digest, true, expected);
	assert_places(&rules, "corp.test/teams/a", true, "corp.test/teams/a:latest");
	assert_places(&rules, "x.bad.test/a", true, "EACCES");
	assert_places(&rules, "x.bad.test:5000/a", true, "EACCES");
	assert_places(&rules, "bad.test/a", true, "bad.test/a:latest");
	assert_places(&rules, "xbad.test/a", true, "xbad.test/a:latest");
	assert_false(registry_rules_is_insecure(&rules, "corp.test"));
}

static void test_later_files_replace(void **state)
{
	_cleanup_registry_rules_ struct registry_rules rules = REGISTRY_RULES_INIT;

	assert_int_equal(registry_rules_parse(&rules, text, "x", NULL), 0);
	assert_int_equal(
		registry_rules_parse(&rules,
				     "[[registry]]\nprefix='docker.io'\n"
				     "location='cache.test/hub'\n"
				     "[[registry]]\nlocation='*.bad.test'\n"
				     "[[registry]]\nlocation='lab.test:5000'\ninsecure=true",
				     "y", NULL),
		0);
	assert_int_equal(rules.n, 5);
	assert_places(&rules, "nginx:1", true, "cache.test/hub/library/nginx:1");
	assert_places(&rules, "lab.test:5000/a", true, "lab.test:5000/a:latest!");
	assert_true(registry_rules_is_insecure(&rules, "lab.test:5000"));
	/* The place has an invalid name. */
	assert_places(&rules, "x.bad.test/a", true, "EINVAL");
}

/* A rule holds for each spelling of its registry, and does not depend on the order of the file. */
static void test_spellings(void **state)
{
	_cleanup_registry_rules_ struct registry_rules rules = REGISTRY_RULES_INIT;

	assert_int_equal(
		registry_rules_parse(&rules,
				     "[[registry]]\nprefix='Evil.TEST/'\nblocked=true\n"
				     "[[registry]]\nlocation='registry-1.docker.io/evil//'\n"
				     "blocked=true\n"
				     "[[registry]]\nprefix='*.lab.test'\n"
				     "[[registry]]\nprefix='a.lab.test'\nblocked=true\n"
				     "[[registry]]\nprefix='moved.test'\n"
				     "location='Cache.test/hub/'\ninsecure=true\n"
				     "[[registry.mirror]]\nlocation='m.test/'\n",
				     "x", NULL),
		0);
	assert_places(&rules, "evil.test/a", true, "EACCES");
	assert_places(&rules, "EVIL.test:5000/a", true, "EACCES");
	assert_places(&rules, "evil/a", true, "EACCES");
	assert_places(&rules, "index.docker.io/evil/a", false, "EACCES");
	assert_places(&rules, "docker.io/evils/a:1", true, "docker.io/evils/a:1");
	assert_places(&rules, "a.lab.test/a", true, "EACCES");
	assert_places(&rules, "b.lab.test/a:1", true, "b.lab.test/a:1");
	assert_places(&rules, "moved.test/a:1", true, "m.test/a:1 cache.test/hub/a:1!");
	/* A login speaks to the host itself, not to the cache. */
	assert_false(registry_rules_is_insecure(&rules, "moved.test"));
}

/* "NAME NAME", or the errno; the files are parsed one after the other. */
static void assert_names(const char *first, const char *second, const char *name,
			 const char *expected)
{
	_cleanup_registry_rules_ struct registry_rules rules = REGISTRY_RULES_INIT;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_strv_ char **names = NULL;

	assert_int_equal(registry_rules_parse(&rules, first, "x", NULL), 0);
	assert_int_equal(registry_rules_parse(&rules, second, "y", NULL), 0);
	int r = short_names_resolve(&rules.short_names, name, &names, &err);
	if (r < 0)
		(void)strbuf_addf(&b, "%s", strerrorname_np(-r));
	STRV_FOREACH(n, names)
		(void)strbuf_addf(&b, "%s%s", n == names ? "" : " ", *n);
	_cleanup_free_ char *found = strbuf_take(&b);
	assert_string_equal(found, expected);
}

static void test_short_names(void **state)
{
	static const char aliases[] = "[aliases]\n\"fedora\" = \"registry.test:5000/f/fedora\"\n"
				      "'a/b' = 'localhost/c'",
			  search[] = "unqualified-search-registries = ['Quay.test', "
				     "'index.docker.io', 'lab:5000']";

	assert_names("", "", "nginx", "nginx");
	assert_names(text, "", "fedora", "registry.fedoraproject.org/fedora");
	assert_names(aliases, "", "fedora:40", "registry.test:5000/f/fedora:40");
	assert_names(aliases, "", "fedora@sha256:1", "registry.test:5000/f/fedora@sha256:1");
	assert_names(aliases, "", "fed", "fed");
	assert_names(aliases, "", "a/b:1", "localhost/c:1");
	assert_names(aliases, "", "docker.io/fedora", "docker.io/fedora");
	assert_names(aliases, search, "fedora", "registry.test:5000/f/fedora");
	assert_names(search, aliases, "x/y:1", "quay.test/x/y:1 docker.io/x/y:1 lab:5000/x/y:1");
	assert_names(search, aliases, "localhost/y:1", "localhost/y:1");
	assert_names(search, "unqualified-search-registries = ['b.test']", "y", "b.test/y");
	assert_names(search, "unqualified-search-registries = []", "y", "EINVAL");
	assert_names("unqualified-search-registries = []", search, "y",
		     "quay.test/y docker.io/y lab:5000/y");
	/* The last file wins; an empty image erases an alias. */
	assert_names(aliases, "[aliases]\nfedora = 'other.test/f'", "fedora", "other.test/f");
	assert_names(aliases, "[aliases]\nfedora = ''", "fedora", "fedora");
}

static void test_short_name_mode(void **state)
{
	_cleanup_registry_rules_ struct registry_rules rules = REGISTRY_RULES_INIT;

	assert_int_equal(rules.short_names.mode, SHORT_NAME_UNSET);
	assert_int_equal(registry_rules_parse(&rules, text, "x", NULL), 0);
	assert_int_equal(rules.short_names.mode, SHORT_NAME_ENFORCING);
	assert_int_equal(registry_rules_parse(&rules, "[aliases]", "y", NULL), 0);
	assert_int_equal(rules.short_names.mode, SHORT_NAME_ENFORCING);
	assert_int_equal(registry_rules_parse(&rules, "short-name-mode = \"\"", "z", NULL), 0);
	assert_int_equal(rules.short_names.mode, SHORT_NAME_PERMISSIVE);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"a = 1", "'x' line 1: the value must be"},
		{"\n\na = \"b", "'x' line 3: the quote is not closed"},
		{"a = \"\"\"b\"\"\"", "a string of several lines"},
		{"a = \"\\u0041\"", "unsupported escape"},
		{"a = \"b\" c", "the line must end here"},
		{"a.b = true", "a key with dots"},
		{"a true", "a = must be here"},
		{"= true", "a key or a [table] must be here"},
		{"[a", "the name of the table is not closed"},
		{"[[a]", "the name of the table is not closed"},
		{"a = [1]", "an array must hold strings"},
		{"a = [\n'b'\n'c']", "'x' line 3: a comma or ] must be here"},
		{"a = {b = true}", "the value must be"},
		{"[[registry]]", "'x': a [[registry]] needs a prefix or a location"},
		{"[registry]", "the table must be [[registry]]"},
		{"[[registry.mirror]]", "a mirror must follow"},
		{"[[registry]]\nlocation='a'\n[[registry.mirror]]\ninsecure=true",
		 "a mirror of \"a\" needs a location"},
		{"[[registry]]\ninsecure = \"true\"",
		 "'x' line 2: 'insecure' must be true or false"},
		{"[[registry]]\nlocation = true", "'location' must be a string"},
		{"[[registry]]\nlocation = 'a'\nlocation = 'b'", "'location' is there twice"},
		{"[[registry]]\nprefix='https://a.test'\nblocked=true", "must have no scheme"},
		{"[[registry]]\nprefix='*.a.test/b'\nblocked=true", "stands for a host alone"},
		{"[[registry]]\nprefix='a.*.test'\nblocked=true", "stands for a host alone"},
		{"unqualified-search-registries = 'docker.io'", "must be a list of strings"},
		{"unqualified-search-registries = ['lab']", "of HOST[:PORT], not \"lab\""},
		{"unqualified-search-registries = ['a.test/b']", "not \"a.test/b\""},
		{"unqualified-search-registries = ['https://a.test']", "of HOST[:PORT]"},
		{"unqualified-search-registries = ['']", "of HOST[:PORT]"},
		{"short-name-mode = 'prompt'\n\n# end\n",
		 "'x' line 1: 'short-name-mode' must be one of"},
		{"short-name-mode = true", "'short-name-mode' must be one of"},
		{"[aliases]\na = true", "'a' must be a string"},
		{"[aliases]\n'a:1' = 'a.test/a'", "the alias \"a:1\" must be a name without"},
		{"[aliases]\n'a.test/a' = 'a.test/a'", "must be a name without registry"},
		{"[aliases]\na = 'b'", "must stand for a name with a registry"},
		{"[aliases]\na = 'a.test/b:1'", "without tag and digest"},
		{"[aliases]\na = 'a.test/B'", "must stand for a name"},
		{"[registries.search]\nregistries = ['docker.io']", "of the old format"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_registry_rules_ struct registry_rules rules = REGISTRY_RULES_INIT;
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_true(registry_rules_parse(&rules, cases[i].text, "x", &err) < 0);
		if (!strstr(err.message, cases[i].expected))
			fail_msg("%s: %s", cases[i].text, err.message);
		assert_int_equal(rules.n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),		cmocka_unit_test(test_later_files_replace),
		cmocka_unit_test(test_spellings),	cmocka_unit_test(test_short_names),
		cmocka_unit_test(test_short_name_mode), cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
