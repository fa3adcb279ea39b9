/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run by the build: `seccomp-generate PROFILE` writes the C source of
 * seccomp-default.h's three constants to its standard output.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "linux/caps.h"
#include "oci/seccomp-profile.h"

/* As a list of characters: a string literal may not be as long as this. */
static void write_profile(const char *text)
{
	(void)puts("const char seccomp_builtin_profile[] = {");
	for (size_t i = 0; text[i]; i++)
		(void)printf("%d,%s", (unsigned char)text[i], i % 24 == 23 ? "\n" : "");
	(void)puts("0};");
}

static void write_filter(const struct seccomp_filter *f)
{
	(void)puts("const struct sock_filter seccomp_builtin_filter[] = {");
	for (size_t i = 0; i < f->length; i++) {
		const struct sock_filter *s = &f->instructions[i];

		(void)printf("\t{0x%02x, %u, %u, 0x%08x},\n", s->code, s->jt, s->jf, s->k);
	}
	(void)printf("\t{0},\n};\nconst size_t seccomp_builtin_length = %u;\n", f->length);
}

static int generate(const char *path, struct masu_error *err)
{
	_cleanup_seccomp_policy_ struct seccomp_policy *policy = NULL;
	_cleanup_seccomp_filter_ struct seccomp_filter filter = {0};
	_cleanup_json_ struct json_object *profile = NULL;
	_cleanup_free_ char *text = NULL;
	int r = file_read(AT_FDCWD, path, 1 << 20, &text, NULL);

	if (r < 0)
		return err_sys(err, r, "read '%s'", path);
	r = json_parse(text, strlen(text), path, &profile, err);
	if (r >= 0)
		r = seccomp_profile_policy(profile, caps_default, &policy, err);
	if (r >= 0)
		r = seccomp_policy_compile(policy, &filter, err);
	if (r < 0)
		return r;
	(void)puts("/* SPDX-License-Identifier: Apache-2.0 */\n"
		   "/* Made by seccomp-generate from policy/seccomp.json. */\n"
		   "#include \"oci/seccomp-default.h\"");
	write_profile(text);
	write_filter(&filter);
	return 0;
}

int main(int argc, char **argv)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (argc != 2) {
		(void)fputs("usage: seccomp-generate PROFILE\n", stderr);
		return 2;
	}
	if (generate(argv[1], &err) < 0) {
		(void)fprintf(stderr, "seccomp-generate: %s\n", err.message);
		return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
