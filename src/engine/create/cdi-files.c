/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create/cdi-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/array.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"

#define JSON_HINT "nvidia-ctk cdi generate --format=json --output=/etc/cdi/nvidia.json"

/* In order of preference; each with the command that generates its files. */
static const struct {
	const char *kind, *command;
} gpu_kinds[] = {
	{"nvidia.com/gpu", "sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"},
	{"amd.com/gpu", "sudo amd-ctk cdi generate --output=/etc/cdi/amd.json"},
	{"intel.com/gpu", NULL},
};

void cdi_files_done(struct cdi_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->list[i].path);
		cdi_file_done(&files->list[i].file);
	}
	free(files->list);
	free(files->dirs);
	*files = (struct cdi_files){0};
}

/* The output of masu-yaml: JSON, or the reason of its failure. */
static int parse_output(int reader, pid_t pid, struct json_object **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	/* YAML may be shorter: an alias stands for much. */
	int r = fd_read_all(reader, 16 * (size_t)CDI_FILE_SIZE_MAX, &text, &size);
	fd_close(&reader);
	int status = proc_wait(pid);

	if (r < 0)
		return err_sys(err, r, "read YAML");
	if (status == 1 && size)
		return err_set(err, ERR_INVALID, EBADMSG, "%s", text);
	if (status != 0)
		return err_set(err, ERR_UNAVAILABLE, ECHILD, "masu-yaml failed with status %d",
			       status);
	return json_parse(text, size, "the output of masu-yaml", ret, err);
}

static int read_yaml(const char *path, struct json_object **ret, struct masu_error *err)
{
	_cleanup_close_ int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), reader = -1,
			    writer = -1;
	char *const argv[] = {(char *)"masu-yaml", NULL};
	int fds[2];
	pid_t pid;

	if (file < 0)
		return -errno;
	_cleanup_free_ char *program = program_find("masu-yaml", NULL);
	if (!program) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "this masu cannot read YAML");
		return err_hint(err, JSON_HINT);
	}
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	reader = fds[0];
	writer = fds[1];
	const int stdio[] = {file, writer, -1};
	const struct proc_spec spec = {
		.path = program, .argv = argv, .stdio = stdio, .die_with_parent = true};
	int r = proc_spawn(&spec, &pid, NULL, err);
	if (r < 0)
		return r;
	fd_close(&writer);
	return parse_output(TAKE_FD(reader), pid, ret, err);
}

static bool is_yaml(const char *name)
{
	return str_has_suffix(name, ".yaml") || str_has_suffix(name, ".yml");
}

static int read_file(const char *path, struct cdi_file *ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = is_yaml(path) ? read_yaml(path, &o, err)
			      : json_read_file(AT_FDCWD, path, CDI_FILE_SIZE_MAX, &o, err);

	return r < 0 ? r : cdi_file_parse(o, ret, err);
}

static int add_file(const struct masu_engine *e, struct cdi_files *files, size_t dir,
		    const char *path, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	struct cdi_file file = {0};
	int r = read_file(path, &file, &own);

	if (r == -ENOMEM)
		return err_oom(err);
	if (r < 0) {
		_cleanup_free_ char *text = str_printf(
			"the CDI file \"%s\" is left out: %s%s%s%s", path,
			own.message ? own.message : strerror(-r), own.hint ? " (" : "",
			str_or_empty(own.hint), own.hint ? ")" : "");

		if (!text)
			return err_oom(err);
		engine_notice(e, text);
		return 0;
	}
	struct cdi_loaded *loaded = array_add(&files->list, &files->n, sizeof(*loaded));
	if (!loaded) {
		cdi_file_done(&file);
		return err_oom(err);
	}
	*loaded = (struct cdi_loaded){.path = strdup(path), .dir = dir, .file = file};
	return loaded->path ? 0 : err_oom(err);
}

static int is_cdi_file(const struct dirent *entry)
{
	return *entry->d_name != '.' &&
	       (is_yaml(entry->d_name) || str_has_suffix(entry->d_name, ".json"));
}

static int read_dir(const struct masu_engine *e, struct cdi_files *files, size_t index,
		    const char *dir, struct masu_error *err)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_cdi_file, alphasort), r = 0;

	if (n < 0)
		return errno == ENOENT
			       ? 0
			       : err_sys(err, errno,
					 "cannot read the directory of CDI files \"%s\"", dir);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *path = path_join(dir, names[i]->d_name);

		if (r == 0)
			r = path ? add_file(e, files, index, path, err) : err_oom(err);
		free(names[i]);
	}
	free((void *)names);
	return r;
}

int cdi_files_read(const struct masu_engine *e, char *const *dirs, struct cdi_files *ret,
		   struct masu_error *err)
{
	static char *const standard[] = {(char *)"/etc/cdi", (char *)"/var/run/cdi", NULL};
	_cleanup_cdi_files_ struct cdi_files files = {0};
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT;
	size_t index = 0;

	if (!dirs || !*dirs)
		dirs = standard;
	STRV_FOREACH(dir, dirs) {
		int r = read_dir(e, &files, index++, *dir, err);

		if (r < 0)
			return r;
		(void)strbuf_addf(&names, "%s%s", index > 1 ? ", " : "", *dir);
	}
	files.dirs = strbuf_take(&names);
	if (!files.dirs)
		return err_oom(err);
	*ret = TAKE(files, (struct cdi_files){0});
	return 0;
}

static const struct cdi_device *find_device(const struct cdi_file *file, const char *name)
{
	for (size_t i = 0; i < file->n_devices; i++)
		if (streq(file->devices[i].name, name))
			return &file->devices[i];
	return NULL;
}

/* Is it of the kind that precedes the "=" of `name`? */
static bool is_of_kind(const struct cdi_file *file, const char *name)
{
	const char *rest = str_after(name, file->kind);

	return rest && *rest == '=';
}

static int unknown_kind(const struct cdi_files *files, const char *name, struct masu_error *err)
{
	const int length = (int)strcspn(name, "=");

	(void)err_set(
		err, ERR_NOT_FOUND, ENOENT,
		"CDI device \"%s\" not found: no file in %s describes devices of the kind %.*s",
		name, files->dirs, length, name);
	for (size_t i = 0; i < ARRAY_SIZE(gpu_kinds); i++)
		if (str_after(name, gpu_kinds[i].kind) && gpu_kinds[i].command)
			return err_hint(err, "%s", gpu_kinds[i].command);
	return err_hint(err,
			"the vendor's tool generates it, or --cdi-spec-dir names its directory");
}

static int unknown_device(const struct cdi_files *files, const char *name, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT;

	for (size_t i = 0; i < files->n; i++) {
		const struct cdi_file *file = &files->list[i].file;

		for (size_t j = 0; is_of_kind(file, name) && j < file->n_devices; j++)
			(void)strbuf_addf(&names, " %s", file->devices[j].name);
	}
	if (names.failed)
		return err_oom(err);
	if (!names.text)
		return unknown_kind(files, name, err);
	(void)err_set(err, ERR_NOT_FOUND, ENOENT, "CDI device \"%s\" not found", name);
	return err_hint(err, "devices of this kind:%s", names.text);
}

int cdi_files_find(const struct cdi_files *files, const char *name,
		   const struct cdi_loaded **ret_file, const struct cdi_device **ret,
		   struct masu_error *err)
{
	const struct cdi_loaded *found = NULL, *rival = NULL;
	const char *device = strchr(name, '=') + 1;

	for (size_t i = 0; i < files->n; i++) {
		const struct cdi_loaded *f = &files->list[i];

		if (!is_of_kind(&f->file, name) || !find_device(&f->file, device))
			continue;
		rival = found && found->dir == f->dir ? found : NULL;
		found = f;
	}
	if (!found)
		return unknown_device(files, name, err);
	if (rival) {
		(void)err_set(err, ERR_CONFLICT, EEXIST,
			      "CDI device \"%s\" is described by two files: \"%s\" and \"%s\"",
			      name, rival->path, found->path);
		return err_hint(err, "remove one of them");
	}
	*ret_file = found;
	*ret = find_device(&found->file, device);
	return 0;
}

static bool has_device(const struct cdi_files *files, const char *kind, const char *name)
{
	for (size_t i = 0; i < files->n; i++)
		if (streq(files->list[i].file.kind, kind) &&
		    find_device(&files->list[i].file, name))
			return true;
	return false;
}

/* nvidia-ctk calls the first GPU "0" or "gpu0", by its --device-name-strategy. */
static int push_gpu(const struct cdi_files *files, const char *kind, const char *name,
		    char ***names, struct masu_error *err)
{
	_cleanup_free_ char *longer = str_printf("gpu%s", name);

	if (!longer)
		return err_oom(err);
	if (!has_device(files, kind, name) && has_device(files, kind, longer))
		name = longer;
	return strv_pushf(names, "%s=%s", kind, name) < 0 ? err_oom(err) : 0;
}

static int invalid_gpus(const char *gpus, struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid GPUs \"%s\"", gpus);
	return err_hint(err, "supported: all, a number, or device=NAME[,NAME...]");
}

static int push_gpus(const struct cdi_files *files, const char *kind, const char *gpus,
		     char ***names, struct masu_error *err)
{
	const char *list = str_after(gpus, "device=");
	_cleanup_strv_ char **devices = strv_split(str_or_empty(list), ",");
	uint32_t n = 0;
	int r = 0;

	if (!devices)
		return err_oom(err);
	if (streq(gpus, "all") || streq(gpus, "-1"))
		return push_gpu(files, kind, "all", names, err);
	if (!list && (str_to_uint32(gpus, &n) < 0 || n == 0 || n > 1024))
		return invalid_gpus(gpus, err);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		char number[16];

		(void)snprintf(number, sizeof(number), "%u", i);
		r = push_gpu(files, kind, number, names, err);
	}
	STRV_FOREACH(device, list ? devices : NULL) {
		if (r == 0 && !**device)
			r = invalid_gpus(gpus, err);
		if (r == 0)
			r = push_gpu(files, kind, *device, names, err);
	}
	return r;
}

int cdi_files_find_gpus(const struct cdi_files *files, const char *gpus, char ***names,
			struct masu_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(gpu_kinds); i++)
		for (size_t j = 0; j < files->n; j++)
			if (streq(files->list[j].file.kind, gpu_kinds[i].kind))
				return push_gpus(files, gpu_kinds[i].kind, gpus, names, err);
	(void)err_set(err, ERR_NOT_FOUND, ENOENT, "no GPU found: no file in %s describes one",
		      files->dirs);
	return err_hint(err, "%s, or amd-ctk for AMD", gpu_kinds[0].command);
}
