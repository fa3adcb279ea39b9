/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "engine/remove.h"

static void print_notice(void *arg, const char *text, bool told)
{
	if (!told)
		log_notice("%s", text);
}

int cli_engine_reader(struct engine *ret, struct err *err)
{
	return engine_init(ret, print_notice, NULL, err);
}

int cli_engine(struct engine *ret, struct err *err)
{
	int r = cli_engine_reader(ret, err);

	if (r == 0)
		engine_sweep(ret);
	return r;
}

int cli_each(struct engine *e, char *const *operands, bool quiet,
	     int (*fn)(struct engine *e, const char *operand, const void *arg, struct err *err),
	     const void *arg)
{
	int status = 0;

	for (; *operands; operands++) {
		_cleanup_err_ struct err err = ERR_INIT;

		if (fn(e, *operands, arg, &err) < 0)
			status = log_err(&err);
		else if (!quiet)
			(void)puts(*operands);
	}
	return status;
}

int cli_check_format(const char *format, struct err *err)
{
	if (!format || streq(format, "json") || streq(format, "table"))
		return 0;
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "--format '%s' is not there yet", format);
	return err_hint(err, "--format json gives everything, for jq and the like");
}
