/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device controller of v1 has a default, to deny or to allow all, and exceptions from it. An
 * exception can be added, and removed exactly as it was added, or with less of its access; but not for a
 * part of its numbers: denying 1:3 after allowing 1:* does nothing. So masu first evaluates the rules
 * itself, where the last match wins, as on v2, and refuses rules that the kernel would treat differently.
 * Then it writes the default, which clears all exceptions, and after it the exceptions.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/devices.h"
#include "cgroup/v1/v1.h"

#define NUMBER_MAX 16

static bool matches(int64_t pattern, int64_t number)
{
	return pattern == OCI_DEVICE_ANY || pattern == number;
}

static bool covers(const struct oci_device_rule *a, const struct oci_device_rule *b)
{
	return a->type == b->type && matches(a->major, b->major) && matches(a->minor, b->minor);
}

static bool overlaps(const struct oci_device_rule *a, const struct oci_device_rule *b)
{
	return a->type == b->type && (matches(a->major, b->major) || matches(b->major, a->major)) &&
	       (matches(a->minor, b->minor) || matches(b->minor, a->minor));
}

static const char *access_of(const struct oci_device_rule *rule)
{
	return *rule->access ? rule->access : "rwm";
}

/* Removes the accesses of `from`. Was any there? */
static bool take_access(char access[4], const char *from)
{
	size_t kept = 0, n = strlen(access);

	for (size_t i = 0; i < n; i++)
		if (!strchr(from, access[i]))
			access[kept++] = access[i];
	access[kept] = 0;
	return kept < n;
}

/* A rule that agrees with the default narrows the exceptions. */
static int take_back(struct v1_device_list *list, const struct oci_device_rule *rule,
		     struct masu_error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		struct oci_device_rule *e = &list->rules[i], less = *e;

		if (!overlaps(rule, e) || !take_access(less.access, access_of(rule)))
			continue;
		if (!covers(rule, e))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "cgroup v1 can't %s device %c %" PRId64 ":%" PRId64
				       " within a wider rule before it",
				       rule->allow ? "allow" : "deny", rule->type, rule->major,
				       rule->minor);
		*e = less;
	}
	return 0;
}

static void add_exception(struct v1_device_list *list, const struct oci_device_rule *rule)
{
	struct oci_device_rule *e = &list->rules[list->n++];

	*e = *rule;
	(void)snprintf(e->access, sizeof(e->access), "%s", access_of(rule));
}

static int add_rule(struct v1_device_list *list, const struct oci_device_rule *rule,
		    struct masu_error *err)
{
	if (cgroup_devices_is_whole(rule)) {
		list->allow = rule->allow;
		list->n = 0;
		return 0;
	}
	/* For the kernel "a" always means all devices. */
	for (const char *type = "bc"; *type; type++) {
		struct oci_device_rule one = *rule;

		if (rule->type != 'a' && rule->type != *type)
			continue;
		one.type = *type;
		int r = one.allow == list->allow ? take_back(list, &one, err) : 0;
		if (r < 0)
			return r;
		if (one.allow != list->allow)
			add_exception(list, &one);
	}
	return 0;
}

int v1_device_list(const struct oci_device_rule *rules, size_t n, struct v1_device_list *ret,
		   struct masu_error *err)
{
	struct v1_device_list list = {.rules = calloc(2 * n + 1, sizeof(*list.rules))};
	int r = list.rules ? 0 : err_oom(err);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_rule(&list, &rules[i], err);
	if (r < 0) {
		free(list.rules);
		return r;
	}
	*ret = list;
	return 0;
}

static const char *number_text(int64_t number, char text[NUMBER_MAX])
{
	if (number == OCI_DEVICE_ANY)
		return "*";
	(void)snprintf(text, NUMBER_MAX, "%u", (unsigned int)number);
	return text;
}

static int write_list(int group, const struct v1_device_list *list, struct masu_error *err)
{
	const char *files[] = {"devices.deny", "devices.allow"};
	int r = file_write_value(group, files[list->allow], "a");

	if (r < 0)
		return err_sys(err, r, "write 'a' to %s", files[list->allow]);
	for (size_t i = 0; i < list->n; i++) {
		const struct oci_device_rule *e = &list->rules[i];
		char line[64], major[NUMBER_MAX], minor[NUMBER_MAX];

		if (!*e->access)
			continue;
		(void)snprintf(line, sizeof(line), "%c %s:%s %s", e->type,
			       number_text(e->major, major), number_text(e->minor, minor),
			       e->access);
		r = file_write_value(group, files[!list->allow], line);
		if (r < 0)
			return err_sys(err, r, "write '%s' to %s", line, files[!list->allow]);
	}
	return 0;
}

int v1_set_devices(const struct cgroup *cg, const struct oci_device_rule *rules, size_t n,
		   struct masu_error *err)
{
	struct v1_device_list list = {0};
	int group = cgroup_fd_v1(cg, "devices");

	if (group < 0) {
		(void)err_set(
			err, ERR_UNSUPPORTED, ENOTSUP,
			"device rules: the cgroup v1 controller 'devices' is not mounted here");
		return err_hint(err,
				"mkdir /sys/fs/cgroup/devices; mount -t cgroup -o devices cgroup "
				"/sys/fs/cgroup/devices");
	}
	int r = v1_device_list(rules, n, &list, err);
	if (r < 0)
		return r;
	r = write_list(group, &list, err);
	free(list.rules);
	return r;
}
