/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template.h"

#include <errno.h>

#include "base/json.h"
#include "base/str.h"
#include "unit.h"

static const char document[] =
	"{\"Id\": \"0123456789abcdef\", \"Name\": \"web\", \"Names\": [\"web\", \"www\"], \"Pid\": 42,"
	" \"Cpu\": 0.1, \"On\": true, \"Off\": false, \"Nothing\": null, \"Empty\": [],"
	" \"State\": {\"Status\": \"running\", \"ExitCode\": 0},"
	" \"Config\": {\"Labels\": {\"a.b\": \"1\", \"c\": \"2\"}},"
	" \"Mounts\": [{\"Source\": \"/a\"}, {\"Source\": \"/b\"}], \"Size\": 7.5e3}";

static char *render(const char *text, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	assert_int_equal(json_parse(document, sizeof(document) - 1, "test", &o, NULL), 0);
	return template_render(text, o, &b, err) < 0 ? NULL : strbuf_take(&b);
}

static void check(const char *text, const char *wanted)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *got = render(text, &err);

	if (!got)
		print_error("%s: %s\n", text, err.message);
	assert_int_equal(template_check(text, NULL), 0);
	assert_non_null(got);
	assert_string_equal(got, wanted);
}

/* `checked`: the mistake is in the syntax. */
static void refuse(const char *text, bool checked, const char *message)
{
	_cleanup_err_ struct masu_error err = ERR_INIT, syntax = ERR_INIT;
	_cleanup_free_ char *got = render(text, &err);

	if (got || !strstr(err.message, message))
		print_error("%s: %s\n", text, got ? got : err.message);
	assert_null(got);
	assert_int_equal(err.code, EINVAL);
	assert_non_null(strstr(err.message, message));
	assert_int_equal(template_check(text, &syntax), checked ? -EINVAL : 0);
}

static void test_values(void **state)
{
	check("plain", "plain");
	check("{{.Name}} {{.State.Status}} {{.Pid}} {{.On}} {{.Off}}", "web running 42 true false");
	check("{{.ID}} {{.id}}", "0123456789abcdef 0123456789abcdef");
	check("{{.Nothing}} {{.Config.Labels.x}}", "<no value> <no value>");
	check("{{.Cpu}} {{.Size}}", "0.1 7500");
	check("{{.Names}} {{.State}}", "[web www] map[ExitCode:0 Status:running]");
	check("{{\"a\\tb\\\"\"}}{{`\\t`}}{{42}} {{-1}} {{1.5}} {{true}} {{nil}}",
	      "a\tb\"\\t42 -1 1.5 true <no value>");
	check("{{$.Name}} {{(index .Mounts 1).Source}}", "web /b");
	check("{{.Label \"a.b\"}}{{.Label \"none\"}}", "1");
	check("a {{- .Name -}} b {{/* c */}}d{{- /* e */ -}} f", "awebb df");
}

static void test_blocks(void **state)
{
	check("{{if .On}}yes{{else}}no{{end}} {{if .Off}}yes{{else}}no{{end}}", "yes no");
	check("{{if .Off}}1{{else if .Nothing}}2{{else if .On}}3{{else if .On}}4{{else}}5{{end}}",
	      "3");
	check("{{range .Mounts}}{{.Source}};{{end}}", "/a;/b;");
	check("{{range $i, $m := .Mounts}}{{$i}}={{$m.Source}} {{end}}", "0=/a 1=/b ");
	check("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}", "a.b=1 c=2 ");
	check("{{range .Empty}}x{{else}}none{{end}}{{range .Nothing}}x{{end}}", "none");
	check("{{range .Mounts}}{{range $.Names}}{{.}}{{end}},{{end}}", "webwww,webwww,");
	check("{{with .State}}{{.Status}}{{end}}{{with .Nothing}}x{{else}}y{{end}}", "runningy");
	check("{{$x := 1}}{{if .On}}{{$x = 2}}{{end}}{{$x}}", "2");
	check("{{$x := 1}}{{if .On}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21");
	/* a part that is not taken is not evaluated */
	check("{{if .Off}}{{.Unknown.Field}}{{end}}", "");
}

static void test_functions(void **state)
{
	check("{{json .State}} {{json .Name}} {{.Nothing | json}}",
	      "{\"Status\":\"running\",\"ExitCode\":0} \"web\" null");
	check("{{join .Names \", \"}} {{len .Names}} {{len .Name}} {{len .State}}",
	      "web, www 2 3 2");
	check("{{index (split \"a/b/c\" \"/\") 2}} {{index .Config.Labels \"a.b\"}}", "c 1");
	check("[{{index .Config.Labels \"none\"}}]", "[]");
	check("{{upper .Name}} {{lower \"AB\"}} {{title \"a bc\"}}", "WEB ab A Bc");
	check("{{truncate .ID 4}} {{truncate \"\xc3\xa4\xc3\xb6\" 1}} {{pad .Name 1 2}}|",
	      "0123 \xc3\xa4  web  |");
	check("{{print .Name 1 2}} {{println 1}}{{printf \"%5s|%-5s|%03d|%.1f|%q|%%\" .Name .Name 7 1.25 .Name}}",
	      "web1 2 1\n  web|web  |007|1.2|\"web\"|%");
	check("{{eq .Name \"web\"}} {{eq .Pid 1 42}} {{ne .Name \"a\"}} {{eq .On true}} {{eq .Nothing nil}}",
	      "true true true true true");
	check("{{lt 1 2}} {{le 2 2}} {{gt .Cpu 1}} {{ge \"b\" \"a\"}}", "true true false true");
	check("{{and .On .Off}} {{or .Off .Name}} {{not .On}} {{and (gt .Pid 1) (lt .Pid 50)}}",
	      "false web false true");
	check("{{.Name | printf \"%s-%s\" \"a\" | upper}}", "A-WEB");
}

static void test_mistakes(void **state)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	refuse("{{.Nam}}", false, "at character 3 (\".Nam}}\"): field 'Nam' not found");
	assert_null(render("{{.State.X}}", &err));
	assert_string_equal(err.hint, "the fields are ExitCode, Status");
	refuse("{{.Name.X}}", false, "without fields");
	refuse("{{.Name", true, "\"}}\" expected");
	refuse("{{}}", true, "a value expected");
	refuse("{{if .On}}x", true, "{{end}} expected");
	refuse("{{if .On}}{{else}}{{else}}{{end}}", true, "{{end}} expected");
	refuse("x{{end}}", true, "{{end}} without");
	refuse("{{range .Empty}}{{nonsense}}{{end}}", true, "unknown function 'nonsense'");
	refuse("{{$x}}", true, "variable '$x' not found");
	refuse("{{if .On}}{{$x := 1}}{{end}}{{$x}}", true, "variable '$x' not found");
	refuse("{{\"a}}", true, "not closed");
	refuse("{{\"\\z\"}}", true, "escape");
	refuse("{{/* a }}", true, "not closed");
	refuse("{{(.Name}}", true, "\")\" expected");
	refuse("{{.Name 1}}", true, "takes no arguments");
	refuse("{{json}}", false, "json takes 1 argument, not 0");
	refuse("{{index .Names 2}}", false, "a number from 0 to 1");
	refuse("{{lt .Name 1}}", false, "different types");
	refuse("{{printf \"%y\" 1}}", false, "must be one of");
	refuse("{{printf \"%d\" .Name}}", false, "takes a number");
	refuse("{{printf \"%9999s\" .Name}}", false, "must be one of");
	refuse("{{range .Name}}{{end}}", false, "cannot range");
	refuse("{{range 1 2 3 4 5 6 7 8 9 10}}{{end}}", true, "more than 8 arguments");
	refuse("{{((((((((((((((((((1))))))))))))))))))}}", true, "levels deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
