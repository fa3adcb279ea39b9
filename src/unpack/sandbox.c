/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "unpack/sandbox-landlock.h"

/* To make files of any owner and mode, and to change them afterwards. */
static const unsigned int kept_capabilities[] = {
	CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP,
};

/* Sorted copies aren't needed: the list is a handful of numbers, and each gap is one call. */
int sandbox_keep_descriptors(const int *kept, size_t n)
{
	unsigned int from = STDERR_FILENO + 1;

	for (;;) {
		unsigned int next = ~0U;

		for (size_t i = 0; i < n; i++)
			if ((unsigned int)kept[i] >= from && (unsigned int)kept[i] < next)
				next = (unsigned int)kept[i];
		if (next == ~0U)
			return syscall(SYS_close_range, from, ~0U, 0) < 0 ? -errno : 0;
		if (next > from && syscall(SYS_close_range, from, next - 1, 0) < 0)
			return -errno;
		from = next + 1;
	}
}

#define STATM_DATA 6 /* the field of /proc/PID/statm (proc(5)) that RLIMIT_DATA counts */

/* What is in use now and SANDBOX_DATA_MAX; sanitizers reserve far more than they use. */
static int limit_memory(struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	const char *field;
	int r = file_read(AT_FDCWD, "/proc/self/statm", 4096, &text, NULL);

	field = r < 0 ? NULL : text;
	for (int i = 1; field && i < STATM_DATA; i++)
		field = strchr(field + 1, ' ');
	if (!field)
		return 0; /* without /proc the limit is left out */
	unsigned long pages = strtoul(field, NULL, 10);
	rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + SANDBOX_DATA_MAX;
	const struct rlimit limit = {bytes, bytes};
	return setrlimit(RLIMIT_DATA, &limit) < 0 ? err_sys(err, errno, "limit memory") : 0;
}

static int limit(struct masu_error *err)
{
	const struct rlimit none = {0, 0}, files = {128, 128};

	if (setrlimit(RLIMIT_CORE, &none) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0)
		return err_sys(err, errno, "set the limits of the unpacking process");
	/* A limit on file sizes is then an error of write(2), which names the entry. */
	(void)signal(SIGXFSZ, SIG_IGN);
	return limit_memory(err);
}

int sandbox_keep_capabilities(const unsigned int *kept, size_t n, struct masu_error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct had[2], data[2] = {0};

	if (syscall(SYS_capget, &header, had) < 0)
		return err_sys(err, errno, "read the capabilities");
	for (size_t i = 0; i < n; i++)
		data[CAP_TO_INDEX(kept[i])].permitted |= CAP_TO_MASK(kept[i]);
	for (size_t i = 0; i < ARRAY_SIZE(data); i++) {
		data[i].permitted &= had[i].permitted;
		data[i].effective = data[i].permitted;
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return err_sys(err, errno, "drop capabilities");
	return 0;
}

static bool is_named(const char *entry, const char *const *names)
{
	size_t n = strcspn(entry, "=");

	for (; *names; names++)
		if (strlen(*names) == n && memcmp(entry, *names, n) == 0)
			return true;
	return false;
}

void sandbox_forget_environment(const char *const *keep)
{
	size_t n = 0;

	for (char **entry = environ; entry && *entry; entry++)
		if (is_named(*entry, keep))
			environ[n++] = *entry;
		else
			explicit_bzero(*entry, strlen(*entry));
	if (environ)
		environ[n] = NULL;
}

int sandbox_enter(const struct sandbox *s, struct masu_error *err)
{
	const struct landlock_place root = {.fd = s->root, .use = LANDLOCK_FILL};
	const char *const no_variable = NULL;
	int r = limit(err);

	if (r < 0)
		return r;
	r = sandbox_keep_descriptors(s->keep, s->n_keep);
	if (r < 0)
		return err_sys(err, r, "close other descriptors");
	if (fchdir(s->root) < 0)
		return err_sys(err, errno, "enter the staging directory");
	/* Who unpacks without a user namespace and without this capability has Landlock alone. */
	if (chroot(".") < 0 && errno != EPERM)
		return err_sys(err, errno, "make the staging directory the root");
	(void)umask(0);
	sandbox_forget_environment(&no_variable);
	r = sandbox_keep_capabilities(kept_capabilities,
				      s->fills_root ? ARRAY_SIZE(kept_capabilities) : 0, err);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, errno, "set no_new_privs");
	return landlock_confine(&root, s->fills_root ? 1 : 0, false, err);
}
