/* SPDX-License-Identifier: Apache-2.0 */

/* What criu is told: by options, by the container's config.json, and by nothing else. */

#include "runtime/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/mount_options.h"
#include "oci/annotations.h"

#define HOST_CONFIG "/etc/criu/runc.conf" /* what runc and crun read, too */
#define NET_NAME    "extRootNetNS"
#define PID_NAME    "extRootPidNS"

static int no_memory(struct err *err)
{
	return err_sys(err, ENOMEM, "checkpoint the container");
}

/* ADDRESS:PORT; the address may have colons of its own. */
static int add_page_server(char ***argv, const char *server, struct err *err)
{
	const char *colon = strrchr(server, ':');
	uint64_t port;

	if (!colon || colon == server || str_to_uint64(colon + 1, 65535, &port) < 0 || port == 0)
		return err_set(err, ERR_INVALID, EINVAL, "--page-server '%s' is not ADDRESS:PORT",
			       server);
	int r = strv_push(argv, "--page-server");
	if (r == 0)
		r = strv_push(argv, "--address");
	if (r == 0)
		r = strv_pushf(argv, "%.*s", (int)(colon - server), server);
	if (r == 0)
		r = strv_push(argv, "--port");
	return r == 0 ? strv_push(argv, colon + 1) : r;
}

static int add_cgroups(char ***argv, const struct checkpoint *c, struct err *err)
{
	static const char *const modes[] = {"soft", "full", "strict", "ignore"};
	const char *mode = c->manage_cgroups ? c->manage_cgroups : modes[0];
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		known |= streq(mode, modes[i]);
	if (!known)
		return err_set(
			err, ERR_INVALID, EINVAL,
			"--manage-cgroups-mode '%s' is none of soft, full, strict and ignore",
			mode);
	int r = strv_pushf(argv, "--manage-cgroups=%s", mode);
	if (r == 0 && c->freezer)
		r = strv_push(argv, "--freeze-cgroup");
	return r == 0 && c->freezer ? strv_push(argv, c->freezer) : r;
}

static int add_namespace(char ***argv, const struct oci_spec *spec, enum oci_namespace_type type,
			 const char *kind, const char *name, struct err *err)
{
	const char *path = spec->namespaces[type].path;
	struct stat st;

	if (!path)
		return 0;
	if (stat(path, &st) < 0)
		return err_sys(err, errno, "look at linux.namespaces: '%s'", path);
	int r = strv_push(argv, "--external");
	return r < 0 ? r
		     : strv_pushf(argv, "%s[%llu]:%s", kind, (unsigned long long)st.st_ino, name);
}

static int add_mount(char ***argv, const char *place, const char *name)
{
	int r = strv_push(argv, "--external");

	return r < 0 ? r : strv_pushf(argv, "mnt[%s]:%s", place, name);
}

static int add_mounts(char ***argv, const struct oci_spec *spec, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < spec->n_mounts; i++) {
		const struct oci_mount *m = &spec->mounts[i];
		_cleanup_mount_options_ struct mount_options o = {0};

		r = mount_options_parse(m->type, m->options, &o, err);
		if (r == 0 && o.bind)
			r = add_mount(argv, m->destination, m->destination);
	}
	return r;
}

/* Those of them that are files; over folders there is a tmpfs, which criu knows. */
static int add_masks(char ***argv, const struct checkpoint *c)
{
	char root_path[32];
	struct stat st;
	int r = 0;

	(void)snprintf(root_path, sizeof(root_path), "/proc/%d/root", c->init);
	_cleanup_close_ int root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	STRV_FOREACH(path, c->spec->masked_paths) {
		_cleanup_close_ int fd = path_open_in(root, *path, O_PATH, 0, 0);

		if (r == 0 && fd >= 0 && fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
			r = add_mount(argv, *path, "/dev/null");
	}
	return r;
}

static int add_external(char ***argv, const struct checkpoint *c, struct err *err)
{
	int r = add_namespace(argv, c->spec, OCI_NS_NETWORK, "net", NET_NAME, err);

	if (r == 0)
		r = add_namespace(argv, c->spec, OCI_NS_PID, "pid", PID_NAME, err);
	if (r == 0)
		r = add_mounts(argv, c->spec, err);
	if (r < 0)
		return r;
	r = add_masks(argv, c);
	return r < 0 && r != -ENOMEM ? err_sys(err, r, "open the container's root") : r;
}

/* By annotation, or as the host has it for all containers. */
static const char *config_file(const struct oci_spec *spec)
{
	const char *file = oci_map_get(&spec->annotations, OCI_ANNOTATION_CRIU_CONFIG);

	return file && *file ? file : access(HOST_CONFIG, R_OK) == 0 ? HOST_CONFIG : NULL;
}

static int add_pairs(char ***argv, const struct checkpoint *c)
{
	const char *const pairs[][2] = {
		{"--images-dir", c->images},	  {"--work-dir", c->work},
		{"--log-file", CHECKPOINT_LOG},	  {"--config", config_file(c->spec)},
		{"--prev-images-dir", c->parent}, {"--empty-ns", c->empty_network ? "net" : NULL},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(pairs); i++) {
		if (!pairs[i][1])
			continue;
		r = strv_push(argv, pairs[i][0]);
		if (r == 0)
			r = strv_push(argv, pairs[i][1]);
	}
	return r;
}

static int add_flags(char ***argv, const struct checkpoint *c)
{
	const struct {
		bool on;
		const char *name;
	} flags[] = {
		{c->leave_running && !c->pre_dump, "--leave-running"},
		{c->tcp_established, "--tcp-established"},
		{c->ext_unix_sk, "--ext-unix-sk"},
		{c->shell_job, "--shell-job"},
		{c->file_locks, "--file-locks"},
		{c->auto_dedup, "--auto-dedup"},
		{c->pre_dump || c->parent, "--track-mem"},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(flags); i++)
		if (flags[i].on)
			r = strv_push(argv, flags[i].name);
	return r;
}

int checkpoint_arguments(const struct checkpoint *c, char ***ret, struct err *err)
{
	_cleanup_strv_ char **argv = NULL;
	int r = strv_push(&argv, "criu");

	if (r == 0)
		r = strv_push(&argv, c->pre_dump ? "pre-dump" : "dump");
	if (r == 0)
		r = strv_push(&argv, "--tree");
	if (r == 0)
		r = strv_pushf(&argv, "%d", c->init);
	if (r == 0)
		r = add_pairs(&argv, c);
	if (r == 0)
		r = add_flags(&argv, c);
	if (r == 0)
		r = add_cgroups(&argv, c, err);
	if (r == 0)
		r = add_external(&argv, c, err);
	if (r == 0 && c->page_server)
		r = add_page_server(&argv, c->page_server, err);
	if (r < 0)
		return r == -ENOMEM ? no_memory(err) : r;
	*ret = TAKE_PTR(argv);
	return 0;
}
