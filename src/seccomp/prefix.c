/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>

#include "base/str.h"
#include "seccomp/compile.h"

/*
 * System calls that libseccomp is too old to know.
 *
 * libseccomp compiles by name, and drops or refuses what it has no name for: 2.5.4, which stable
 * distributions have, ends at Linux 5.17. So these are told apart by number, before its program
 * begins. Since 424 all architectures of libseccomp but MIPS give a new call the same number, which
 * is what lets one list serve them all. Two things are decided here:
 *   - a call that the policy names and libseccomp doesn't know gets the policy's action;
 *   - where the policy answers everything else with an errno such as EPERM, a number higher than
 *     any it names gets ENOSYS. The policy's author can't have meant a call that didn't exist, and
 *     programs take ENOSYS, not EPERM, as the advice to use an older call.
 * All the rest goes on to libseccomp's program, and so do foreign architectures.
 *
 * The kernel runs the filter once for each system call at load and remembers those that are
 * allowed whatever their arguments, so in front costs nothing for them.
 */

static const struct {
	const char *name;
	uint32_t number;
	uint32_t only_on; /* 0: everywhere */
} newer[] = {
	{"uretprobe", 335, SCMP_ARCH_X86_64},
	{"cachestat", 451},
	{"fchmodat2", 452},
	{"map_shadow_stack", 453},
	{"futex_wake", 454},
	{"futex_wait", 455},
	{"futex_requeue", 456},
	{"statmount", 457},
	{"listmount", 458},
	{"lsm_get_self_attr", 459},
	{"lsm_set_self_attr", 460},
	{"lsm_list_modules", 461},
	{"mseal", 462},
	{"setxattrat", 463},
	{"getxattrat", 464},
	{"listxattrat", 465},
	{"removexattrat", 466},
	{"open_tree_attr", 467},
	{"file_getattr", 468},
	{"file_setattr", 469},
	{"listns", 470},
};

/* On x86-64 the calls of the x32 ABI are told by this bit of the number. */
#define X32_BIT 0x40000000

static bool is_mips(uint32_t arch)
{
	uint32_t machine = arch & 0xffff;

	return machine == EM_MIPS;
}

int seccomp_newer_number(const char *name, uint32_t native, uint32_t *ret, bool *ret_native_only)
{
	for (size_t i = 0; i < ARRAY_SIZE(newer); i++) {
		if (!streq(newer[i].name, name))
			continue;
		if (is_mips(native) || (newer[i].only_on && newer[i].only_on != native))
			return -ENOENT;
		*ret = newer[i].number;
		*ret_native_only = newer[i].only_on;
		return 0;
	}
	return -ENOENT;
}

#define LOAD(member)         \
	(struct sock_filter) \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(action)	     (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, action)
#define JUMP(op, k, yes, no) (struct sock_filter) BPF_JUMP(BPF_JMP | (op) | BPF_K, k, yes, no)
/* To libseccomp's program, which follows: the distance is filled in when it is known. */
#define GO_ON (struct sock_filter) BPF_STMT(BPF_JMP | BPF_JA, 0)

static uint32_t lowest_number(const struct seccomp_prefix *p)
{
	uint32_t lowest = p->highest ? p->highest + 1 : X32_BIT;

	for (size_t i = 0; i < p->n_newer; i++)
		if (p->newer[i].number < lowest)
			lowest = p->newer[i].number;
	return lowest;
}

/* The instructions for one architecture, whose number is loaded: at most 5 + 2 * n_newer. */
static size_t emit_arch(const struct seccomp_prefix *p, bool native, struct sock_filter *to)
{
	size_t n = 0;

	to[n++] = LOAD(nr);
	for (size_t i = 0; i < p->n_newer; i++) {
		if (p->newer[i].native_only && !native)
			continue;
		to[n++] = JUMP(BPF_JEQ, p->newer[i].number, 0, 1);
		to[n++] = RETURN(p->newer[i].action);
	}
	if (p->highest) {
		to[n++] = JUMP(BPF_JGT, p->highest, 0, 1);
		to[n++] = RETURN(SECCOMP_RET_ERRNO | ENOSYS);
	}
	to[n++] = GO_ON;
	return n;
}

int seccomp_prefix_emit(const struct seccomp_prefix *p, struct sock_filter *to, size_t room)
{
	size_t block = 5 + 2 * p->n_newer, n = 0;

	if (p->n_newer == 0 && !p->highest)
		return 0;
	/* A comparison jumps over at most 255 instructions. */
	if (block > UINT8_MAX || room < 5 + p->n_arches * (block + 2))
		return -E2BIG;
	/* The common calls leave after one comparison. */
	to[n++] = LOAD(nr);
	to[n++] = JUMP(BPF_JGE, lowest_number(p), 1, 0);
	to[n++] = GO_ON;
	to[n++] = JUMP(BPF_JGE, X32_BIT, 0, 1);
	to[n++] = GO_ON;
	for (size_t i = 0; i < p->n_arches; i++) {
		if (p->arches[i] == SCMP_ARCH_X32 || is_mips(p->arches[i]))
			continue;
		to[n++] = LOAD(arch);
		size_t length = emit_arch(p, i == 0, to + n + 1);

		to[n] = JUMP(BPF_JEQ, p->arches[i], 0, (uint8_t)length);
		n += 1 + length;
	}
	for (size_t i = 0; i < n; i++)
		if (to[i].code == (BPF_JMP | BPF_JA))
			to[i].k = (uint32_t)(n - i - 1);
	return (int)n;
}
