/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes to a desktop file of a box: each Exec of the result begins with the command of the host, has it once, and a second
 * reader finds the same words.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/desktop-file.h"
#include "base/str.h"
#include "base/strv.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_line(const char *line)
{
	const char *exec = str_after(line, "Exec=");
	_cleanup_strv_ char **words = NULL;

	if (str_has_control(line) || str_after(line, "TryExec") || str_after(line, "X-KDE") ||
	    str_after(line, "DBusActivatable"))
		abort();
	if (!exec)
		return;
	if (!str_after(exec, "/masu \"box enter\" ") || desktop_exec_split(exec, &words) < 0 ||
	    strv_length(words) < 3 || !streq(words[0], "/masu") || !streq(words[1], "box enter"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static char *const command[] = {(char *)"/masu", (char *)"box enter", NULL};
	static const struct desktop_rewrite rewrite = {
		.command = command, .suffix = " (on x)", .icon = "/i", .mark = "X-Masu-Box=1"};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *text = NULL;
	char *line;

	if (desktop_file_rewrite((const char *)bytes, size, &rewrite, &text, &err) < 0)
		return 0;
	if (!str_after(text, "[Desktop Entry]\nX-Masu-Box=1\n"))
		abort();
	for (char *rest = text; (line = strsep(&rest, "\n"));)
		check_line(line);
	return 0;
}
