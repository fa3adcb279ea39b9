/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

static void report_proc(struct json *j)
{
	static const char *const files[] = {
		"mountinfo",	 "status",    "cgroup",	      "uid_map",	"gid_map",
		"oom_score_adj", "setgroups", "attr/current", "timens_offsets", "loginuid",
	};
	static const char *const namespaces[] = {
		"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts",
	};
	char path[64];

	json_open(j, "proc", '{');
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", files[i]);
		json_file(j, files[i], path);
	}
	json_close(j, '}');
	json_open(j, "ns", '{');
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i]);
		json_link(j, namespaces[i], path);
	}
	json_close(j, '}');
}

static void report_ids(struct json *j)
{
	gid_t groups[256];
	int n = getgroups(ARRAY_SIZE(groups), groups);
	mode_t mask = umask(0);
	char cwd[PATH_MAX];

	umask(mask);
	json_number(j, "pid", getpid());
	json_number(j, "uid", getuid());
	json_number(j, "gid", getgid());
	json_open(j, "groups", '[');
	for (int i = 0; i < n; i++)
		json_number(j, NULL, groups[i]);
	json_close(j, ']');
	json_number(j, "umask", mask);
	if (getcwd(cwd, sizeof(cwd)))
		json_text(j, "cwd", cwd);
}

static void report_strings(struct json *j, const char *key, char *const *strings)
{
	json_open(j, key, '[');
	for (; *strings; strings++)
		json_text(j, NULL, *strings);
	json_close(j, ']');
}

/* For those who have no /proc/self/status. */
static void report_capabilities(struct json *j)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};
	uint64_t bounding = 0, ambient = 0;

	syscall(SYS_capget, &head, data);
	for (int i = 0; i < 64; i++) {
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			bounding |= UINT64_C(1) << i;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			ambient |= UINT64_C(1) << i;
	}
	json_open(j, "capabilities", '{');
	json_unsigned(j, "bounding", bounding);
	json_unsigned(j, "effective", (uint64_t)data[1].effective << 32 | data[0].effective);
	json_unsigned(j, "permitted", (uint64_t)data[1].permitted << 32 | data[0].permitted);
	json_unsigned(j, "inheritable", (uint64_t)data[1].inheritable << 32 | data[0].inheritable);
	json_unsigned(j, "ambient", ambient);
	json_close(j, '}');
	json_number(j, "noNewPrivileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	json_number(j, "seccomp", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	json_number(j, "dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static void report_rlimits(struct json *j)
{
	static const char *const names[] = {
		[RLIMIT_CPU] = "RLIMIT_CPU",	       [RLIMIT_FSIZE] = "RLIMIT_FSIZE",
		[RLIMIT_DATA] = "RLIMIT_DATA",	       [RLIMIT_STACK] = "RLIMIT_STACK",
		[RLIMIT_CORE] = "RLIMIT_CORE",	       [RLIMIT_RSS] = "RLIMIT_RSS",
		[RLIMIT_NPROC] = "RLIMIT_NPROC",       [RLIMIT_NOFILE] = "RLIMIT_NOFILE",
		[RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",   [RLIMIT_AS] = "RLIMIT_AS",
		[RLIMIT_LOCKS] = "RLIMIT_LOCKS",       [RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
		[RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE", [RLIMIT_NICE] = "RLIMIT_NICE",
		[RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",     [RLIMIT_RTTIME] = "RLIMIT_RTTIME",
	};

	json_open(j, "rlimits", '{');
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct rlimit limit;

		if (getrlimit((int)i, &limit) < 0)
			continue;
		json_open(j, names[i], '[');
		json_unsigned(j, NULL, limit.rlim_cur);
		json_unsigned(j, NULL, limit.rlim_max);
		json_close(j, ']');
	}
	json_close(j, '}');
}

/* struct sched_attr of sched_getattr(2), which the C library doesn't declare. */
struct scheduling {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
};

static void report_scheduling(struct json *j)
{
	struct scheduling s = {0};
	unsigned long cpus[16] = {0}, nodes[16] = {0};
	int mode = -1;

	if (syscall(SYS_sched_getattr, 0, &s, sizeof(s), 0) == 0) {
		json_open(j, "scheduler", '{');
		json_number(j, "policy", s.policy);
		json_unsigned(j, "flags", s.flags);
		json_number(j, "nice", s.nice);
		json_number(j, "priority", s.priority);
		json_unsigned(j, "runtime", s.runtime);
		json_unsigned(j, "deadline", s.deadline);
		json_unsigned(j, "period", s.period);
		json_close(j, '}');
	}
	json_number(j, "ioprio", syscall(SYS_ioprio_get, 1, 0));
	if (syscall(SYS_sched_getaffinity, 0, sizeof(cpus), cpus) > 0)
		json_unsigned(j, "affinity", cpus[0]);
	if (syscall(SYS_get_mempolicy, &mode, nodes, 8 * sizeof(nodes), NULL, 0) == 0) {
		json_number(j, "mempolicy", mode);
		json_unsigned(j, "memnodes", nodes[0]);
	}
	json_number(j, "personality", personality(0xffffffff));
}

static void report_host(struct json *j)
{
	struct utsname uts;
	struct timespec monotonic = {0}, boottime = {0};

	uname(&uts);
	json_text(j, "hostname", uts.nodename);
	json_text(j, "domainname", uts.domainname);
	json_text(j, "machine", uts.machine);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_BOOTTIME, &boottime);
	json_number(j, "monotonic", monotonic.tv_sec);
	json_number(j, "boottime", boottime.tv_sec);
	json_number(j, "session",
		    syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
	json_number(j, "sid", getsid(0));
}

static void report_descriptors(struct json *j)
{
	struct winsize size;
	char path[32], name[8];

	json_open(j, "fds", '{');
	for (int fd = 0; fd < 256; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		snprintf(name, sizeof(name), "%d", fd);
		json_open(j, name, '{');
		json_link(j, "target", path);
		json_number(j, "tty", isatty(fd));
		if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
			json_number(j, "rows", size.ws_row);
			json_number(j, "columns", size.ws_col);
		}
		json_close(j, '}');
	}
	json_close(j, '}');
}

void probe_report(struct json *j, char *const *arguments)
{
	report_proc(j);
	report_ids(j);
	report_strings(j, "args", arguments);
	report_strings(j, "env", environ);
	report_capabilities(j);
	report_rlimits(j);
	report_scheduling(j);
	report_host(j);
	report_descriptors(j);
}
