/* SPDX-License-Identifier: Apache-2.0 */
#include <elf.h>
#include <stdint.h>
#include <string.h>

#include "files/executable.h"
#include "unit.h"

static struct executable parse(const char *text)
{
	struct executable e;

	executable_parse(text, strlen(text), &e);
	return e;
}

static void assert_script(const char *text, const char *interpreter, const char *argument)
{
	const struct executable e = parse(text);

	assert_int_equal(e.kind, EXECUTABLE_SCRIPT);
	assert_string_equal(e.interpreter, interpreter);
	assert_string_equal(e.argument, argument);
}

static void test_scripts(void **state)
{
	assert_script("#!/bin/sh\necho", "/bin/sh", "");
	assert_script("#! \t/usr/bin/env  python3 -u\n", "/usr/bin/env", "python3 -u");
	assert_script("#!/bin/sh\r\n", "/bin/sh\r", "");
	assert_script("#!/bin/sh", "/bin/sh", "");
	assert_script("#!\n", "", "");
	assert_int_equal(parse("#!").kind, EXECUTABLE_UNKNOWN);
	assert_int_equal(parse("echo\n").kind, EXECUTABLE_UNKNOWN);
	assert_int_equal(parse("").kind, EXECUTABLE_EMPTY);
}

static void test_long_script(void **state)
{
	char text[EXECUTABLE_HEAD_SIZE];
	struct executable e;

	memset(text, 'a', sizeof(text));
	memcpy(text, "#!/", 3);
	executable_parse(text, sizeof(text), &e);
	assert_int_equal(e.kind, EXECUTABLE_SCRIPT);
	assert_int_equal(strlen(e.interpreter), sizeof(e.interpreter) - 1);
}

static void test_elf_64(void **state)
{
	static const char loader[] = "/lib64/ld-linux-x86-64.so.2";
	char head[512] = {0};
	Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB},
			     .e_machine = EM_X86_64,
			     .e_phoff = sizeof(header),
			     .e_phentsize = sizeof(Elf64_Phdr),
			     .e_phnum = 2};
	Elf64_Phdr program = {.p_type = PT_INTERP, .p_offset = 400, .p_filesz = sizeof(loader)};
	struct executable e;

	memcpy(head, &header, sizeof(header));
	memcpy(head + sizeof(header) + sizeof(program), &program, sizeof(program));
	memcpy(head + 400, loader, sizeof(loader));
	executable_parse(head, sizeof(head), &e);
	assert_int_equal(e.kind, EXECUTABLE_ELF);
	assert_int_equal(e.machine, EM_X86_64);
	assert_string_equal(e.interpreter, loader);
	/* Cut short, and with tables beyond the head. */
	for (size_t size = 0; size < sizeof(head); size++)
		executable_parse(head, size, &e);
	program.p_offset = UINT64_MAX - 3;
	memcpy(head + sizeof(header) + sizeof(program), &program, sizeof(program));
	executable_parse(head, sizeof(head), &e);
	assert_string_equal(e.interpreter, "");
}

static void test_elf_32_big_endian(void **state)
{
	const char head[64] = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2MSB, [19] = EM_PPC};
	struct executable e;

	executable_parse(head, sizeof(head), &e);
	assert_int_equal(e.kind, EXECUTABLE_ELF);
	assert_int_equal(e.machine, EM_PPC);
	assert_string_equal(e.interpreter, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_long_script),
		cmocka_unit_test(test_elf_64),
		cmocka_unit_test(test_elf_32_big_endian),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
