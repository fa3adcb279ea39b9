/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An engine with directories of its own, for one group of tests. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "engine/engine.h"
#include "unit.h"

struct fixture {
	char dir[64];
	struct masu_engine *engine;
};

static int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[80];

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/masu-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(path, sizeof(path), "%s/data", f->dir);
	assert_int_equal(setenv("MASU_DATA_DIR", path, 1), 0);
	(void)snprintf(path, sizeof(path), "%s/run", f->dir);
	assert_int_equal(setenv("MASU_RUN_DIR", path, 1), 0);
	assert_int_equal(masu_engine_open(NULL, &f->engine, NULL), 0);
	*state = f;
	return 0;
}

static int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	masu_engine_free(f->engine);
	assert_int_equal(file_remove_tree(AT_FDCWD, f->dir), 0);
	free(f);
	return 0;
}
