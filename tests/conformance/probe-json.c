/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (256 * 1024)

static void put_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void put_key(struct json *j, const char *key)
{
	if (j->members++ > 0)
		fputc(',', j->out);
	if (key) {
		put_string(j->out, key);
		fputc(':', j->out);
	}
}

void json_open(struct json *j, const char *key, char bracket)
{
	put_key(j, key);
	fputc(bracket, j->out);
	j->members = 0;
}

void json_close(struct json *j, char bracket)
{
	fputc(bracket, j->out);
	j->members = 1;
}

void json_text(struct json *j, const char *key, const char *text)
{
	put_key(j, key);
	put_string(j->out, text);
}

void json_number(struct json *j, const char *key, long long number)
{
	put_key(j, key);
	fprintf(j->out, "%lld", number);
}

/* An unsigned value that JSON's readers take whole, as text: an infinite limit is 2^64 - 1. */
void json_unsigned(struct json *j, const char *key, unsigned long long number)
{
	put_key(j, key);
	fprintf(j->out, "%llu", number);
}

void json_errno(struct json *j, int error)
{
	json_text(j, "errno", error == 0 ? "" : strerrorname_np(error));
}

void json_file(struct json *j, const char *key, const char *path)
{
	static char text[FILE_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		return;
	while (n < sizeof(text) - 1 && (got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(fd);
	json_text(j, key, text);
}

void json_link(struct json *j, const char *key, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return;
	target[n] = '\0';
	json_text(j, key, target);
}
