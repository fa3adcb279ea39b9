/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/caps.h"

#include <assert.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"

static const char *const names[] = {
	[CAP_CHOWN] = "CAP_CHOWN",
	[CAP_DAC_OVERRIDE] = "CAP_DAC_OVERRIDE",
	[CAP_DAC_READ_SEARCH] = "CAP_DAC_READ_SEARCH",
	[CAP_FOWNER] = "CAP_FOWNER",
	[CAP_FSETID] = "CAP_FSETID",
	[CAP_KILL] = "CAP_KILL",
	[CAP_SETGID] = "CAP_SETGID",
	[CAP_SETUID] = "CAP_SETUID",
	[CAP_SETPCAP] = "CAP_SETPCAP",
	[CAP_LINUX_IMMUTABLE] = "CAP_LINUX_IMMUTABLE",
	[CAP_NET_BIND_SERVICE] = "CAP_NET_BIND_SERVICE",
	[CAP_NET_BROADCAST] = "CAP_NET_BROADCAST",
	[CAP_NET_ADMIN] = "CAP_NET_ADMIN",
	[CAP_NET_RAW] = "CAP_NET_RAW",
	[CAP_IPC_LOCK] = "CAP_IPC_LOCK",
	[CAP_IPC_OWNER] = "CAP_IPC_OWNER",
	[CAP_SYS_MODULE] = "CAP_SYS_MODULE",
	[CAP_SYS_RAWIO] = "CAP_SYS_RAWIO",
	[CAP_SYS_CHROOT] = "CAP_SYS_CHROOT",
	[CAP_SYS_PTRACE] = "CAP_SYS_PTRACE",
	[CAP_SYS_PACCT] = "CAP_SYS_PACCT",
	[CAP_SYS_ADMIN] = "CAP_SYS_ADMIN",
	[CAP_SYS_BOOT] = "CAP_SYS_BOOT",
	[CAP_SYS_NICE] = "CAP_SYS_NICE",
	[CAP_SYS_RESOURCE] = "CAP_SYS_RESOURCE",
	[CAP_SYS_TIME] = "CAP_SYS_TIME",
	[CAP_SYS_TTY_CONFIG] = "CAP_SYS_TTY_CONFIG",
	[CAP_MKNOD] = "CAP_MKNOD",
	[CAP_LEASE] = "CAP_LEASE",
	[CAP_AUDIT_WRITE] = "CAP_AUDIT_WRITE",
	[CAP_AUDIT_CONTROL] = "CAP_AUDIT_CONTROL",
	[CAP_SETFCAP] = "CAP_SETFCAP",
	[CAP_MAC_OVERRIDE] = "CAP_MAC_OVERRIDE",
	[CAP_MAC_ADMIN] = "CAP_MAC_ADMIN",
	[CAP_SYSLOG] = "CAP_SYSLOG",
	[CAP_WAKE_ALARM] = "CAP_WAKE_ALARM",
	[CAP_BLOCK_SUSPEND] = "CAP_BLOCK_SUSPEND",
	[CAP_AUDIT_READ] = "CAP_AUDIT_READ",
	[CAP_PERFMON] = "CAP_PERFMON",
	[CAP_BPF] = "CAP_BPF",
	[CAP_CHECKPOINT_RESTORE] = "CAP_CHECKPOINT_RESTORE",
};
static_assert(ARRAY_SIZE(names) == CAP_LAST_CAP + 1, "every capability has a name");

const uint64_t caps_default = CAPS_BIT(CAP_CHOWN) | CAPS_BIT(CAP_DAC_OVERRIDE) |
			      CAPS_BIT(CAP_FOWNER) | CAPS_BIT(CAP_FSETID) | CAPS_BIT(CAP_KILL) |
			      CAPS_BIT(CAP_SETGID) | CAPS_BIT(CAP_SETUID) | CAPS_BIT(CAP_SETPCAP) |
			      CAPS_BIT(CAP_NET_BIND_SERVICE) | CAPS_BIT(CAP_SYS_CHROOT) |
			      CAPS_BIT(CAP_SETFCAP);

uint64_t caps_known(void)
{
	return (CAPS_BIT(CAP_LAST_CAP) << 1) - 1;
}

uint64_t caps_of_kernel(void)
{
	unsigned int last = CAP_LAST_CAP;

	/* EINVAL: the kernel is older than the table. */
	while (last > 0 && prctl(PR_CAPBSET_READ, last, 0, 0, 0) < 0)
		last--;
	return (CAPS_BIT(last) << 1) - 1;
}

const char *caps_name(unsigned int number)
{
	return number < ARRAY_SIZE(names) ? names[number] : NULL;
}

int caps_number(const char *name)
{
	if (strncasecmp(name, "CAP_", 4) == 0)
		name += 4;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(name, names[i] + 4) == 0)
			return (int)i;
	return -EINVAL;
}

/* The names of a list as a mask; "ALL" apart. */
static int parse_list(char *const *list, const char *option, uint64_t *ret, bool *ret_all,
		      struct err *err)
{
	*ret = 0;
	*ret_all = false;
	STRV_FOREACH(name, list) {
		if (strcasecmp(*name, "ALL") == 0) {
			*ret_all = true;
			continue;
		}
		int number = caps_number(*name);

		if (number < 0)
			return err_set(err, ERR_INVALID, EINVAL, "%s: there is no capability '%s'",
				       option, *name);
		*ret |= CAPS_BIT(number);
	}
	return 0;
}

int caps_resolve(uint64_t base, char *const *add, char *const *drop, uint64_t *ret, struct err *err)
{
	uint64_t added, dropped;
	bool add_all, drop_all;
	int n = parse_list(add, "--cap-add", &added, &add_all, err);

	if (n >= 0)
		n = parse_list(drop, "--cap-drop", &dropped, &drop_all, err);
	if (n < 0)
		return n;
	if (add_all && drop_all)
		return err_set(err, ERR_INVALID, EINVAL, "--cap-add and --cap-drop both say ALL");
	if (added & dropped)
		return err_set(err, ERR_INVALID, EINVAL,
			       "%s is both in --cap-add and in --cap-drop",
			       caps_name((unsigned int)__builtin_ctzll(added & dropped)));
	uint64_t set = add_all ? caps_of_kernel() : drop_all ? 0 : base;

	*ret = (set | added) & ~dropped & caps_of_kernel();
	return 0;
}

int caps_apply_bounding(const struct caps_sets *sets, struct err *err)
{
	/* Up to the kernel's last, which may be newer than the table of names. */
	for (unsigned int i = 0; i < 64; i++) {
		if (sets->bounding & CAPS_BIT(i) || prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
			continue;
		int code = errno, has = prctl(PR_CAPBSET_READ, i, 0, 0, 0);

		if (has < 0)
			break;
		/* Without CAP_SETPCAP nothing can be dropped, but it may have gone before. */
		if (has > 0)
			return err_sys(err, code, "drop capability %u (%s) from the bounding set",
				       i, caps_name(i) ? caps_name(i) : "new");
	}
	return 0;
}

static int not_become(const char *what, unsigned int id, struct err *err)
{
	int code = errno, r = err_sys(err, code, "become %s %u", what, id);

	return code == EINVAL ? err_hint(err, "no id of the host is mapped to it") : r;
}

static int apply_groups(gid_t gid, const gid_t *groups, size_t n, struct err *err)
{
	_cleanup_free_ gid_t *all = calloc(n + 1, sizeof(*all));
	size_t length = 0;

	if (!all)
		return err_sys(err, ENOMEM, "set the groups");
	/* The primary group must be there too: files it may not read (0604) are told by this list. */
	all[length++] = gid;
	for (size_t i = 0; i < n; i++)
		if (groups[i] != gid)
			all[length++] = groups[i];
	if (setgroups(length, all) == 0)
		return 0;
	int code = errno, r = err_sys(err, code, "set %zu groups", length);
	return code == EINVAL ? err_hint(err, "no id of the host is mapped to one of them") : r;
}

int caps_apply_user(uid_t uid, gid_t gid, const gid_t *groups, size_t n_groups, bool set_groups,
		    struct err *err)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_sys(err, errno, "keep capabilities over the change of user");
	if (set_groups) {
		int n = apply_groups(gid, groups, n_groups, err);

		if (n < 0)
			return n;
	}
	for (size_t i = 0; !set_groups && i < n_groups; i++)
		if (groups[i] != gid)
			return err_set(err, ERR_DENIED, EPERM,
				       "group %u cannot be set: setgroups is denied where only one "
				       "id is mapped",
				       (unsigned int)groups[i]);
	if (setresgid(gid, gid, gid) < 0)
		return not_become("group", gid, err);
	return setresuid(uid, uid, uid) < 0 ? not_become("user", uid, err) : 0;
}

/* glibc has no wrappers of capget(2) and capset(2), and libcap's would be one more library. */
static int get_sets(struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capget, &header, data) < 0 ? -errno : 0;
}

static int set_sets(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(effective >> (32 * i)),
			.permitted = (uint32_t)(permitted >> (32 * i)),
			.inheritable = (uint32_t)(inheritable >> (32 * i)),
		};
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static uint64_t whole(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

bool caps_has_effective(unsigned int number)
{
	struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3];

	return get_sets(has) >= 0 && whole(has[0].effective, has[1].effective) & CAPS_BIT(number);
}

int caps_raise(struct err *err)
{
	struct __user_cap_data_struct had[_LINUX_CAPABILITY_U32S_3];
	int n = get_sets(had);

	if (n >= 0) {
		uint64_t permitted = whole(had[0].permitted, had[1].permitted);

		n = set_sets(permitted, permitted, whole(had[0].inheritable, had[1].inheritable));
	}
	return n < 0 ? err_sys(err, n, "raise the capabilities") : 0;
}

static int apply_ambient(uint64_t ambient, struct err *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys(err, errno, "clear the ambient capabilities");
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if ((ambient & CAPS_BIT(i)) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return err_sys(err, errno, "raise %s in the ambient set", names[i]);
	return 0;
}

int caps_apply(const struct caps_sets *sets, struct err *err)
{
	struct __user_cap_data_struct had[_LINUX_CAPABILITY_U32S_3];
	int n = get_sets(had);

	if (n < 0)
		return err_sys(err, n, "read the capabilities");
	uint64_t permitted = whole(had[0].permitted, had[1].permitted);

	/* The kernel's rules: each set within what was permitted, and ambient within the new two. */
	uint64_t inheritable = sets->inheritable & permitted & sets->bounding;
	permitted &= sets->permitted;
	n = set_sets(sets->effective & permitted, permitted, inheritable);
	if (n < 0)
		return err_sys(err, n, "set the capabilities");
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return err_sys(err, errno, "stop keeping capabilities");
	return apply_ambient(sets->ambient & permitted & inheritable, err);
}
