/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conformance-probe ACTION...
 *
 * The program that the containers of the conformance suite run, as their process and as their hooks. It does
 * the actions one after the other, and reports the result of each in one line of JSON on the
 * standard output. Judging that is the driver's work, so files of procfs are told as they are.
 *
 *   report               all that the process can learn about itself
 *   read=PATH            the text of a file
 *   write=PATH,TEXT      writes to a file, which is made when it isn't there
 *   stat=PATH            type, mode, owner and device number (of a link itself)
 *   list=PATH            the names in a directory
 *   open=PATH,rw         opens, for reading (r), writing (w), or both
 *   mknod=PATH,c,1,3     makes a device node
 *   mount=PATH           mounts a tmpfs
 *   call=NAME,ARG...     calls the kernel; numbers only
 *   fork=N               has up to N children at once
 *   memory=BYTES         takes memory and writes to it
 *   hook=PATH            appends a report that has the standard input in it to PATH
 *   notify=TEXT          sends it to $NOTIFY_SOCKET
 *   sleep                until a signal comes, whose number it tells
 *   pause=SECONDS        sleeps, signals or not
 *   fail=N               exits with N at once
 *
 * It is static and needs nothing of the container, not even /proc.
 */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#define INPUT_MAX (64 * 1024)

static char *const *arguments;

/* The actions: `rest` is what stands after the first comma. */

static void act_report(struct json *j, char *path, char *rest)
{
	(void)path;
	(void)rest;
	probe_report(j, arguments);
}

static void act_read(struct json *j, char *path, char *rest)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, &byte, 1);

	(void)rest;
	json_errno(j, n < 0 ? errno : 0);
	if (fd >= 0)
		close(fd);
	if (n >= 0)
		json_file(j, "text", path);
}

static void act_write(struct json *j, char *path, char *rest)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_TRUNC, 0666);
	ssize_t n = fd < 0 ? -1 : write(fd, rest, strlen(rest));

	json_errno(j, n < 0 ? errno : 0);
	if (fd >= 0)
		close(fd);
}

static void act_stat(struct json *j, char *path, char *rest)
{
	struct stat st;

	(void)rest;
	if (lstat(path, &st) < 0) {
		json_errno(j, errno);
		return;
	}
	json_errno(j, 0);
	json_number(j, "type", (st.st_mode & S_IFMT) >> 12);
	json_number(j, "mode", st.st_mode & 07777);
	json_number(j, "uid", st.st_uid);
	json_number(j, "gid", st.st_gid);
	json_number(j, "major", major(st.st_rdev));
	json_number(j, "minor", minor(st.st_rdev));
	json_link(j, "target", path);
}

static void act_list(struct json *j, char *path, char *rest)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	(void)rest;
	json_errno(j, dir ? 0 : errno);
	if (!dir)
		return;
	json_open(j, "names", '[');
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			json_text(j, NULL, entry->d_name);
	json_close(j, ']');
	closedir(dir);
}

static void act_open(struct json *j, char *path, char *rest)
{
	int flags = !strcmp(rest, "rw") ? O_RDWR : !strcmp(rest, "w") ? O_WRONLY : O_RDONLY;
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	json_errno(j, fd < 0 ? errno : 0);
	if (fd >= 0)
		close(fd);
}

static void act_mknod(struct json *j, char *path, char *rest)
{
	char type = rest[0], *at = type ? rest + 1 : rest;
	unsigned int numbers[2] = {0, 0};

	for (int i = 0; i < 2 && *at == ','; i++)
		numbers[i] = (unsigned int)strtoul(at + 1, &at, 10);
	json_errno(j, mknod(path, (type == 'b' ? S_IFBLK : S_IFCHR) | 0666,
			    makedev(numbers[0], numbers[1])) < 0
			      ? errno
			      : 0);
}

static void act_mount(struct json *j, char *path, char *rest)
{
	(void)rest;
	json_errno(j, mount("probe", path, "tmpfs", 0, NULL) < 0 ? errno : 0);
}

static volatile sig_atomic_t caught;

static void catch_signal(int number)
{
	caught = number;
}

static void act_call(struct json *j, char *name, char *rest)
{
	static const struct {
		const char *name;
		long number;
	} calls[] = {
		{"getppid", SYS_getppid},
		{"getpgid", SYS_getpgid},
		{"getsid", SYS_getsid},
		{"personality", SYS_personality},
		{"unshare", SYS_unshare},
		{"setns", SYS_setns},
		{"sethostname", SYS_sethostname},
		{"getpriority", SYS_getpriority},
		{"sync", SYS_sync},
		{"setuid", SYS_setuid},
	};
	long args[6] = {0};
	long r;

	for (int i = 0; i < 6 && *rest; i++) {
		args[i] = (long)strtoull(rest, &rest, 0);
		rest += *rest == ',';
	}
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (strcmp(calls[i].name, name) != 0)
			continue;
		caught = 0;
		signal(SIGSYS, catch_signal);
		r = syscall(calls[i].number, args[0], args[1], args[2], args[3], args[4], args[5]);
		json_errno(j, r < 0 ? errno : 0);
		json_number(j, "value", r);
		json_number(j, "signal", caught);
		return;
	}
	json_errno(j, ENOENT);
}

static void act_fork(struct json *j, char *number, char *rest)
{
	int wanted = (int)strtol(number, NULL, 0), made = 0, error = 0;
	int gate[2];

	(void)rest;
	if (pipe2(gate, O_CLOEXEC) < 0) {
		json_errno(j, errno);
		return;
	}
	for (; made < wanted && !error; made++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(gate[1]);
			_exit(read(gate[0], &pid, 1) == 0 ? 0 : 1);
		}
		error = pid < 0 ? errno : 0;
	}
	close(gate[1]);
	while (wait(NULL) > 0)
		;
	close(gate[0]);
	json_errno(j, error);
	json_number(j, "made", made - (error != 0));
}

static void act_memory(struct json *j, char *bytes, char *rest)
{
	size_t size = strtoull(bytes, NULL, 0);
	char *memory = malloc(size);

	(void)rest;
	json_errno(j, memory ? 0 : errno);
	for (size_t i = 0; memory && i < size; i += 4096)
		((volatile char *)memory)[i] = 1;
	free(memory);
}

/* One write(2) appends the whole, so that hooks side by side don't mix. */
static void act_hook(struct json *j, char *path, char *rest)
{
	static char input[INPUT_MAX];
	char *line = NULL;
	size_t size = 0, n = fread(input, 1, sizeof(input) - 1, stdin);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	struct json own = {.out = open_memstream(&line, &size)};

	if (fd < 0 || !own.out)
		_exit(120);
	input[n] = '\0';
	json_open(&own, NULL, '{');
	json_text(&own, "name", rest);
	json_text(&own, "stdin", input);
	probe_report(&own, arguments);
	json_close(&own, '}');
	fputc('\n', own.out);
	fclose(own.out);
	if (write(fd, line, size) != (ssize_t)size)
		_exit(121);
	close(fd);
	free(line);
	json_errno(j, 0);
}

static void act_notify(struct json *j, char *text, char *rest)
{
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)rest;
	json_text(j, "socket", path ? path : "");
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path ? path : "");
	json_errno(j, sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address,
			     sizeof(address)) < 0
			      ? errno
			      : 0);
	close(fd);
}

static void act_sleep(struct json *j, char *path, char *rest)
{
	siginfo_t info;
	sigset_t all;
	int number;

	(void)path;
	(void)rest;
	sigfillset(&all);
	sigdelset(&all, SIGCHLD);
	sigprocmask(SIG_BLOCK, &all, NULL);
	json_number(j, "ready", 1); /* a signal from here on isn't lost, so this goes out now */
	fflush(j->out);
	do /* being frozen and thawed interrupts it */
		number = sigwaitinfo(&all, &info);
	while (number < 0 && errno == EINTR);
	json_number(j, "signal", number);
}

static void act_pause(struct json *j, char *seconds, char *rest)
{
	(void)rest;
	sleep((unsigned int)strtoul(seconds, NULL, 0));
	json_errno(j, 0);
}

static void act_fail(struct json *j, char *status, char *rest)
{
	(void)rest;
	_exit((int)strtol(status, NULL, 0));
}

static const struct {
	const char *name;
	void (*act)(struct json *j, char *first_operand, char *rest);
} actions[] = {
	{"report", act_report}, {"read", act_read},   {"write", act_write},   {"stat", act_stat},
	{"list", act_list},	{"open", act_open},   {"mknod", act_mknod},   {"mount", act_mount},
	{"call", act_call},	{"fork", act_fork},   {"memory", act_memory}, {"hook", act_hook},
	{"notify", act_notify}, {"sleep", act_sleep}, {"pause", act_pause},   {"fail", act_fail},
};

static int act(const char *what)
{
	struct json j = {.out = stdout};
	char copy[PATH_MAX];
	char *operand, *rest;

	if (snprintf(copy, sizeof(copy), "%s", what) >= (int)sizeof(copy))
		return 2;
	operand = copy + strcspn(copy, "=");
	if (*operand)
		*operand++ = '\0';
	rest = operand + strcspn(operand, ",");
	if (*rest)
		*rest++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (strcmp(actions[i].name, copy) != 0)
			continue;
		json_open(&j, NULL, '{');
		json_text(&j, "action", what);
		actions[i].act(&j, operand, rest);
		json_close(&j, '}');
		fputc('\n', stdout);
		fflush(stdout);
		return 0;
	}
	fprintf(stderr, "conformance-probe: no action '%s'\n", what);
	return 2;
}

int main(int argc, char **argv)
{
	int r = 0;

	arguments = argv;
	for (int i = 1; i < argc && r == 0; i++)
		r = act(argv[i]);
	return r;
}
