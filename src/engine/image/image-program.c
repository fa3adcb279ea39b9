/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/image-program.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/report.h"

#define PROGRAM "masu-image"

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

static int add_result(struct image_run *r, struct channel_message *m, struct masu_error *err)
{
	char *all = r->result ? str_printf("%s\n%s", r->result, m->bytes) : TAKE_PTR(m->bytes);

	if (!all)
		return err_oom(err);
	free(r->result);
	r->result = all;
	return 0;
}

static int take(void *arg, struct channel_message *m, struct masu_error *err)
{
	struct image_run *r = arg;

	if (m->type == REPORT_PROGRESS) {
		pass_progress(r->program, m);
	} else if (m->type == REPORT_NOTICE) {
		engine_notice(r->e, m->bytes);
	} else if (m->type == REPORT_RESULT) {
		return add_result(r, m, err);
	}
	return 0;
}

int image_program_archive(int fd, bool writes, struct masu_error *err)
{
	_cleanup_close_ int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (copy < 0)
		return err_sys(err, errno, "open the archive");
	if (!isatty(copy))
		return TAKE_FD(copy);
	return err_set(err, ERR_INVALID, ENOTTY, "cannot %s a terminal",
		       writes ? "write an archive to" : "read an archive from");
}

int image_program_credentials(const char *user, const char *password, struct masu_error *err)
{
	if (!*user || strchr(user, ':') || !password)
		return err_set(err, ERR_INVALID, EINVAL, "invalid user name, or missing password");
	_cleanup_free_ char *both = str_printf("%s%c%s", user, 0, password);
	int fd = both ? fd_memory("credentials", both, strlen(user) + strlen(password) + 2)
		      : -ENOMEM;
	return fd < 0 ? err_sys(err, fd, "hand over the credentials") : fd;
}

int image_registry_args(const struct image_registry *r, char ***args)
{
	const char *verify = r->tls == MASU_TLS_VERIFY ? "true" : "false";

	if ((r->authfile && strv_pushf(args, "--authfile=%s", r->authfile) < 0) ||
	    (r->tls != MASU_TLS_DEFAULT && strv_pushf(args, "--tls-verify=%s", verify) < 0) ||
	    (r->cert_dir && strv_pushf(args, "--cert-dir=%s", r->cert_dir) < 0) ||
	    (r->credentials >= 0 && strv_pushf(args, "--credentials-fd=%d", r->credentials) < 0) ||
	    (r->retries && strv_pushf(args, "--retry=%d", MAX(r->retries, 0)) < 0) ||
	    (r->retry_delay_ms && strv_pushf(args, "--retry-delay=%d", r->retry_delay_ms) < 0))
		return -ENOMEM;
	return 0;
}

void image_run_done(struct image_run *run)
{
	program_stop(&run->process);
	free(run->result);
	*run = IMAGE_RUN_INIT;
}

int image_program_start(const struct masu_engine *e, const struct image_program *p,
			struct image_run *ret, struct masu_error *err)
{
	static char *const head[] = {(char *)PROGRAM, NULL};
	const int stdio[] = {p->input == STDIN_FILENO ? p->input : -1, -1, STDERR_FILENO};
	_cleanup_free_ char *path = program_find(PROGRAM, err);
	const struct program program = {
		.spec = {.path = path,
			 .stdio = stdio,
			 .die_with_parent = true,
			 .keep_ignored = true}, /* nohup masu pull */
		.head = head,
		.socket_option = "--report-fd=",
		.args = p->args,
		.input = p->input,
		.further = {p->further[0], p->further[1]},
	};

	if (!path)
		return -ENOENT;
	ret->e = e;
	ret->program = p;
	return program_start(&program, &ret->process, err);
}

int image_program_wait(struct image_run *run, char **ret_result, struct masu_error *err)
{
	const struct program program = {.take = take, .arg = run};
	int status, r = program_wait(run->e, &program, &run->process, &status, err);

	if (r < 0)
		return r;
	if (status > 128)
		return err_set(err, ERR_UNAVAILABLE, EIO, "%s was killed by signal %d", PROGRAM,
			       status - 128);
	if (status > 0 || !run->result)
		return err_set(err, ERR_UNAVAILABLE, EIO,
			       "%s exited with status %d without a result", PROGRAM, status);
	if (ret_result)
		*ret_result = TAKE_PTR(run->result);
	return 0;
}

int image_program_run(const struct masu_engine *e, const struct image_program *p, char **ret_result,
		      struct masu_error *err)
{
	_cleanup_(image_run_done) struct image_run run = IMAGE_RUN_INIT;
	int r = image_program_start(e, p, &run, err);

	return r < 0 ? r : image_program_wait(&run, ret_result, err);
}
