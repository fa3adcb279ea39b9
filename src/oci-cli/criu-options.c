/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/criu-options.h"

#include <errno.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

#define DEFAULT_DIR "checkpoint"

const struct option_row criu_option_rows[] = {
	OCI_ROW(OPTION_FLAG, auto_dedup, 0, "auto-dedup", NULL,
		"drop pages from images that later ones, or the memory, have"),
	OCI_ROW(OPTION_LIST, empty_ns, 0, "empty-ns", "network",
		"do not save the contents of the network namespace (always done)"),
	OCI_ROW(OPTION_FLAG, ext_unix_sk, 0, "ext-unix-sk", NULL,
		"allow Unix sockets that are connected to the outside"),
	OCI_ROW(OPTION_FLAG, file_locks, 0, "file-locks", NULL, "allow locks of files"),
	OCI_ROW(OPTION_STRING, image_path, 0, "image-path", "DIR",
		"directory of the images (default: ./checkpoint)"),
	OCI_ROW(OPTION_FLAG, lazy_pages, 0, "lazy-pages", NULL,
		"transfer memory by 'criu lazy-pages' when it is used"),
	OCI_ROW(OPTION_STRING, manage_cgroups, 0, "manage-cgroups-mode", "MODE",
		"soft (default), full, strict or ignore"),
	OCI_ROW(OPTION_FLAG, shell_job, 0, "shell-job", NULL,
		"allow a terminal and a session that are the caller's"),
	OCI_ROW(OPTION_FLAG, tcp_established, 0, "tcp-established", NULL, "allow TCP connections"),
	OCI_ROW(OPTION_STRING, work_path, 0, "work-path", "DIR",
		"directory of criu's log (default: that of the images)"),
	{0},
};

void criu_options_init(void *values)
{
	((struct oci_options *)values)->status_fd = -1;
}

void criu_dirs_done(struct criu_dirs *f)
{
	free(f->images);
	free(f->work);
}

int criu_options_read(const struct oci_options *o, struct criu_dirs *dirs, struct checkpoint *ret,
		      struct masu_error *err)
{
	const char *images = o->image_path ? o->image_path : DEFAULT_DIR;

	STRV_FOREACH(name, o->empty_ns)
		if (!streq(*name, "network"))
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid --empty-ns '%s': must be network", *name);
	dirs->images = path_absolute(images);
	dirs->work = path_absolute(o->work_path ? o->work_path : images);
	if (!dirs->images || !dirs->work)
		return err_sys(err, errno, "find the directory for the images");
	*ret = (struct checkpoint){
		.images = dirs->images,
		.work = dirs->work,
		.manage_cgroups = o->manage_cgroups,
		.tcp_established = o->tcp_established,
		.ext_unix_sk = o->ext_unix_sk,
		.shell_job = o->shell_job,
		.file_locks = o->file_locks,
		.auto_dedup = o->auto_dedup,
		.lazy_pages = o->lazy_pages,
	};
	return 0;
}
