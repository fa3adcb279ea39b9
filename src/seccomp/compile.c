/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "seccomp/compat.h"
#include "seccomp/compile.h"

/*
 * From a policy to a program: the prefix (see seccomp-prefix.c), then what libseccomp makes of the
 * rules. Two things differ from handing the rules over as they are:
 *   - A foreign architecture kills the process. A call made through it would be judged by the wrong
 *     numbers (32-bit socketcall(2) reaches any protocol), so nothing softer is safe.
 *   - ioctl(2)'s request is compared on 32 bits, because the kernel looks at no more: a program that
 *     sets one of the upper bits would else pass TIOCSTI through a rule that excludes it.
 */

#define NEWER_MAX 64

struct compiler {
	const struct seccomp_library *l;
	const struct seccomp_policy *p;
	struct masu_error *err;
	scmp_filter_ctx context;
	uint32_t default_action;
	uint32_t *arches; /* the native one first */
	size_t n_arches;
	struct seccomp_newer newer[NEWER_MAX];
	size_t n_newer;
	uint32_t highest;
	bool notifies;
};

/* A system call and what the filter does with it. */
struct call {
	uint32_t action;
	const char *name;
	int number;
};

static uint32_t with_data(uint32_t action, bool has_errno, uint32_t errno_ret)
{
	uint32_t data = has_errno ? errno_ret : EPERM;

	return action == SCMP_ACT_ERRNO(0) || action == SCMP_ACT_TRACE(0) ? action | data : action;
}

static int bad_rule(struct compiler *c, int code, const char *name)
{
	return err_sys(c->err, code, "compile the system call filter: rule for '%s'", name);
}

static int add_rule(struct compiler *c, const struct call *call, const struct scmp_arg_cmp *args,
		    size_t n)
{
	int r = c->l->seccomp_rule_add_array(c->context, call->action, call->number,
					     (unsigned int)n, args);

	/* Profiles have the same rule twice. */
	return r == -EEXIST || r >= 0 ? 0 : bad_rule(c, r, call->name);
}

/*
 * "The low 32 bits differ from `value`" as 32 rules, one for each bit that may differ, since
 * libseccomp compares for inequality on 64 bits alone.
 */
static int add_not_equal_32(struct compiler *c, const struct call *call, struct scmp_arg_cmp *args,
			    size_t n, size_t which)
{
	uint32_t value = (uint32_t)args[which].datum_a;

	for (uint32_t bit = 1; bit; bit <<= 1) {
		args[which].op = SCMP_CMP_MASKED_EQ;
		args[which].datum_a = bit;
		args[which].datum_b = ~value & bit;
		int r = add_rule(c, call, args, n);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One rule of libseccomp's, whose conditions must all hold. */
static int add_conditions(struct compiler *c, const struct call *call,
			  const struct seccomp_arg *conditions, size_t n)
{
	struct scmp_arg_cmp args[6];
	bool is_ioctl = streq(call->name, "ioctl");
	size_t not_equal = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct seccomp_arg *a = &conditions[i];

		args[i] = (struct scmp_arg_cmp){
			.arg = a->index, .op = a->op, .datum_a = a->value, .datum_b = a->value_two};
		if (!is_ioctl || a->index != 1)
			continue;
		if (a->op == SCMP_CMP_NE)
			not_equal = i;
		else if (a->op == SCMP_CMP_EQ)
			args[i] = (struct scmp_arg_cmp){.arg = 1,
							.op = SCMP_CMP_MASKED_EQ,
							.datum_a = UINT32_MAX,
							.datum_b = (uint32_t)a->value};
	}
	if (not_equal != SIZE_MAX)
		return add_not_equal_32(c, call, args, n, not_equal);
	return add_rule(c, call, args, n);
}

static bool repeats_argument(const struct seccomp_rule *rule)
{
	unsigned seen = 0;

	for (size_t i = 0; i < rule->n_args; i++) {
		unsigned bit = 1u << rule->args[i].index;

		if (seen & bit)
			return true;
		seen |= bit;
	}
	return false;
}

/*
 * Two conditions on one argument could seldom hold together. Profiles in the field mean that either
 * suffices: then each condition of the rule is a rule of its own, as runc and crun have it.
 */
static int add_known(struct compiler *c, const struct seccomp_rule *rule, const struct call *call)
{
	if (!repeats_argument(rule))
		return add_conditions(c, call, rule->args, rule->n_args);
	for (size_t i = 0; i < rule->n_args; i++) {
		int r = add_conditions(c, call, &rule->args[i], 1);

		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * A name that libseccomp has no number for. An unknown one gets the default action. That is safe
 * unless the default is to allow it: then the caller is warned, and the rest of the filter holds.
 * An error would keep profiles from running that were written for a newer kernel or by a hand that
 * slipped; runc and crun run them.
 */
static int add_newer(struct compiler *c, const struct seccomp_rule *rule, uint32_t action,
		     const char *name)
{
	struct seccomp_newer new = {.action = action};

	if (seccomp_newer_number(name, c->arches[0], &new.number, &new.native_only) < 0) {
		if (c->p->fail_unknown)
			return err_set(c->err, ERR_INVALID, EINVAL,
				       "the system call filter names '%s', which is not a known "
				       "system call",
				       name);
		if (c->default_action == SCMP_ACT_ALLOW || c->default_action == SCMP_ACT_LOG)
			log_warning("the system call filter can't deny '%s': not a known system "
				    "call",
				    name);
		return 0;
	}
	if (rule->n_args > 0)
		return err_set(c->err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "the system call filter looks at arguments of '%s', which this "
			       "libseccomp is too old for",
			       name);
	if (c->n_newer == NEWER_MAX)
		return bad_rule(c, E2BIG, name);
	c->newer[c->n_newer++] = new;
	if (!new.native_only &&new.number > c->highest)
		c->highest = new.number;
	return 0;
}

/* Notes the call's number on each architecture, for the prefix. */
static void note_highest(struct compiler *c, const char *name)
{
	for (size_t i = 0; i < c->n_arches; i++) {
		int number = c->l->seccomp_syscall_resolve_name_arch(c->arches[i], name);

		if (c->arches[i] != SCMP_ARCH_X32 && number >= 0 && (uint32_t)number > c->highest)
			c->highest = (uint32_t)number;
	}
}

static int add_policy_rule(struct compiler *c, const struct seccomp_rule *rule)
{
	struct call call = {.action = with_data(rule->action, rule->has_errno, rule->errno_ret)};

	c->notifies |= call.action == SCMP_ACT_NOTIFY;
	for (size_t i = 0; rule->names[i]; i++) {
		int r = 0;

		call.name = rule->names[i];
		call.number = c->l->seccomp_syscall_resolve_name_arch(c->arches[0], call.name);
		if (call.number == __NR_SCMP_ERROR) {
			r = add_newer(c, rule, call.action, call.name);
		} else {
			note_highest(c, call.name);
			/* libseccomp refuses rules with the default action. */
			if (call.action != c->default_action)
				r = add_known(c, rule, &call);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_arches(struct compiler *c)
{
	c->arches = calloc(c->p->n_arches + 1, sizeof(*c->arches));
	if (!c->arches)
		return err_oom(c->err);
	c->arches[c->n_arches++] = c->l->seccomp_arch_native();
	for (size_t i = 0; i < c->p->n_arches; i++) {
		uint32_t arch = c->p->arches[i];
		int r = c->l->seccomp_arch_add(c->context, arch);

		if (r == -EEXIST)
			continue;
		/* Another byte order or word size than the native one's: never seen by this kernel. */
		if (r == -EINVAL || r == -EDOM)
			continue;
		if (r < 0)
			return err_sys(c->err, r, "compile the system call filter: %s",
				       word_name(seccomp_arches, arch));
		c->arches[c->n_arches++] = arch;
	}
	return 0;
}

static int add_all(struct compiler *c)
{
	const struct seccomp_policy *p = c->p;
	int r;

	/* The load asks for the kernel's abilities; here they would change the result. */
	(void)c->l->seccomp_api_set(5);
	c->default_action = with_data(p->default_action, p->has_default_errno, p->default_errno);
	c->notifies = c->default_action == SCMP_ACT_NOTIFY;
	c->context = c->l->seccomp_init(c->default_action);
	if (!c->context)
		return err_sys(c->err, EINVAL, "compile the system call filter: default action");
	r = c->l->seccomp_attr_set(c->context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r >= 0)
		r = c->l->seccomp_attr_set(c->context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r < 0)
		return err_sys(c->err, r, "compile the system call filter");
	r = add_arches(c);
	for (size_t i = 0; i < p->n_rules && r >= 0; i++)
		r = add_policy_rule(c, &p->rules[i]);
	return r;
}

/* libseccomp before 2.6 can write its program only to a descriptor. */
static int export_program(struct compiler *c, struct sock_filter to[BPF_MAXINSNS], size_t used)
{
	_cleanup_close_ int fd = memfd_create("seccomp", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(c->err, errno, "create a memory file");
	int r = c->l->seccomp_export_bpf(c->context, fd);

	if (r < 0)
		return err_sys(c->err, r, "compile the system call filter");
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(c->err, errno, "read the compiled filter");
	size_t room = (BPF_MAXINSNS - used) * sizeof(*to);
	ssize_t size = fd_read_full(fd, to + used, room);
	char more;

	if (size < 0)
		return err_sys(c->err, (int)size, "read the compiled filter");
	if ((size_t)size == room && read(fd, &more, 1) != 0)
		return err_set(c->err, ERR_INVALID, E2BIG,
			       "the system call filter is longer than %d instructions",
			       BPF_MAXINSNS);
	return (int)(used + (size_t)size / sizeof(*to));
}

/*
 * Without a listener there is nobody to wait for, and the kernel refuses WAIT_KILLABLE_RECV; with
 * one, it wants the failure of TSYNC told by an errno, as a thread's id looks like a descriptor.
 */
static uint32_t load_flags(const struct compiler *c)
{
	uint32_t flags = c->p->flags;

	if (!c->notifies)
		return flags & ~(uint32_t)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	if (flags & SECCOMP_FILTER_FLAG_TSYNC)
		flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
	return flags | SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

static int make_program(struct compiler *c, struct seccomp_filter *ret)
{
	_cleanup_free_ struct sock_filter *program = calloc(BPF_MAXINSNS, sizeof(*program));
	bool errno_by_default = (c->default_action & ~0xffffU) == SCMP_ACT_ERRNO(0) &&
				c->default_action != SCMP_ACT_ERRNO(ENOSYS);
	const struct seccomp_prefix prefix = {
		.arches = c->arches,
		.n_arches = c->n_arches,
		.newer = c->newer,
		.n_newer = c->n_newer,
		.highest = errno_by_default ? c->highest : 0,
	};

	if (!program)
		return err_oom(c->err);
	int n = seccomp_prefix_emit(&prefix, program, BPF_MAXINSNS);

	if (n < 0)
		return err_sys(c->err, n, "compile the system call filter");
	n = export_program(c, program, (size_t)n);
	if (n < 0)
		return n;
	*ret = (struct seccomp_filter){
		.instructions = TAKE_PTR(program),
		.length = (unsigned short)n,
		.flags = load_flags(c),
	};
	return 0;
}

int seccomp_policy_compile_with(const struct seccomp_library *l, const struct seccomp_policy *p,
				struct seccomp_filter *ret, struct masu_error *err)
{
	struct compiler c = {.l = l, .p = p, .err = err};
	int r = add_all(&c);

	if (r >= 0)
		r = make_program(&c, ret);
	if (c.context)
		l->seccomp_release(c.context);
	free(c.arches);
	return r;
}

int seccomp_policy_compile(const struct seccomp_policy *p, struct seccomp_filter *ret,
			   struct masu_error *err)
{
	_cleanup_(seccomp_library_done) struct seccomp_library l = {0};
	int r = seccomp_library_open(&l, err);

	return r < 0 ? r : seccomp_policy_compile_with(&l, p, ret, err);
}
