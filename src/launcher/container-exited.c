/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "engine/remove.h"
#include "launcher/launcher.h"

#define LOCK_TIMEOUT_MS 10000

/*
 * The last program of masu-monitor when its container has exited. If another process is faster in cleaning up, or has
 * removed the container, then there is nothing left to do.
 */
int container_exited_main(char **argv)
{
	static const struct masu_engine_options options = {.size = sizeof(options),
							   .no_sweep = true};
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = masu_engine_open(&options, &e, &err);

	if (r < 0)
		return log_err(&err);
	if (!argv[0] || !id_is_valid(argv[0]))
		return 125;
	r = container_new(e, argv[0], &c, &err);
	if (r < 0)
		return log_err(&err);
	if (container_open(c, NULL) < 0)
		return 0;
	if (home_hold(&c->home, e, LOCK_TIMEOUT_MS) == 0)
		engine_settle(c);
	return 0;
}
