/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ini.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"

#define SPACES " \t\r"
#define BOM    "\xef\xbb\xbf" /* some editors put it at the beginning */

struct ini {
	const char *at, *end; /* the rest of the text */
	unsigned int line;    /* that `at` is behind */
	char *section;	      /* NULL before the first */
	ini_fn *fn;
	void *arg;
};

/* Moves behind the next line, and returns its end. Spaces before the line are left out, those behind a backslash not. */
static const char *next_line(struct ini *p, const char **ret_start)
{
	const char *start = p->at, *end = memchr(start, '\n', (size_t)(p->end - start));

	p->line++;
	p->at = end ? end + 1 : p->end;
	end = end ? end : p->end;
	while (start < end && strchr(SPACES, *start))
		start++;
	if (end > start && end[-1] == '\r')
		end--;
	*ret_start = start;
	return end;
}

static bool is_comment(const char *start, const char *end)
{
	return start < end && (*start == '#' || *start == ';');
}

/* Does an odd number of backslashes end the line? Two of them are one that is escaped, as systemd has it. */
static bool is_continued(const char *start, const char *end)
{
	size_t n = 0;

	while (end - n > start && *(end - n - 1) == '\\')
		n++;
	return n % 2;
}

/* Reads a line with its continuations. Returns whether it has more of them. */
static bool add_part(const char *start, const char *end, struct strbuf *line)
{
	bool more = is_continued(start, end);

	(void)strbuf_add(line, start, (size_t)(end - start) - more);
	if (more)
		(void)strbuf_add(line, " ", 1);
	return more;
}

static char *read_logical_line(struct ini *p, unsigned int *ret_number)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;
	const char *start, *end = next_line(p, &start);
	bool more = !is_comment(start, end) && add_part(start, end, &line);

	*ret_number = p->line;
	while (more && p->at < p->end) {
		end = next_line(p, &start);
		if (!is_comment(start, end))
			more = add_part(start, end, &line);
	}
	while (line.length && strchr(SPACES, line.text[line.length - 1]))
		line.text[--line.length] = 0;
	return strbuf_take(&line);
}

static int set_section(struct ini *p, char *line, struct masu_error *err)
{
	size_t n = strlen(line);

	if (n < 3 || line[n - 1] != ']' || strpbrk(line + 1, "[]") != line + n - 1)
		return err_set(err, ERR_INVALID, EINVAL, "invalid section '%s'", line);
	free(p->section);
	p->section = strndup(line + 1, n - 2);
	return p->section ? 0 : err_oom(err);
}

static int assign(struct ini *p, char *line, unsigned int number, struct masu_error *err)
{
	char *equals = strchr(line, '='), *value = equals ? equals + 1 : NULL;
	size_t n = (size_t)(equals ? equals - line : 0);

	while (n && strchr(SPACES, line[n - 1]))
		n--;
	if (n == 0) {
		(void)err_set(err, ERR_INVALID, EINVAL, "'%s' is not an assignment", line);
		return err_hint(err, "write Key=Value, [Section] or # COMMENT");
	}
	if (!p->section)
		return err_set(err, ERR_INVALID, EINVAL, "'%s' is not in a section", line);
	line[n] = 0;
	value += strspn(value, SPACES);
	return p->fn(p->arg, &(struct ini_assignment){p->section, line, value, number}, err);
}

static int read_line(struct ini *p, unsigned int *ret_number, struct masu_error *err)
{
	_cleanup_free_ char *line = read_logical_line(p, ret_number);

	if (!line)
		return err_oom(err);
	if (!*line)
		return 0;
	return *line == '[' ? set_section(p, line, err) : assign(p, line, *ret_number, err);
}

/* May the byte at `i` begin a character? A carriage return belongs to the end of a line. */
static bool is_allowed(const char *text, size_t i, size_t size)
{
	unsigned char c = (unsigned char)text[i];

	if (c == '\r')
		return i + 1 == size || text[i + 1] == '\n';
	return c == '\t' || c == '\n' || (c >= ' ' && c != 0x7f);
}

static bool is_text(const char *text, size_t size)
{
	for (size_t i = 0, n; i < size; i += n) {
		n = utf8_length(text + i, size - i);
		if (n == 0 || !is_allowed(text, i, size))
			return false;
	}
	return true;
}

int ini_parse(const char *text, size_t size, const char *file, ini_fn *fn, void *arg,
	      struct masu_error *err)
{
	struct ini p = {.at = text, .end = text + size, .fn = fn, .arg = arg};
	int r = 0;

	if (!is_text(text, size))
		return err_set(err, ERR_INVALID, EINVAL, "'%s' is not a text in UTF-8", file);
	if (size >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		p.at += strlen(BOM);
	while (r == 0 && p.at < p.end) {
		unsigned int number = 0;

		r = read_line(&p, &number, err);
		if (r < 0)
			(void)err_prefix(err, "%s:%u", file, number);
	}
	free(p.section);
	return r;
}
