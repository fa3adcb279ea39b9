/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The standard streams. A restored container gets those of its restorer. descriptors.json names them as
 * criu does. criu replaces "pipe:[7]" and "socket:[7]" by name. A file it replaces only if the dump
 * declared it external, which is necessary for a file outside of the container's mounts (a log of the
 * caller's). A device, or a file of the container's, is opened again.
 */

#include "runtime/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "runtime/checkpoint-places.h"

#define DESCRIPTORS_FILE "descriptors.json"
#define DESCRIPTORS_MAX	 (64 << 10)
#define STREAM_PATH_MAX	 48

/* The mount of a descriptor of the container's; 0 if unknown. */
static long mount_of(pid_t pid, int fd)
{
	char path[STREAM_PATH_MAX], line[128];
	long id = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	while (f && !id && fgets(line, sizeof(line), f)) {
		const char *value = str_after(line, "mnt_id:");

		id = value ? strtol(value, NULL, 10) : 0;
	}
	return id;
}

static bool has_mount(pid_t pid, long id)
{
	_cleanup_free_ char *line = NULL;
	char path[STREAM_PATH_MAX];
	size_t size = 0;
	bool has = false;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	while (f && !has && getline(&line, &size, f) > 0)
		has = strtol(line, NULL, 10) == id;
	return has;
}

/* Is it a file of the host's? Then `key` is criu's name for it. */
static bool is_outside(pid_t pid, int fd, char key[STREAM_PATH_MAX])
{
	char path[STREAM_PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	long mount = mount_of(pid, fd);
	if (mount <= 0 || has_mount(pid, mount))
		return false;
	(void)snprintf(key, STREAM_PATH_MAX, "%lx:%" PRIx64, (unsigned long)mount,
		       (uint64_t)st.st_ino);
	return true;
}

void checkpoint_put_streams(struct strbuf *b, pid_t init)
{
	char key[STREAM_PATH_MAX];

	for (int i = 0; i < 3; i++)
		if (is_outside(init, i, key))
			checkpoint_put_external(b, "file", key, NULL);
}

/* Adds the name of the stream's pipe, socket or file; "" for a closed one. */
static void put_stream(struct json_build *b, struct json_object *array, pid_t pid, int fd)
{
	char path[STREAM_PATH_MAX], key[STREAM_PATH_MAX], target[PATH_MAX];

	if (is_outside(pid, fd, key)) {
		(void)snprintf(target, sizeof(target), "file[%s]", key);
		return build_text(b, array, NULL, target);
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	build_text(b, array, NULL, target);
}

int checkpoint_write_streams(const struct checkpoint *c, int images, struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	struct json_build b = {0};

	for (int i = 0; i < 3; i++)
		put_stream(&b, array, c->init, i);
	const char *text = b.failed ? NULL : json_text(array, false);
	int r = text ? file_write_atomic(images, DESCRIPTORS_FILE, text, strlen(text), 0600, 0)
		     : -ENOMEM;
	return r < 0 ? err_sys(err, r, "write '%s/%s'", c->images, DESCRIPTORS_FILE) : 0;
}

static const char *replaceable(struct json_object *name)
{
	const char *text = json_object_get_string(name);

	return str_after(text, "pipe:[") || str_after(text, "socket:[") || str_after(text, "file[")
		       ? text
		       : NULL;
}

int checkpoint_read_streams(const struct checkpoint *c, int images, char *ret[3],
			    struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = NULL;
	int r = json_read_file(images, DESCRIPTORS_FILE, DESCRIPTORS_MAX, &array, err);

	if (r < 0) {
		(void)err_prefix(err, "'%s' is not a directory of a checkpoint", c->images);
		return r;
	}
	bool good = json_object_is_type(array, json_type_array) &&
		    json_object_array_length(array) == 3;
	for (size_t i = 0; good && i < 3; i++)
		good = json_object_is_type(json_object_array_get_idx(array, i), json_type_string);
	if (!good)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "'%s/%s' does not have the names of three streams", c->images,
			       DESCRIPTORS_FILE);
	for (size_t i = 0; i < 3; i++) {
		const char *name = replaceable(json_object_array_get_idx(array, i));

		ret[i] = name ? strdup(name) : NULL;
		if (name && !ret[i])
			return err_sys(err, ENOMEM, "read '%s/%s'", c->images, DESCRIPTORS_FILE);
	}
	return 0;
}
