/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A container from its creation to its removal: lifecycle IMAGE NAME DIR. IMAGE is that of a busybox, DIR a directory for
 * files.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static masu_engine *e;
static masu_container *c;

static const struct masu_stop_options at_once = {.size = sizeof(at_once), .timeout_s = -1};

static void create(const char *image, const char *name)
{
	char *labels[] = {(char *)"tier=front", (char *)MASU_AUTO_UPDATE_LABEL "=local", NULL};
	char *entrypoint[] = {(char *)"sleep", NULL};
	char *command[] = {(char *)"1000", NULL};
	const struct masu_create_options options = {.size = sizeof(options),
						    .image = image,
						    .name = name,
						    .labels = labels,
						    .entrypoint = entrypoint,
						    .command = command,
						    .network = "none"};
	char *json = NULL;

	CHECK(masu_container_create(e, &options, &c, error) == 0);
	CHECK(strcmp(masu_container_image(c), image) == 0);
	CHECK(strcmp(masu_container_entrypoint(c)[0], "sleep") == 0);
	CHECK(strcmp(masu_container_command(c)[0], "1000") == 0 && !masu_container_command(c)[1]);
	CHECK(strcmp(masu_container_label(c, "tier"), "front") == 0);
	CHECK(masu_container_created(c) > 0 && masu_container_started(c) == 0 &&
	      masu_container_finished(c) == 0);
	CHECK(masu_container_pid(c) == 0);
	CHECK(masu_container_summary(c, &json, error) == 0 && strstr(json, name) != NULL);
	free(json);
	REFUSES(masu_container_kill(c, SIGTERM, error), MASU_ERROR_CONFLICT);
}

/* As an event loop waits. */
static void start_and_kill(void)
{
	masu_wait *wait = NULL;
	int code = 0;

	CHECK(masu_container_init(c, error) == 0 && masu_container_init(c, error) == 0);
	CHECK(masu_container_wait(c, MASU_WAIT_INITIALIZED, &code, error) == 0 && code == -1);
	CHECK(masu_container_refresh(c, error) == 0 &&
	      masu_container_status(c) == MASU_STATUS_INITIALIZED && masu_container_pid(c) == 0);
	/* Without ports on demand it is the same as masu_container_start(). */
	CHECK(masu_container_start_now(c, error) == 0);
	CHECK(masu_wait_new(c, MASU_WAIT_STOPPED, &wait, error) == 0);
	CHECK(masu_wait_step(wait, &code, error) == 0);
	CHECK(masu_container_kill(c, SIGKILL, error) == 0);
	struct pollfd fd = {.fd = masu_wait_fd(wait), .events = POLLIN};
	int r = 0;
	while (r == 0) {
		CHECK(poll(&fd, 1, -1) == 1);
		r = masu_wait_step(wait, &code, error);
	}
	CHECK(r == 1 && code == 137);
	masu_wait_free(wait);
	CHECK(masu_container_refresh(c, error) == 0);
	CHECK(masu_container_status(c) == MASU_STATUS_EXITED);
	CHECK(masu_container_exit_code(c) == 137 && !masu_container_oom_killed(c));
	CHECK(masu_container_finished(c) >= masu_container_started(c));
}

/* The container has the label, and no unit. */
static void note_update(void *userdata, const struct masu_auto_update *update)
{
	++*(int *)userdata;
	CHECK(update->updated == MASU_UPDATED_FAILED && update->error);
	CHECK(strcmp(masu_updated_name(update->updated), "failed") == 0);
	CHECK(!*update->unit && strcmp(update->policy, "local") == 0);
	CHECK(strcmp(update->id, masu_container_id(c)) == 0 && *update->name && *update->image);
}

static void update_services(void)
{
	int n = 0;
	const struct masu_auto_update_options options = {
		.size = sizeof(options), .updated = note_update, .userdata = &n};

	CHECK(masu_auto_update(e, &options, error) == 0 && n == 1);
	CHECK(masu_auto_update(e, NULL, error) == 0);
}

static void restart(void)
{
	CHECK(masu_container_restart(c, &at_once, error) == 0);
	CHECK(masu_container_refresh(c, error) == 0);
	const pid_t first = masu_container_pid(c);

	CHECK(first > 0);
	update_services();
	CHECK(masu_container_restart(c, &at_once, error) == 0);
	CHECK(masu_container_refresh(c, error) == 0);
	CHECK(masu_container_pid(c) > 0 && masu_container_pid(c) != first);
	CHECK(masu_container_status(c) == MASU_STATUS_RUNNING);
}

static void copy_and_commit(void)
{
	const struct masu_copy_options in = {
		.size = sizeof(in), .source_path = "here", .target = c, .target_path = "/there"};
	const struct masu_copy_options out = {
		.size = sizeof(out), .source = c, .source_path = "/there", .target_path = "back"};
	const struct masu_copy_options none = {
		.size = sizeof(none), .source_path = "nosuch", .target = c, .target_path = "/"};
	const struct masu_commit_options commit = {
		.size = sizeof(commit), .name = "made:1", .author = "me", .quiet = true};
	char text[8] = "", *id = NULL;
	int fd = open("here", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CHECK(write(fd, "text", 4) == 4 && close(fd) == 0);
	CHECK(masu_copy(e, &in, error) == 0);
	CHECK(masu_copy(e, &out, error) == 0);
	fd = open("back", O_RDONLY | O_CLOEXEC);
	CHECK(read(fd, text, sizeof(text)) == 4 && memcmp(text, "text", 4) == 0 && close(fd) == 0);
	REFUSES(masu_copy(e, &none, error), MASU_ERROR_NOT_FOUND);
	CHECK(masu_container_commit(c, &commit, &id, error) == 0);
	CHECK(masu_image_remove(e, id, NULL, NULL, NULL, error) == 0);
	free(id);
}

static void doctor(void)
{
	masu_finding_list *list = NULL;

	CHECK(masu_container_doctor(c, &list, error) == 0);
	for (size_t i = 0; i < masu_finding_list_count(list); i++)
		CHECK(masu_finding_list_get(list, i)->severity != MASU_SEVERITY_ERROR);
	masu_finding_list_free(list);
}

/* Executes a shell in the container that prints the size of its terminal again and again. */
static void be_terminal_user(int slave)
{
	char *command[] = {(char *)"sh", (char *)"-c",
			   (char *)"while :; do stty size; sleep 0.05; done", NULL};
	const struct masu_exec_options options = {
		.size = sizeof(options), .command = command, .tty = true, .interactive = true};
	int status = 1;

	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		_exit(2);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			_exit(2);
	if (masu_container_exec(c, &options, &status, error) < 0)
		_exit(3);
	_exit(status);
}

static void read_until(int master, const char *text)
{
	char bytes[4096];
	size_t used = 0;

	for (;;) {
		ssize_t n = read(master, bytes + used, sizeof(bytes) - 1 - used);

		check(n > 0, text);
		used += (size_t)n;
		bytes[used] = '\0';
		if (strstr(bytes, text))
			return;
		if (used > sizeof(bytes) / 2) { /* the text may be divided */
			memmove(bytes, bytes + used - 64, 64);
			used = 64;
		}
	}
}

static void exec_with_terminal(void)
{
	const struct winsize small = {.ws_row = 30, .ws_col = 101};
	const struct winsize large = {.ws_row = 41, .ws_col = 102};
	const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int status;

	CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	const int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(slave >= 0 && ioctl(master, TIOCSWINSZ, &small) == 0);
	pid_t pid = fork();
	if (pid == 0)
		be_terminal_user(slave);
	close(slave);
	read_until(master, "30 101");
	CHECK(ioctl(master, TIOCSWINSZ, &large) == 0);
	read_until(master, "41 102");
	CHECK(write(master, "\003", 1) == 1); /* Ctrl-C */
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 128 + SIGINT);
	close(master);
}

/* The program masu replaces the process, and prints the reason of a refusal to root. */
static void unshare_in_child(void)
{
	char *command[] = {(char *)"sh", (char *)"-c", (char *)"exit 7", NULL};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)masu_unshare(e, command, error);
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == (getuid() == 0 ? 125 : 7));
}

static void prune(void)
{
	const struct masu_remove_options force = {.size = sizeof(force), .force = true};
	masu_container_list *list = NULL;

	REFUSES(masu_container_remove(c, NULL, error), MASU_ERROR_CONFLICT);
	CHECK(masu_container_stop(c, &at_once, error) == 0);
	CHECK(masu_container_prune(e, NULL, &list, error) == 0);
	CHECK(masu_container_list_count(list) == 1 && masu_container_list_reclaimed(list) >= 4);
	masu_container_list_free(list);
	REFUSES(masu_container_remove(c, &force, error), MASU_ERROR_NOT_FOUND);
}

int main(int argc, char **argv)
{
	if (argc != 4 || chdir(argv[3]) < 0)
		return 2;
	CHECK(masu_error_new(&error) == 0);
	CHECK(masu_engine_open(NULL, &e, error) == 0);
	create(argv[1], argv[2]);
	start_and_kill();
	restart();
	copy_and_commit();
	doctor();
	exec_with_terminal();
	unshare_in_child();
	prune();
	masu_container_free(c);
	masu_engine_free(e);
	masu_error_free(error);
	return 0;
}
