/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image-program.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/proc.h"
#include "base/program.h"
#include "base/strv.h"
#include "image/report.h"

#define PROGRAM "masu-image"

static int spawn(const struct image_program *p, int report, pid_t *ret, struct masu_error *err)
{
	_cleanup_free_ char *path = program_find(PROGRAM, err);
	_cleanup_strv_ char **argv = NULL;

	if (!path)
		return -ENOENT;
	if (strv_push(&argv, PROGRAM) < 0 || strv_pushf(&argv, "--report-fd=%d", report) < 0 ||
	    strv_extend(&argv, p->args) < 0)
		return err_sys(err, ENOMEM, "run %s", PROGRAM);
	const int stdio[] = {p->input == STDIN_FILENO ? p->input : -1, -1, STDERR_FILENO};
	const int pass[] = {report, p->input};
	const struct proc_spec spec = {.path = path,
				       .argv = argv,
				       .env = environ,
				       .stdio = stdio,
				       .pass = pass,
				       .n_pass = p->input > STDERR_FILENO ? 2 : 1,
				       .die_with_parent = true,
				       .keep_ignored = true}; /* nohup masu pull */
	return proc_spawn(&spec, ret, NULL, err);
}

static_assert((int)MASU_PHASE_RESOLVING == IMAGE_RESOLVING &&
		      (int)MASU_PHASE_WAITING == IMAGE_WAITING &&
		      (int)MASU_PHASE_DOWNLOADING == IMAGE_DOWNLOADING &&
		      (int)MASU_PHASE_UNPACKING == IMAGE_UNPACKING &&
		      (int)MASU_PHASE_DONE == IMAGE_DONE &&
		      (int)MASU_PHASE_EXISTS == IMAGE_EXISTS &&
		      (int)IMAGE_EXISTS + 1 == IMAGE_PHASE_MAX,
	      "masu.h and report.h differ in a phase");

static void pass_progress(const struct image_program *p, const struct channel_message *m)
{
	struct image_progress received;

	if (!p->progress || report_parse_progress(m, &received) < 0)
		return;
	const struct masu_progress progress = {.size = sizeof(progress),
					       .digest = received.digest,
					       .phase = (enum masu_phase)received.phase,
					       .done = received.done,
					       .total = received.total};
	p->progress(p->progress_userdata, &progress);
}

/* 0 when masu-image has closed the socket; *ret is set if it reported a result. */
static int receive(const struct masu_engine *e, const struct image_program *p, int report,
		   char **ret, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int r;

	for (;;) {
		r = engine_await(e, report, -1, err);
		if (r < 0)
			return r;
		r = channel_receive(report, &m);
		if (r < 0)
			break;
		switch (m.type) {
		case REPORT_PROGRESS:
			pass_progress(p, &m);
			break;
		case REPORT_NOTICE:
			engine_notice(e, m.bytes);
			break;
		case REPORT_RESULT:
			free(*ret);
			*ret = TAKE_PTR(m.bytes);
			break;
		default:
			return channel_to_err(&m, err);
		}
	}
	return r == -ECONNRESET ? 0 : err_sys(err, r, "receive from %s", PROGRAM);
}

int image_program_run(const struct masu_engine *e, const struct image_program *p, char **ret_digest,
		      struct masu_error *err)
{
	_cleanup_close_ int report = -1, theirs = -1;
	_cleanup_free_ char *digest = NULL;
	pid_t pid;
	int r = channel_pair(&report, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	r = spawn(p, theirs, &pid, err);
	if (r < 0)
		return r;
	fd_close(&theirs);
	r = receive(e, p, report, &digest, err);
	if (r == -ECANCELED)
		(void)kill(pid, SIGTERM);
	fd_close(&report);
	int status = proc_wait(pid);
	if (r < 0)
		return r;
	if (status > 128)
		return err_set(err, ERR_UNAVAILABLE, EIO, "%s was killed by signal %d", PROGRAM,
			       status - 128);
	if (status != 0 || !digest)
		return err_set(err, ERR_UNAVAILABLE, EIO,
			       "%s exited with status %d without a result", PROGRAM, status);
	if (ret_digest)
		*ret_digest = TAKE_PTR(digest);
	return 0;
}
