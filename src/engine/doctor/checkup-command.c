/* SPDX-License-Identifier: Apache-2.0 */
/* The command, its user and its working directory. */

#include "engine/doctor/checkup.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"

#define EXECUTE_BITS 0111U

/* A finding that keeps the command from being executed. Its fix is for a file of the host, or NULL. */
static void add(struct checkup *k, const char *id, const struct examined *e, char *message,
		char *fix)
{
	checkup_add(k, &(struct checkup_finding){
			       .id = id,
			       .severity = MASU_SEVERITY_ERROR,
			       .object = str_printf("command \"%s\"",
						    e->command ? e->command : checkup_command(k)),
			       .message = message,
			       .fix = fix,
		       });
}

/* "COMMAND PATH", if the file is one of the host's. */
static char *on_host(const struct checkup *k, const char *command, const char *path)
{
	_cleanup_free_ char *host = checkup_host_path(k, path);
	_cleanup_free_ char *word = host ? str_shell_word(host) : NULL;

	return word ? str_printf("%s %s", command, word) : NULL;
}

static void add_missing(struct checkup *k, const struct examined *e)
{
	const char *name = checkup_command(k);

	if (!*name)
		return add(k, "command-missing", e,
			   strdup("neither the image nor the user has given a command"), NULL);
	add(k, "command-missing", e,
	    strdup(strchr(name, '/') ? "the container has no such file"
				     : "not found in $PATH of the container"),
	    NULL);
}

/* Do the permission bits let the user execute it? Root needs any of them. */
static bool may_execute(const struct examined *e)
{
	char group[16];

	if (e->uid == 0)
		return e->mode & EXECUTE_BITS;
	if (e->uid == e->owner)
		return e->mode & 0100;
	(void)snprintf(group, sizeof(group), "%u", e->owning_group);
	return e->mode &
	       (e->gid == e->owning_group || strv_contains(e->groups, group) ? 010U : 01U);
}

static void add_permission(struct checkup *k, const struct examined *e)
{
	add(k, "command-permission", e,
	    str_printf("user %u of the container may not execute it: mode %04o, owner %u", e->uid,
		       e->mode, e->owner),
	    on_host(k, e->mode & EXECUTE_BITS ? "chmod a+rx" : "chmod +x", e->command));
}

/* The mount that holds the file, if its programs cannot be executed. */
static const struct oci_mount *noexec_mount(const struct checkup *k, const char *path)
{
	const struct oci_mount *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < k->c->spec->n_mounts; i++) {
		const struct oci_mount *m = &k->c->spec->mounts[i];
		const char *rest = str_after(path, m->destination);
		size_t length = strlen(m->destination);

		if (rest && *rest == '/' && length >= longest) {
			found = m;
			longest = length;
		}
	}
	return found && strv_contains(found->options, "noexec") ? found : NULL;
}

/* Processors by the numbers of ELF, the names of images, and those of qemu's handlers in binfmt_misc. */
static const struct {
	unsigned int machine;
	const char *image, *qemu;
} machines[] = {
	{EM_X86_64, "amd64", "x86_64"},	  {EM_AARCH64, "arm64", "aarch64"},
	{EM_386, "386", "i386"},	  {EM_ARM, "arm", "arm"},
	{EM_RISCV, "riscv64", "riscv64"}, {EM_PPC64, "ppc64le", "ppc64le"},
	{EM_S390, "s390x", "s390x"},	  {EM_LOONGARCH, "loong64", "loongarch64"},
};

static const char *machine_name(unsigned int machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].image;
	return "another processor";
}

static unsigned int own_machine(void)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	Elf32_Ehdr header = {0}; /* the members up to e_machine are those of 64 bits, too */

	return fd >= 0 && read(fd, &header, sizeof(header)) == sizeof(header) ? header.e_machine
									      : EM_NONE;
}

static bool is_emulated(unsigned int machine)
{
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		(void)snprintf(path, sizeof(path), "/proc/sys/fs/binfmt_misc/qemu-%s",
			       machines[i].qemu);
		if (machines[i].machine == machine && access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* A processor of 64 bits executes programs of 32 bits. */
static bool is_foreign(unsigned int machine)
{
	unsigned int own = own_machine();

	return own != EM_NONE && machine != own && !(own == EM_X86_64 && machine == EM_386) &&
	       !(own == EM_AARCH64 && machine == EM_ARM) && !is_emulated(machine);
}

static void add_machine(struct checkup *k, const struct examined *e)
{
	const char *own = machine_name(own_machine());
	_cleanup_free_ char *option = str_printf("--pull always --platform linux/%s", own);

	add(k, "command-architecture", e,
	    str_printf("a program for %s, and this host is %s", machine_name(e->machine), own),
	    option && k->c->record.image_name ? checkup_recreate(k, option) : NULL);
}

static void examine_interpreter(struct checkup *k, const struct examined *e)
{
	bool is_script = streq(str_or_empty(e->kind), "script");

	if (e->carriage_return)
		add(k, "interpreter-missing", e,
		    strdup("its first line ends in a carriage return, as on Windows, so that its "
			   "interpreter is not found"),
		    on_host(k, "sed -i 's/\\r$//'", e->command));
	else if (e->no_interpreter)
		add(k, "interpreter-missing", e,
		    str_printf(is_script ? "its interpreter \"%s\" cannot be executed"
					 : "its loader \"%s\" cannot be executed: the program is "
					   "for another C library than the container's",
			       e->no_interpreter),
		    NULL);
	else if (e->no_program)
		add(k, "interpreter-missing", e,
		    str_printf("its interpreter \"%s\" is not found in $PATH of the container",
			       e->no_program),
		    NULL);
}

static void examine_file(struct checkup *k, const struct examined *e)
{
	const struct oci_mount *noexec = noexec_mount(k, e->command);
	const char *kind = str_or_empty(e->kind);

	if (!may_execute(e))
		return add_permission(k, e);
	if (noexec)
		return add(k, "command-noexec", e,
			   str_printf("the mount at \"%s\" has the option noexec",
				      noexec->destination),
			   NULL);
	if (streq(kind, "empty") || streq(kind, "unknown"))
		return add(k, "command-format", e,
			   strdup(streq(kind, "empty")
					  ? "the file is empty"
					  : "neither a program of Linux nor a script: its first "
					    "line does not begin with #!"),
			   NULL);
	if (streq(kind, "elf") && is_foreign(e->machine))
		return add_machine(k, e);
	examine_interpreter(k, e);
}

void checkup_start(struct checkup *k, const struct examined *e)
{
	if (e->no_user)
		checkup_add(k, &(struct checkup_finding){
				       .id = "user-missing",
				       .severity = MASU_SEVERITY_ERROR,
				       .object = str_printf("user \"%s\"", k->c->record.user),
				       .message = strdup(e->no_user),
				       .fix = checkup_recreate(k, "-u 0"),
			       });
	if (e->no_cwd)
		checkup_add(k, &(struct checkup_finding){
				       .id = "working-directory",
				       .severity = MASU_SEVERITY_ERROR,
				       .object = str_printf("working directory \"%s\"",
							    k->c->spec->process->cwd),
				       .message = strdup(strerror((int)e->no_cwd)),
				       .fix = checkup_recreate(k, "-w /"),
			       });
	if (e->no_command == EACCES && e->command)
		add_permission(k, e);
	else if (e->no_command)
		add_missing(k, e);
	else if (!e->no_user)
		examine_file(k, e);
}
