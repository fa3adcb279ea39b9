/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci-cli/oci-cli.h"
#include "runtime/container.h"
#include "runtime/run.h"

#define PASSED_FDS_MAX 1024

int oci_parse_count(const char *value, void *field, struct masu_error *err)
{
	uint32_t n;

	if (str_to_uint32(value, &n) < 0 || n > PASSED_FDS_MAX)
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid number: '%s' (must be at most %d)", value, PASSED_FDS_MAX);
	*(int *)field = (int)n;
	return 0;
}

static const struct option_row create_rows[] = {
	OCI_ROW(OPTION_STRING, bundle, 'b', "bundle", "DIR", "Use this bundle (default: here)"),
	OCI_ROW(OPTION_STRING, config, 'f', "config", "FILE",
		"Read this instead of the bundle's config.json"),
	OCI_ROW(OPTION_STRING, console_socket, 0, "console-socket", "PATH",
		"Send the terminal's master to this socket"),
	OCI_ROW(OPTION_FLAG, no_new_keyring, 0, "no-new-keyring", NULL,
		"Keep the caller's session keyring"),
	OCI_ROW(OPTION_FLAG, no_pivot, 0, "no-pivot", NULL,
		"Move the root over the host's, as an initramfs needs"),
	OCI_ROW(OPTION_FLAG, no_subreaper, 0, "no-subreaper", NULL,
		"Do not adopt orphaned processes (never done)"),
	OCI_ROW(OPTION_STRING, pid_file, 0, "pid-file", "FILE",
		"Write the pid of init to this file"),
	OCI_ROW(OPTION_STRING, pidfd_socket, 0, "pidfd-socket", "PATH",
		"Send a pidfd of init to this socket"),
	OPTION_ROW_PARSE(oci_parse_count, struct oci_options, n_preserve_fds, 0, "preserve-fds",
			 "NUMBER", "Pass this number of descriptors from 3 on"),
	{0},
};

/* The specification asks for a warning, not a failure. */
static void warn_of_capabilities(const struct oci_spec *spec)
{
	STRV_FOREACH(name, spec->process ? spec->process->unknown_capabilities : NULL)
		log_warning("process.capabilities: masu-oci ignores the unknown '%s'", *name);
}

int oci_launch(const struct oci_options *o, const char *id, const struct checkpoint *images,
	       int (*call)(const struct run_options *options, struct masu_error *err),
	       struct masu_error *err)
{
	_cleanup_(bundle_done) struct bundle bundle = {0};
	_cleanup_free_ char *root = NULL;
	int r = bundle_read(o->bundle ? o->bundle : ".", o->config, &bundle, err);

	if (r < 0)
		return r;
	warn_of_capabilities(bundle.spec);
	r = state_dir_root(o->globals->root, &root, err);
	if (r < 0)
		return r;
	const struct run_options options = {
		.root = root,
		.id = id,
		.bundle = &bundle,
		.images = images,
		.handover = {.console_socket = o->console_socket,
			     .pidfd_socket = o->pidfd_socket,
			     .pid_file = o->pid_file,
			     .console_fd = -1,
			     .pidfd_fd = -1},
		.manager = o->globals->manager,
		.lack = o->globals->lack,
		.n_listen_fds = fd_count_listening(),
		.n_preserve_fds = o->n_preserve_fds,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
		.detach = o->detach,
		.keep = o->keep,
	};
	return call(&options, err);
}

static int create_run(const void *values, char **operands, struct masu_error *err)
{
	return oci_launch(values, operands[0], NULL, run_create, err);
}

const struct command oci_command_create = {
	.name = "create",
	.operands = "ID",
	.summary = "Create a container that waits to be started",
	.more_options = create_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.is_exposed = true,
	.run = create_run,
};

static int run_run(const void *values, char **operands, struct masu_error *err)
{
	return oci_launch(values, operands[0], NULL, run_container, err);
}

static const struct option_row run_rows[] = {
	OCI_ROW(OPTION_FLAG, detach, 'd', "detach", NULL, "Return when it runs"),
	OCI_ROW(OPTION_FLAG, keep, 0, "keep", NULL, "Do not delete it when it has ended"),
	{0},
};

const struct command oci_command_run = {
	.name = "run",
	.operands = "ID",
	.summary = "Create a container and start it",
	.options = run_rows,
	.more_options = create_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.is_exposed = true,
	.run = run_run,
};

static int start_run(const void *values, char **operands, struct masu_error *err)
{
	return oci_act(values, operands[0], instance_start, err);
}

const struct command oci_command_start = {
	.name = "start",
	.operands = "ID",
	.summary = "Start a created container",
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = start_run,
};
