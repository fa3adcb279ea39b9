/* SPDX-License-Identifier: Apache-2.0 */
#include "files/executable.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Copies at most `length` bytes, up to a NUL. */
static void copy(char *to, size_t room, const char *from, size_t length)
{
	(void)snprintf(to, room, "%.*s", (int)length, from);
}

/* "#! INTERPRETER [ARGUMENT]" */
static void parse_script(const char *head, size_t size, struct executable *ret)
{
	const char *end = memchr(head, '\n', size), *at = head + 2;

	if (!end)
		end = head + size;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	const char *word = at;
	while (at < end && *at && *at != ' ' && *at != '\t')
		at++;
	copy(ret->interpreter, sizeof(ret->interpreter), word, (size_t)(at - word));
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	copy(ret->argument, sizeof(ret->argument), at, (size_t)(end - at));
}

struct elf {
	const unsigned char *bytes;
	size_t size;
	bool is_big_endian, is_64;
};

/* A number of `length` bytes. 0 beyond the head. */
static uint64_t number(const struct elf *e, uint64_t offset, size_t length)
{
	uint64_t n = 0;

	if (offset > e->size || length > e->size - offset)
		return 0;
	for (size_t i = 0; i < length; i++)
		n = n << 8 | e->bytes[offset + (e->is_big_endian ? i : length - 1 - i)];
	return n;
}

#define FIELD(e, base, type, member)                                     \
	((e)->is_64 ? number(e, (base) + offsetof(Elf64_##type, member), \
			     sizeof(((Elf64_##type *)0)->member))        \
		    : number(e, (base) + offsetof(Elf32_##type, member), \
			     sizeof(((Elf32_##type *)0)->member)))

static void parse_elf(const char *head, size_t size, struct executable *ret)
{
	const struct elf e = {.bytes = (const unsigned char *)head,
			      .size = size,
			      .is_64 = head[EI_CLASS] == ELFCLASS64,
			      .is_big_endian = head[EI_DATA] == ELFDATA2MSB};
	uint64_t at = FIELD(&e, 0, Ehdr, e_phoff), step = FIELD(&e, 0, Ehdr, e_phentsize),
		 n = FIELD(&e, 0, Ehdr, e_phnum);

	ret->machine = (unsigned int)FIELD(&e, 0, Ehdr, e_machine);
	for (; n > 0 && at < size; n--, at += step) {
		uint64_t offset = FIELD(&e, at, Phdr, p_offset),
			 length = FIELD(&e, at, Phdr, p_filesz);

		if (FIELD(&e, at, Phdr, p_type) != PT_INTERP || offset > size ||
		    length > size - offset)
			continue;
		return copy(ret->interpreter, sizeof(ret->interpreter), head + offset, length);
	}
}

void executable_parse(const char *head, size_t size, struct executable *ret)
{
	*ret = (struct executable){0};
	if (size == 0) {
		ret->kind = EXECUTABLE_EMPTY;
	} else if (size > 2 && memcmp(head, "#!", 2) == 0) {
		ret->kind = EXECUTABLE_SCRIPT;
		parse_script(head, size, ret);
	} else if (size > EI_NIDENT && memcmp(head, ELFMAG, SELFMAG) == 0) {
		ret->kind = EXECUTABLE_ELF;
		parse_elf(head, size, ret);
	}
}
