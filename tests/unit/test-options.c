/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "cli/filter.h"
#include "masu.h"
#include "unit.h"

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
	assert_non_null(strstr(text, "      --help                  Show this text\n"));
}

static int refuse(const char *value, void *filter, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "refused: %s", value);
}

static const struct filter_row filters[] = {
	FILTER_ROW("label", FILTER_LIST, struct masu_volume_filter, labels),
	FILTER_ROW("label!", FILTER_LIST, struct masu_volume_filter, not_labels),
	FILTER_ROW("unused", FILTER_CHOICE, struct masu_volume_filter, unused),
	FILTER_ROW("until", FILTER_TIME, struct masu_volume_filter, created_before),
	FILTER_ROW_PARSE("odd", refuse),
	{0},
};

static void assert_refused(struct masu_volume_filter *f, const char *text, const char *message)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_int_equal(filter_add(filters, text, f, &err), -EINVAL);
	assert_string_equal(err.message, message);
}

static void test_filters(void **state)
{
	static const char *const good[] = {
		"label=a=b=c", "label!=x", "label=", "label=d", "unused=0", "until=100.5"};
	static const char *const keys = "must be one of label=, label!=, unused=, until=, odd=";
	struct masu_volume_filter f = {0};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(filter_add(filters, good[i], &f, NULL), 0);
	assert_int_equal(strv_length(f.labels), 3);
	assert_string_equal(f.labels[0], "a=b=c");
	assert_string_equal(f.labels[1], "");
	assert_string_equal(f.labels[2], "d");
	assert_int_equal(strv_length(f.not_labels), 1);
	assert_string_equal(f.not_labels[0], "x");
	assert_int_equal(f.unused, MASU_NO);
	assert_int_equal(f.created_before, 100500000000);
	assert_refused(&f, "labels=a", keys);
	assert_refused(&f, "label", keys);
	assert_refused(&f, "", keys);
	assert_refused(&f, "unused=maybe", "must be one of true, false");
	assert_refused(&f, "until=tomorrow", "invalid time");
	assert_refused(&f, "odd=1", "refused: 1");
	filter_done(filters, &f);
	assert_null(f.labels);
	assert_null(f.not_labels);
}

static void test_latest(void **state)
{
	static const struct option_row latest_rows[] = {LATEST_ROW(struct latest_options), {0}};
	static char *alone[] = {(char *)"-l", NULL},
		    *before[] = {(char *)"--latest", (char *)"ps", (char *)"-l", NULL},
		    *off[] = {(char *)"-l", (char *)"--latest=false", (char *)"web", NULL};
	struct command c = {.name = "x",
			    .operands = "CONTAINER",
			    .options = latest_rows,
			    .values_size = sizeof(struct latest_options),
			    .min_operands = 1,
			    .max_operands = OPERANDS_ANY,
			    .stop_at_operand = true,
			    .latest = LATEST_FIRST};
	struct latest_options v = {0};
	char **operands;

	assert_int_equal(options_parse(&c, alone, &v, &operands, NULL), OPTIONS_OK);
	assert_ptr_equal(operands[0], options_latest);
	assert_null(operands[1]);
	free(operands);
	assert_int_equal(options_parse(&c, before, &v, &operands, NULL), OPTIONS_OK);
	assert_ptr_equal(operands[0], options_latest);
	assert_string_equal(operands[1], "ps");
	assert_string_equal(operands[2], "-l");
	assert_null(operands[3]);
	free(operands);
	assert_int_equal(options_parse(&c, off, &v, &operands, NULL), OPTIONS_OK);
	assert_string_equal(operands[0], "web");
	free(operands);
	c.latest = LATEST_ALL;
	assert_int_equal(options_parse(&c, before, &v, &operands, NULL), -EINVAL);
	c.max_operands = 0; /* it counts */
	v.latest = false;
	assert_int_equal(options_parse(&c, alone, &v, &operands, NULL), -EINVAL);
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
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_latest),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
