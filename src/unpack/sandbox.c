/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"

/* To make files of any owner and mode, and to change them afterwards. */
static const unsigned int filling[] = {
	CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP,
};
static const unsigned int copying[] = {
	CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_SETFCAP,
};
static const unsigned int reading[] = {CAP_DAC_READ_SEARCH};

static const struct {
	const unsigned int *capabilities;
	size_t n_capabilities;
	enum landlock_access root;
	bool no_root;
	rlim_t files;
} uses[] = {
	[SANDBOX_NO_FILES] = {.no_root = true, .files = 128},
	[SANDBOX_READ] = {reading, ARRAY_SIZE(reading), LANDLOCK_READ, false, SANDBOX_FILES_MAX},
	[SANDBOX_FILL] = {filling, ARRAY_SIZE(filling), LANDLOCK_FILL, false, 128},
	[SANDBOX_COPY] = {copying, ARRAY_SIZE(copying), LANDLOCK_FILL, false, 128},
	[SANDBOX_COPY_PLAINLY] = {NULL, 0, LANDLOCK_FILL, false, 128},
};

#define STATM_DATA 6 /* the field of /proc/PID/statm (proc(5)) that RLIMIT_DATA counts */

/* The limit is SANDBOX_DATA_MAX more than the memory in use now; sanitizers reserve far more than they use. */
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

static int limit(rlim_t n_files, struct masu_error *err)
{
	const struct rlimit none = {0, 0}, files = {n_files, n_files};

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
	const struct landlock_rule root = {.fd = s->root, .access = uses[s->use].root};
	const char *const no_variable = NULL;
	int r = limit(uses[s->use].files, err);

	if (r < 0)
		return r;
	r = fd_close_from(STDERR_FILENO + 1, s->keep, s->n_keep);
	if (r < 0)
		return err_sys(err, r, "close other descriptors");
	if (fchdir(s->root) < 0)
		return err_sys(err, errno, "enter the staging directory");
	/* A caller without a user namespace and without this capability is confined by Landlock alone. */
	if (chroot(".") < 0 && errno != EPERM)
		return err_sys(err, errno, "make the staging directory the root");
	(void)umask(0);
	sandbox_forget_environment(&no_variable);
	r = sandbox_keep_capabilities(uses[s->use].capabilities, uses[s->use].n_capabilities, err);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, errno, "set no_new_privs");
	r = landlock_confine(&root, uses[s->use].no_root ? 0 : 1, false, err);
	return r < 0 ? r : sandbox_seal(err);
}

/*
 * The kernel's interface grows with each version. These are its values in full, since the header
 * that masu is built with may be older than the kernel it runs on.
 */
#define FS_REFER     (UINT64_C(1) << 13) /* version 2 */
#define FS_TRUNCATE  (UINT64_C(1) << 14) /* 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */
#define NET_BIND     UINT64_C(1)	 /* 4 */
#define NET_CONNECT  UINT64_C(2)
#define SCOPE_ALL    UINT64_C(3) /* 6: abstract sockets, signals */

struct ruleset {
	uint64_t fs, net, scoped;
};

static const uint64_t fs_of_version_1 = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
					LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
					LANDLOCK_ACCESS_FS_REMOVE_DIR |
					LANDLOCK_ACCESS_FS_REMOVE_FILE |
					LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
					LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
					LANDLOCK_ACCESS_FS_MAKE_FIFO |
					LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

#define READ_DIR LANDLOCK_ACCESS_FS_READ_DIR
#define READ	 (READ_DIR | LANDLOCK_ACCESS_FS_READ_FILE)
#define CHANGE                                                                      \
	(READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |             \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | FS_REFER | FS_TRUNCATE)

static const uint64_t access_of[] = {
	[LANDLOCK_LIST] = READ_DIR,
	[LANDLOCK_READ] = READ,
	[LANDLOCK_FILL] = CHANGE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
			  LANDLOCK_ACCESS_FS_MAKE_FIFO,
	[LANDLOCK_STORE] = CHANGE | LANDLOCK_ACCESS_FS_READ_FILE,
};
static_assert(ARRAY_SIZE(access_of) == LANDLOCK_ACCESS_MAX, "one row each");

static struct ruleset handled(long version, bool network)
{
	return (struct ruleset){
		.fs = fs_of_version_1 | FS_REFER | (version >= 3 ? FS_TRUNCATE : 0) |
		      (version >= 5 ? FS_IOCTL_DEV : 0),
		.net = version < 4 ? 0 : NET_BIND | (network ? 0 : NET_CONNECT),
		.scoped = version >= 6 ? SCOPE_ALL : 0,
	};
}

static int allow(int ruleset, uint64_t fs, const struct landlock_rule *rule)
{
	struct landlock_path_beneath_attr beneath = {
		.allowed_access = access_of[rule->access] & fs,
		.parent_fd = rule->fd,
	};
	struct stat st;

	if (rule->fd < 0)
		return 0;
	if (fstat(rule->fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		beneath.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0
		       ? -errno
		       : 0;
}

#define CONFINE "confine the process by Landlock"

int landlock_confine(const struct landlock_rule *rules, size_t n, bool network,
		     struct masu_error *err)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 2)
		return 0;
	const struct ruleset ruleset = handled(version, network);
	size_t size = version >= 6   ? sizeof(ruleset)
		      : version >= 4 ? offsetof(struct ruleset, scoped)
				     : offsetof(struct ruleset, net);
	_cleanup_close_ int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	if (fd < 0)
		return err_sys(err, errno, CONFINE);
	for (size_t i = 0; i < n; i++) {
		int r = allow(fd, ruleset.fs, &rules[i]);

		if (r < 0)
			return err_sys(err, r, CONFINE);
	}
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? err_sys(err, errno, CONFINE) : 0;
}
