/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device filter is a program of type BPF_PROG_TYPE_CGROUP_DEVICE, which the kernel runs for each
 * open and mknod of a device node in the group. It gets (access << 16 | type), major and minor in a
 * struct and returns 1 to allow. This file emits it instruction by instruction:
 *
 *	r2 = type, r3 = access, r4 = major, r5 = minor
 *	a block for each rule, the last rule first: if (all that it names matches) return its verdict
 *	return 0
 *
 * A rule matches if it has all of the requested access; a deny rule if it has any of it. Without a
 * matching rule, also with an empty list, access is denied.
 */
#include "cgroup/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/str.h"
#include "cgroup/v2/v2.h"

#define RULES_MAX      512
#define INSNS_FIXED    8
#define INSNS_PER_RULE 8
#define ATTACHED_MAX   64

enum { R_RESULT, R_CONTEXT, R_TYPE, R_ACCESS, R_MAJOR, R_MINOR, R_SCRATCH };

struct program {
	struct bpf_insn *insn;
	size_t n;
};

static void emit(struct program *p, int code, int dst, int src, int off, int32_t imm)
{
	p->insn[p->n++] = (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = (uint8_t)(dst & 15),
		.src_reg = (uint8_t)(src & 15),
		.off = (int16_t)off,
		.imm = imm,
	};
}

static void emit_load(struct program *p, int reg, size_t offset)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, reg, R_CONTEXT, (int)offset, 0);
}

static void emit_prologue(struct program *p)
{
	emit_load(p, R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(p, BPF_ALU | BPF_MOV | BPF_X, R_ACCESS, R_TYPE, 0, 0);
	emit(p, BPF_ALU | BPF_AND | BPF_K, R_TYPE, 0, 0, 0xffff);
	emit(p, BPF_ALU | BPF_RSH | BPF_K, R_ACCESS, 0, 0, 16);
	emit_load(p, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(p, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

static void emit_return(struct program *p, bool allow)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R_RESULT, 0, 0, allow);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* A jump that leaves the rule's block; its offset is filled in when the block's end is known. */
static void emit_unless_equal(struct program *p, int reg, int32_t value)
{
	emit(p, BPF_JMP | BPF_JNE | BPF_K, reg, 0, 0, value);
}

static void emit_rule(struct program *p, const struct oci_device_rule *rule, unsigned access)
{
	const unsigned every = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;
	size_t start = p->n;

	if (rule->type != 'a')
		emit_unless_equal(p, R_TYPE,
				  rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (access != every) {
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R_SCRATCH, R_ACCESS, 0, 0);
		/* allow: nothing beyond the rule's; deny: any of the rule's */
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, R_SCRATCH, 0, 0,
		     (int32_t)(rule->allow ? every & ~access : access));
		emit(p, BPF_JMP | (rule->allow ? BPF_JNE : BPF_JEQ) | BPF_K, R_SCRATCH, 0, 0, 0);
	}
	if (rule->major != OCI_DEVICE_ANY)
		emit_unless_equal(p, R_MAJOR, (int32_t)rule->major);
	if (rule->minor != OCI_DEVICE_ANY)
		emit_unless_equal(p, R_MINOR, (int32_t)rule->minor);
	emit_return(p, rule->allow);
	for (size_t i = start; i < p->n; i++) {
		int op = BPF_OP(p->insn[i].code);

		if (BPF_CLASS(p->insn[i].code) == BPF_JMP && (op == BPF_JNE || op == BPF_JEQ))
			p->insn[i].off = (int16_t)(p->n - i - 1);
	}
}

static int rule_access(const struct oci_device_rule *rule, unsigned *ret)
{
	const char *text = rule->access[0] ? rule->access : "rwm";
	unsigned access = 0;

	for (; *text; text++) {
		if (*text == 'r')
			access |= BPF_DEVCG_ACC_READ;
		else if (*text == 'w')
			access |= BPF_DEVCG_ACC_WRITE;
		else if (*text == 'm')
			access |= BPF_DEVCG_ACC_MKNOD;
		else
			return -EINVAL;
	}
	*ret = access;
	return 0;
}

static bool is_number(int64_t n)
{
	return n == OCI_DEVICE_ANY || (n >= 0 && n <= INT32_MAX);
}

int v2_device_program(const struct oci_device_rule *rules, size_t n, struct bpf_insn **ret,
		      size_t *ret_n, struct masu_error *err)
{
	_cleanup_free_ struct bpf_insn *insns = NULL;
	struct program p = {0};

	if (n > RULES_MAX)
		return err_set(err, ERR_INVALID, E2BIG, "more than %d device rules", RULES_MAX);
	p.insn = insns = calloc(INSNS_FIXED + n * INSNS_PER_RULE, sizeof(*insns));
	if (!insns)
		return err_oom(err);
	emit_prologue(&p);
	for (size_t i = n; i-- > 0;) {
		unsigned access;

		if (rule_access(&rules[i], &access) < 0 || !rules[i].type ||
		    !strchr("abc", rules[i].type) || !is_number(rules[i].major) ||
		    !is_number(rules[i].minor))
			return err_set(err, ERR_INVALID, EINVAL, "bad device rule %zu", i);
		emit_rule(&p, &rules[i], access);
		/* Code after a rule for all devices is unreachable, which the verifier refuses. */
		if (cgroup_devices_is_whole(&rules[i]))
			break;
		if (i == 0)
			emit_return(&p, false);
	}
	if (n == 0)
		emit_return(&p, false);
	*ret = TAKE_PTR(insns);
	*ret_n = p.n;
	return 0;
}

static int sys_bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	int r = (int)syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : r;
}

static int load(const struct bpf_insn *insns, size_t n)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uint64_t)(uintptr_t)insns,
		.insn_cnt = (uint32_t)n,
		.license = (uint64_t)(uintptr_t) "Apache-2.0",
		.prog_name = "masu_devices",
	};

	return sys_bpf(BPF_PROG_LOAD, &attr);
}

/* The programs attached to this group, by masu or systemd. All are replaced. */
static int list_attached(int cgroup_fd, uint32_t ids[ATTACHED_MAX], uint32_t *ret_n)
{
	union bpf_attr attr = {
		.query.target_fd = (uint32_t)cgroup_fd,
		.query.attach_type = BPF_CGROUP_DEVICE,
		.query.prog_ids = (uint64_t)(uintptr_t)ids,
		.query.prog_cnt = ATTACHED_MAX,
	};
	int r = sys_bpf(BPF_PROG_QUERY, &attr);

	if (r < 0)
		return r;
	*ret_n = attr.query.prog_cnt;
	return 0;
}

static int detach(int cgroup_fd, uint32_t id)
{
	union bpf_attr attr = {.prog_id = id};
	_cleanup_close_ int program = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr);

	if (program < 0)
		return program;
	attr = (union bpf_attr){
		.target_fd = (uint32_t)cgroup_fd,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
	};
	return sys_bpf(BPF_PROG_DETACH, &attr);
}

/* With ALLOW_MULTI all programs must allow: attaching the new one first leaves no gap. */
static int replace(int cgroup_fd, int program)
{
	uint32_t ids[ATTACHED_MAX] = {0}, n = 0;
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup_fd,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};
	int r = list_attached(cgroup_fd, ids, &n);

	if (r < 0)
		return r;
	r = sys_bpf(BPF_PROG_ATTACH, &attr);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = detach(cgroup_fd, ids[i]);
	return r;
}

static int cannot_load(int r, struct masu_error *err)
{
	(void)err_sys(err, r, "load the device filter");
	return err_hint(err, "it needs root's CAP_SYS_ADMIN or CAP_BPF, and a kernel with "
			     "CONFIG_CGROUP_BPF");
}

int v2_set_devices(const struct cgroup *cg, const struct oci_device_rule *rules, size_t n,
		   struct masu_error *err)
{
	_cleanup_free_ struct bpf_insn *insns = NULL;
	_cleanup_close_ int program = -1, group = -1;
	size_t n_insns;
	int r = v2_device_program(rules, n, &insns, &n_insns, err);

	if (r < 0)
		return r;
	program = load(insns, n_insns);
	if (program < 0)
		return cannot_load(program, err);
	/* bpf(2) does not take an O_PATH descriptor. */
	group = openat(cg->container_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = group < 0 ? -errno : replace(group, program);
	return r < 0 ? err_sys(err, r, "attach the device filter") : 0;
}
