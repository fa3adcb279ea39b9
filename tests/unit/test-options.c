/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/strv.h"

struct values {
	bool interactive, tty, remove;
	const char *name;
	char **env;
	int number;
};

static int parse_number(const char *value, void *field, struct masu_error *err)
{
	uint32_t n;

	if (str_to_uint32(value, &n) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "'%s' is not a number", value);
	*(int *)field = (int)n;
	return 0;
}

static const struct option_row shared[] = {
	OPTION_ROW(OPTION_LIST, struct values, env, 'e', "env", "NAME=VALUE", "a variable"),
	{0},
};

static const struct option_row rows[] = {
	OPTION_ROW(OPTION_FLAG, struct values, interactive, 'i', "interactive", NULL, "input"),
	OPTION_ROW(OPTION_FLAG, struct values, tty, 't', "tty", NULL, "terminal"),
	OPTION_ROW(OPTION_FLAG, struct values, remove, 0, "rm", NULL, "remove"),
	OPTION_ROW(OPTION_STRING, struct values, name, 'n', "name", "NAME", "a name"),
	OPTION_ROW_PARSE(parse_number, struct values, number, 0, "number", "N", "a number"),
	{0},
};

static struct command command = {
	.name = "run",
	.operands = "IMAGE [COMMAND [ARG...]]",
	.summary = "Try",
	.options = rows,
	.more_options = shared,
	.values_size = sizeof(struct values),
	.min_operands = 1,
	.max_operands = 4,
	.stop_at_operand = true,
};

/* Parses words separated by spaces. The operands are joined again. */
static int parse(const char *line, struct values *v, char **ret_operands, struct masu_error *err)
{
	_cleanup_strv_ char **argv = strv_split(line, " ");
	_cleanup_free_ char **operands = NULL;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	*v = (struct values){0};
	int r = options_parse(&command, argv, v, &operands, err);
	STRV_FOREACH(word, operands)
		assert_int_equal(strbuf_addf(&b, "%s%s", b.length ? " " : "", *word), 0);
	*ret_operands = strbuf_take(&b);
	v->name = NULL; /* borrowed from argv */
	return r;
}

static void test_all_spellings(void **state)
{
	struct values v;
	_cleanup_free_ char *operands = NULL;

	assert_int_equal(parse("-it --rm -e A=1 -eB=2 --env C=3 --env=D=4 --number 7 image cmd -x",
			       &v, &operands, NULL),
			 OPTIONS_OK);
	assert_true(v.interactive && v.tty && v.remove);
	assert_int_equal(v.number, 7);
	assert_int_equal(strv_length(v.env), 4);
	assert_string_equal(v.env[1], "B=2");
	assert_string_equal(v.env[3], "D=4");
	assert_string_equal(operands, "image cmd -x");
	options_done(&command, &v);
}

static void test_flags_can_be_taken_back(void **state)
{
	struct values v;
	_cleanup_free_ char *operands = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_int_equal(parse("--rm --rm=false -t=true image", &v, &operands, NULL), OPTIONS_OK);
	assert_false(v.remove);
	assert_true(v.tty);
	free(operands);
	assert_int_equal(parse("--rm=perhaps image", &v, &operands, &err), -EINVAL);
	assert_string_equal(err.message, "option '--rm': 'perhaps' must be one of true, false");
}

static void test_dashes_end_options(void **state)
{
	struct values v;
	_cleanup_free_ char *operands = NULL;

	assert_int_equal(parse("--rm -- -image -t", &v, &operands, NULL), OPTIONS_OK);
	assert_string_equal(operands, "-image -t");
	assert_false(v.tty);
}

static void test_options_among_operands(void **state)
{
	struct values v;
	_cleanup_free_ char *operands = NULL;

	command.stop_at_operand = false;
	assert_int_equal(parse("one --rm two -t", &v, &operands, NULL), OPTIONS_OK);
	command.stop_at_operand = true;
	assert_true(v.remove && v.tty);
	assert_string_equal(operands, "one two");
}

static void test_errors_name_the_option(void **state)
{
	static const struct {
		const char *line, *message;
	} cases[] = {
		{"--foo image", "unknown option '--foo'"},
		{"--foo=1 image", "unknown option '--foo'"},
		{"-z image", "unknown option '-z'"},
		{"-iz image", "unknown option '-z'"},
		{"image --name", NULL},
		{"--name", "option '--name' needs a value: NAME"},
		{"-e", "option '--env' needs a value: NAME=VALUE"},
		{"--number x image", "option '--number x': 'x' is not a number"},
		{"--rm", "missing argument: IMAGE [COMMAND [ARG...]]"},
		{"a b c d e", "unexpected argument 'e'"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;
		_cleanup_free_ char *operands = NULL;
		struct values v;
		int r = parse(cases[i].line, &v, &operands, &err);

		options_done(&command, &v);
		assert_int_equal(r, cases[i].message ? -EINVAL : 0);
		if (cases[i].message)
			assert_string_equal(err.message, cases[i].message);
	}
}

static void test_help(void **state)
{
	struct values v;
	_cleanup_free_ char *operands = NULL, *text = NULL;
	size_t size;

	assert_int_equal(parse("--rm --help", &v, &operands, NULL), OPTIONS_HELP);
	free(operands);
	assert_int_equal(parse("-h", &v, &operands, NULL), OPTIONS_HELP);
	FILE *f = open_memstream(&text, &size);
	options_help(f, "masu", &command);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(text, "Usage: masu run [OPTION...] IMAGE [COMMAND [ARG...]]\n"));
	assert_non_null(strstr(text, "  -e, --env NAME=VALUE        a variable\n"));
	assert_non_null(strstr(text, "      --help                  show this text\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_spellings),
		cmocka_unit_test(test_flags_can_be_taken_back),
		cmocka_unit_test(test_dashes_end_options),
		cmocka_unit_test(test_options_among_operands),
		cmocka_unit_test(test_errors_name_the_option),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
