/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/label.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"

#define LABEL_MAX 4096

static const struct {
	const char *name, *member;
	const char *file; /* below /proc */
} kinds[] = {
	[LABEL_APPARMOR] = {"AppArmor", "process.apparmorProfile", "self/attr/apparmor/exec"},
	[LABEL_SELINUX] = {"SELinux", "process.selinuxLabel", "self/attr/exec"},
};
static_assert(ARRAY_SIZE(kinds) == LABEL_KIND_MAX, "every kind of label has its file");

bool label_selinux_is_enabled(void)
{
	struct statfs s;

	return statfs("/sys/fs/selinux", &s) == 0 && (int64_t)s.f_type == SELINUX_MAGIC;
}

/* Y, N, or 0 where nothing says so. */
static char apparmor_state(void)
{
	static const char file[] = "/sys/module/apparmor/parameters/enabled";
	_cleanup_free_ char *text = NULL;

	return file_read(AT_FDCWD, file, 16, &text, NULL) == 0 ? *text : 0;
}

bool label_apparmor_is_enabled(void)
{
	return apparmor_state() == 'Y';
}

static int not_enabled(enum label_kind kind, struct masu_error *err)
{
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "%s: %s is not enabled in this kernel",
		      kinds[kind].member, kinds[kind].name);
	return err_hint(err, "nothing would be confined by it: take it out of config.json");
}

int label_open(int proc_fd, enum label_kind kind, struct masu_error *err)
{
	/* self/attr/exec belongs to whichever module is there, and would take a name of the other's. */
	if (kind == LABEL_SELINUX ? !label_selinux_is_enabled() : apparmor_state() == 'N')
		return not_enabled(kind, err);
	int fd = path_open_in(proc_fd, kinds[kind].file, O_RDWR, 0, PATH_BENEATH | PATH_NO_XDEV);

	if (fd == -ENOENT && kind == LABEL_APPARMOR) { /* Linux before 5.8 */
		if (apparmor_state() != 'Y')
			return not_enabled(kind, err);
		fd = path_open_in(proc_fd, "self/attr/exec", O_RDWR, 0,
				  PATH_BENEATH | PATH_NO_XDEV);
	}
	return fd < 0 ? err_sys(err, fd, "%s: open /proc/%s", kinds[kind].member, kinds[kind].file)
		      : fd;
}

/* "NAME" or "NAME (mode)"; the kernel has its own way to write stacks and namespaces of profiles. */
static bool is_profile(const char *said, const char *profile)
{
	const char *rest = str_after(said, profile);

	if (*profile == ':' || strstr(profile, "//&"))
		return *said && !streq(said, "unconfined");
	return rest && (!*rest || str_after(rest, " ("));
}

/* User, role and type; the kernel may write the categories in another order. */
static bool is_context(const char *said, const char *context)
{
	const char *end = context;

	for (int colons = 0; *end && (colons += *end == ':') < 3;)
		end++;
	return strncmp(said, context, (size_t)(end - context)) == 0;
}

static int check(int fd, enum label_kind kind, const char *label, struct masu_error *err)
{
	char said[LABEL_MAX + 1];
	ssize_t n = pread(fd, said, LABEL_MAX, 0);

	if (n < 0)
		return err_sys(err, errno, "%s: read the label back", kinds[kind].member);
	said[n] = 0;
	said[strcspn(said, "\n")] = 0;
	if (kind == LABEL_APPARMOR ? is_profile(said, label) : is_context(said, label))
		return 0;
	return err_set(err, ERR_INTERNAL, ESTALE, "%s: '%s' was set, and is '%s'",
		       kinds[kind].member, label, said);
}

int label_set(int fd, enum label_kind kind, const char *label, struct masu_error *err)
{
	_cleanup_free_ char *text = str_printf("%s%s", kind == LABEL_APPARMOR ? "exec " : "",
					       label);

	if (!text)
		return err_oom(err);
	/* In one write, as the kernel takes each for a whole label. */
	if (write(fd, text, strlen(text)) < 0) {
		int r = err_sys(err, errno, "%s: set '%s'", kinds[kind].member, label);

		if (r == -EINVAL)
			return err_hint(err, "%s may be off in this kernel", kinds[kind].name);
		return r == -ENOENT ? err_hint(err, "no profile of this name is loaded") : r;
	}
	return check(fd, kind, label, err);
}
