/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The first bytes of a program, as execve(2) and the kernel's loaders of scripts and of ELF files read them. */

#include <stdbool.h>
#include <stddef.h>

#define EXECUTABLE_HEAD_SIZE 4096

enum executable_kind {
	EXECUTABLE_UNKNOWN, /* ENOEXEC */
	EXECUTABLE_EMPTY,
	EXECUTABLE_SCRIPT,
	EXECUTABLE_ELF,
};

struct executable {
	enum executable_kind kind;
	unsigned int machine; /* of an ELF file: EM_X86_64 */
	/* The path of the interpreter of a script, or of the loader of an ELF file; "": none, or beyond the head. */
	char interpreter[256];
	char argument[256]; /* of a script's interpreter */
};

/* `head` is the begin of the file. */
void executable_parse(const char *head, size_t size, struct executable *ret);
