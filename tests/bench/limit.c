/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The limit for a runtime: a static program that clones all namespaces, mounts what the default
 * config.json mounts, binds six devices, pivots and execs, with no question asked and no error
 * explained.
 *
 *   limit ROOTFS COMMAND [ARG...]
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(int r, const char *what)
{
	if (r < 0) {
		perror(what);
		_exit(125);
	}
}

static void mount_all(void)
{
	static const char *const devices[] = {"null", "zero", "full", "random", "urandom", "tty"};
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char from[64], to[64];

	must(mount("proc", "proc", "proc", flags, NULL), "proc");
	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755,size=65536k"), "dev");
	must(mkdir("dev/pts", 0755) | mkdir("dev/shm", 0755) | mkdir("dev/mqueue", 0755), "mkdir");
	must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		   "newinstance,ptmxmode=0666,mode=0620"),
	     "devpts");
	must(mount("shm", "dev/shm", "tmpfs", flags, "mode=1777,size=65536k"), "shm");
	must(mount("mqueue", "dev/mqueue", "mqueue", flags, NULL), "mqueue");
	must(mount("sysfs", "sys", "sysfs", flags | MS_RDONLY, NULL), "sysfs");
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		snprintf(from, sizeof(from), "/dev/%s", devices[i]);
		snprintf(to, sizeof(to), "dev/%s", devices[i]);
		must(close(open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0666)), to);
		must(mount(from, to, NULL, MS_BIND, NULL), to);
	}
}

static void child(char **argv)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "propagation");
	must(mount(argv[1], argv[1], NULL, MS_BIND | MS_REC, NULL), "root");
	must(chdir(argv[1]), "chdir");
	mount_all();
	must((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount");
	must(sethostname("limit", 5), "hostname");
	execv(argv[2], argv + 2);
	must(-1, "exec");
}

int main(int argc, char **argv)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
		.exit_signal = SIGCHLD,
	};
	int status;

	if (argc < 3)
		return 125;
	long pid = syscall(SYS_clone3, &args, sizeof(args));
	must((int)pid, "clone3");
	if (pid == 0)
		child(argv);
	must(waitpid((pid_t)pid, &status, 0), "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
