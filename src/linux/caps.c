/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/caps.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

const uint64_t caps_default = CAPS_BIT(CAP_CHOWN) | CAPS_BIT(CAP_DAC_OVERRIDE) |
			      CAPS_BIT(CAP_FOWNER) | CAPS_BIT(CAP_FSETID) | CAPS_BIT(CAP_KILL) |
			      CAPS_BIT(CAP_SETGID) | CAPS_BIT(CAP_SETUID) | CAPS_BIT(CAP_SETPCAP) |
			      CAPS_BIT(CAP_NET_BIND_SERVICE) | CAPS_BIT(CAP_SYS_CHROOT) |
			      CAPS_BIT(CAP_SETFCAP);

static uint64_t lowest(unsigned int n)
{
	return n < 64 ? CAPS_BIT(n) - 1 : UINT64_MAX;
}

uint64_t caps_of_kernel(void)
{
	unsigned int n = CAP_LAST_CAP + 1; /* of the headers: a kernel may have fewer or more */

	while (n < 64 && CAP_IS_SUPPORTED((cap_value_t)n))
		n++;
	while (n > 0 && !CAP_IS_SUPPORTED((cap_value_t)n - 1))
		n--;
	return lowest(n);
}

int caps_name(unsigned int number, char ret[CAPS_NAME_MAX])
{
	char *name = cap_to_name((cap_value_t)number);
	size_t n = name ? strlen(name) : 0;

	if (!name)
		return -ENOMEM;
	/* libcap has digits for a number without a name. */
	bool found = *name == 'c' && n < CAPS_NAME_MAX;
	for (size_t i = 0; found && i <= n; i++)
		ret[i] = (char)toupper((unsigned char)name[i]);
	(void)cap_free(name);
	return found ? 0 : -ENOENT;
}

int caps_number(const char *name)
{
	char full[CAPS_NAME_MAX];
	cap_value_t number;

	if (strncasecmp(name, "CAP_", 4) == 0)
		name += 4;
	/* libcap takes numbers, too, and passes over what follows a name. */
	if (!*name || name[strspn(name, LETTERS)] ||
	    snprintf(full, sizeof(full), "cap_%s", name) >= (int)sizeof(full))
		return -EINVAL;
	return cap_from_name(full, &number) == 0 ? (int)number : -EINVAL;
}

/* The names of a list as a mask; "ALL" apart. */
static int parse_list(char *const *list, const char *option, uint64_t *ret, bool *ret_all,
		      struct masu_error *err)
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
			return err_set(err, ERR_INVALID, EINVAL, "%s: unknown capability: '%s'",
				       option, *name);
		*ret |= CAPS_BIT(number);
	}
	return 0;
}

int caps_resolve(uint64_t base, char *const *add, char *const *drop, uint64_t *ret,
		 struct masu_error *err)
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
	if (added & dropped) {
		char name[CAPS_NAME_MAX] = "";

		(void)caps_name((unsigned int)__builtin_ctzll(added & dropped), name);
		return err_set(err, ERR_INVALID, EINVAL,
			       "%s is both in --cap-add and in --cap-drop", name);
	}
	uint64_t set = add_all ? caps_of_kernel() : drop_all ? 0 : base;

	*ret = (set | added) & ~dropped & caps_of_kernel();
	return 0;
}

int caps_apply_bounding(const struct caps_sets *sets, struct masu_error *err)
{
	/* Up to the kernel's last, which may be newer than libcap's names. */
	for (unsigned int i = 0; i < 64; i++) {
		char name[CAPS_NAME_MAX] = "new";

		if (sets->bounding & CAPS_BIT(i) || cap_drop_bound((cap_value_t)i) == 0)
			continue;
		int code = errno, has = cap_get_bound((cap_value_t)i);

		if (has < 0)
			break;
		/* Without CAP_SETPCAP nothing can be dropped, but it may have gone before. */
		if (has == 0)
			continue;
		(void)caps_name(i, name);
		return err_sys(err, code, "drop capability %u (%s) from the bounding set", i, name);
	}
	return 0;
}

static int not_become(const char *what, unsigned int id, struct masu_error *err)
{
	int code = errno, r = err_sys(err, code, "become %s %u", what, id);

	return code == EINVAL ? err_hint(err, "no id of the host is mapped to it") : r;
}

static int apply_groups(gid_t gid, const gid_t *groups, size_t n, struct masu_error *err)
{
	_cleanup_free_ gid_t *all = calloc(n + 1, sizeof(*all));
	size_t length = 0;

	if (!all)
		return err_oom(err);
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
		    struct masu_error *err)
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
				       "id is mapped, or systemd lends the ids",
				       (unsigned int)groups[i]);
	if (setresgid(gid, gid, gid) < 0)
		return not_become("group", gid, err);
	return setresuid(uid, uid, uid) < 0 ? not_become("user", uid, err) : 0;
}

static void free_sets(cap_t *sets)
{
	if (*sets)
		(void)cap_free(*sets);
}

static uint64_t get_flag(cap_t sets, cap_flag_t flag)
{
	uint64_t mask = 0;
	cap_flag_value_t value;

	for (unsigned int i = 0; i < 64; i++)
		if (cap_get_flag(sets, (cap_value_t)i, flag, &value) == 0 && value == CAP_SET)
			mask |= CAPS_BIT(i);
	return mask;
}

static int set_flag(cap_t sets, cap_flag_t flag, uint64_t mask)
{
	if (cap_clear_flag(sets, flag) < 0)
		return -errno;
	for (unsigned int i = 0; i < 64; i++) {
		cap_value_t value = (cap_value_t)i;

		if (mask & CAPS_BIT(i) && cap_set_flag(sets, flag, 1, &value, CAP_SET) < 0)
			return -errno;
	}
	return 0;
}

bool caps_has_effective(unsigned int number)
{
	_cleanup_(free_sets) cap_t sets = cap_get_proc();
	cap_flag_value_t value = CAP_CLEAR;

	return sets && cap_get_flag(sets, (cap_value_t)number, CAP_EFFECTIVE, &value) == 0 &&
	       value == CAP_SET;
}

int caps_raise(struct masu_error *err)
{
	_cleanup_(free_sets) cap_t sets = cap_get_proc();

	if (!sets || set_flag(sets, CAP_EFFECTIVE, get_flag(sets, CAP_PERMITTED)) < 0 ||
	    cap_set_proc(sets) < 0)
		return err_sys(err, errno, "raise the capabilities");
	return 0;
}

static int apply_ambient(uint64_t ambient, struct masu_error *err)
{
	char name[CAPS_NAME_MAX] = "";

	/* cap_reset_ambient(3) asks for each of them first. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys(err, errno, "clear the ambient capabilities");
	for (unsigned int i = 0; i < 64; i++) {
		if (!(ambient & CAPS_BIT(i)) || cap_set_ambient((cap_value_t)i, CAP_SET) == 0)
			continue;
		int code = errno;

		(void)caps_name(i, name);
		return err_sys(err, code, "raise %s in the ambient set", name);
	}
	return 0;
}

int caps_apply(const struct caps_sets *sets, struct masu_error *err)
{
	_cleanup_(free_sets) cap_t new = cap_get_proc();

	if (!new)
		return err_sys(err, errno, "read the capabilities");
	/* The kernel's rules: each set within the permitted set, and ambient within the new two. */
	uint64_t had = get_flag(new, CAP_PERMITTED);
	uint64_t inheritable = sets->inheritable & had & sets->bounding;
	uint64_t permitted = sets->permitted & had;

	if (set_flag(new, CAP_PERMITTED, permitted) < 0 ||
	    set_flag(new, CAP_EFFECTIVE, sets->effective & permitted) < 0 ||
	    set_flag(new, CAP_INHERITABLE, inheritable) < 0 || cap_set_proc(new) < 0)
		return err_sys(err, errno, "set the capabilities");
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return err_sys(err, errno, "stop keeping capabilities");
	return apply_ambient(sets->ambient & permitted & inheritable, err);
}
