/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/keys.h"
#include "base/time.h"
#include "linux/sub-ids.h"
#include "oci/spec.h"
#include "storage/notices.h"

const char *masu_version(void)
{
	return MASU_VERSION;
}

const char *masu_oci_version(void)
{
	return OCI_VERSION;
}

void masu_engine_free(masu_engine *e)
{
	if (!e)
		return;
	paths_done(&e->paths);
	idmap_done(&e->idmap);
	conf_done(&e->conf);
	free(e);
}

void engine_notice(const struct masu_engine *e, const char *text)
{
	if (e->notice && text)
		e->notice(e->userdata, text, false);
}

void engine_notice_host(const struct masu_engine *e, const char *text)
{
	if (e->notice && text)
		e->notice(e->userdata, text, notices_told(&e->paths, text));
}

int engine_load_idmap(struct masu_engine *e, struct masu_error *err)
{
	_cleanup_free_ char *notice = NULL;

	if (e->has_idmap)
		return 0;
	int r = sub_ids_map(&e->idmap, &notice, err);
	if (r < 0)
		return r;
	e->has_idmap = true;
	engine_notice_host(e, notice);
	return 0;
}

int engine_load_conf(struct masu_engine *e, struct masu_error *err)
{
	int r = e->has_conf ? 0 : conf_load(&e->conf, err);

	e->has_conf |= r == 0;
	return r;
}

int engine_detach_keys(struct masu_engine *e, const char *given, const char **ret,
		       struct masu_error *err)
{
	int r = given || !isatty(STDIN_FILENO) ? 0 : engine_load_conf(e, err);

	if (r < 0)
		return r;
	*ret = given ? given : e->conf.defaults.detach_keys;
	*ret = *ret ? *ret : KEYS_DEFAULT;
	return 0;
}

static int await(const struct masu_engine *e, int fd, short events, int timeout_ms,
		 struct masu_error *err)
{
	struct pollfd polls[] = {{.fd = fd, .events = events},
				 {.fd = e->cancel_fd, .events = POLLIN}};
	int64_t deadline = time_monotonic_ms() + timeout_ms;
	int n;

	do {
		int left = timeout_ms < 0 ? -1 : (int)MAX(deadline - time_monotonic_ms(), 0);

		n = poll(polls, ARRAY_SIZE(polls), left);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, errno, "wait");
	if (polls[1].revents)
		return err_set(err, ERR_SIGNAL, ECANCELED, "canceled");
	return n == 0 ? -ETIMEDOUT : 0;
}

int engine_await(const struct masu_engine *e, int fd, int timeout_ms, struct masu_error *err)
{
	return await(e, fd, POLLIN, timeout_ms, err);
}

int engine_await_room(const struct masu_engine *e, int fd, struct masu_error *err)
{
	return await(e, fd, POLLOUT, -1, err);
}

ssize_t engine_read(const struct masu_engine *e, int fd, void *buffer, size_t size,
		    const char *what, struct masu_error *err)
{
	ssize_t n;

	do {
		int r = engine_await(e, fd, -1, err);

		if (r < 0)
			return r;
		n = read(fd, buffer, size);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(err, errno, "read %s", what) : n;
}
