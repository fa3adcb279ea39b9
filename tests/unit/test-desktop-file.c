/* SPDX-License-Identifier: Apache-2.0 */
#include "base/desktop-file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/strv.h"

static char *const command[] = {(char *)"/usr/bin/masu", (char *)"enter", (char *)"a b%", NULL};
static const struct desktop_rewrite rewrite = {
	.command = command, .suffix = " (on x)", .icon = "/icons/i.png", .mark = "X-Masu-Box=1"};

static void splits(const char *value, const char *expected) /* words joined by '|' */
{
	_cleanup_strv_ char **words = NULL;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT, again = STRBUF_INIT;
	_cleanup_strv_ char **second = NULL;

	assert_int_equal(desktop_exec_split(value, &words), 0);
	STRV_FOREACH(word, words)
		(void)strbuf_addf(&b, "%s|", *word);
	assert_string_equal(b.text, expected);
	assert_int_equal(desktop_exec_add(&again, words, true), 0);
	assert_int_equal(desktop_exec_split(again.text, &second), 0);
	assert_int_equal(strv_length(words), strv_length(second));
	for (size_t i = 0; i < strv_length(words); i++)
		assert_string_equal(words[i], second[i]);
}

static void refuses(const char *value)
{
	char **words = NULL;

	assert_int_equal(desktop_exec_split(value, &words), -22);
	assert_null(words);
}

static void test_exec(void **state)
{
	splits("maps", "maps|");
	splits("  maps   %U ", "maps|%U|");
	splits("\"/opt/my app/run\" --file=%f \"\"", "/opt/my app/run|--file=%f||");
	splits("sh -c \"echo \\\\\"x\\\\\" \\\\$HOME \\\\\\\\\"", "sh|-c|echo \"x\" $HOME \\|");
	splits("a\\sb", "a|b|"); /* \s is a space of the string, and separates */
	splits("a;b>c&", "a;b>c&|");
	refuses("");
	refuses("   ");
	refuses("\"\"");
	refuses("\"open");
	refuses("\"open\\");
	refuses("a\\nb");
}

static void test_rewrite(void **state)
{
	static const char text[] =
		"# comment\n[Desktop Entry]\r\nType=Application\nName=Maps\n"
		"Name[de] = Karten\nExec=maps \"%\" %U\nTryExec=maps\nIcon=maps\n"
		"DBusActivatable=true\nX-KDE-SubstituteUID=true\nPath=/opt\n"
		"MimeType=x/y;\nActions=new;\nX-Masu-Box=forged\nTerminal=false\n"
		"[Other]\nExec=other\n[Desktop Action new]\nName=New\nExec=maps -n\n"
		"Icon=/box/icon\n[Desktop Entry]\nExec=again\n";
	_cleanup_free_ char *found = NULL;

	assert_int_equal(desktop_file_rewrite(text, strlen(text), &rewrite, &found, NULL), 0);
	assert_string_equal(found,
			    "[Desktop Entry]\nX-Masu-Box=1\nType=Application\nName=Maps (on x)\n"
			    "Name[de]=Karten (on x)\n"
			    "Exec=/usr/bin/masu enter \"a b%%\" maps % %U\nIcon=/icons/i.png\n"
			    "MimeType=x/y;\nActions=new;\nTerminal=false\n[Desktop Action new]\n"
			    "Name=New\nExec=/usr/bin/masu enter \"a b%%\" maps -n\n");
}

static void test_no_application(void **state)
{
	static const char *const wrong[] = {
		"",
		"[Desktop Entry]\nType=Link\nName=x\nExec=x\n",
		"[Desktop Entry]\nType=Application\nName=x\n",
		"[Desktop Entry]\nType=Application\nExec=x\n",
		"Type=Application\nName=x\nExec=x\n",
		"[Desktop Entry]\nType=Application\nName=x\nExec=\"x\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;
		char *found = NULL;

		assert_int_equal(
			desktop_file_rewrite(wrong[i], strlen(wrong[i]), &rewrite, &found, &err),
			-22);
		assert_null(found);
	}
}

static void test_value(void **state)
{
	_cleanup_free_ char *icon = desktop_file_value(
		"[Other]\nIcon=no\n[Desktop Entry]\nIcon[de]=no\nIcon = yes\n", "Icon");

	assert_string_equal(icon, "yes");
	assert_null(desktop_file_value("[Desktop Entry]\nIco=x\n#Icon=x\n", "Icon"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_rewrite),
		cmocka_unit_test(test_no_application),
		cmocka_unit_test(test_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
