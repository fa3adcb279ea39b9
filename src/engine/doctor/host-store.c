/* SPDX-License-Identifier: Apache-2.0 */

/* The file system of the store: its kind, its room, its attributes, and overlays on it. */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "engine/doctor/host-programs.h"
#include "engine/doctor/host-store.h"
#include "engine/launcher.h"

#define ROOM_MIN  (256ull << 20) /* bytes; a small image with its container */

#define ELSEWHERE "export MASU_DATA_DIR=/var/tmp/masu-$(id -u)"

/* Mounts an overlay like that of a container, in namespaces that end with the attempt. */
static int probe_overlay(struct masu_engine *e, const char *dir, struct masu_error *err)
{
	static const char *const names[] = {"lower", "upper", "work", "root"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = path_join(dir, names[i]);

		if (!path || mkdir(path, 0700) < 0)
			return err_sys(err, path ? errno : ENOMEM, "create a directory");
	}
	return launcher_probe_overlay(e, dir, err);
}

/* overlayfs keeps its marks of deleted files in user attributes, for ordinary users. */
static bool has_user_attributes(const char *dir)
{
	return setxattr(dir, "user.masu", "1", 1, 0) == 0 || errno != ENOTSUP;
}

/* The kernel's overlay cannot translate ids (linux/lent-ids.h). */
static void add_translation(struct facts *f)
{
	_cleanup_free_ char *fuse = proc_find_helper("fuse-overlayfs");
	_cleanup_free_ char *fix = host_install_command("fuse-overlayfs");

	facts_add(f, "storage", "overlay",
		  "by fuse-overlayfs, which translates between lent ids and those of files");
	if (!fuse)
		facts_problem(f, "overlay", MASU_SEVERITY_ERROR,
			      "containers with lent ids need fuse-overlayfs", fix);
}

static void add_overlay(struct masu_engine *e, struct facts *f, const char *dir)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *value = NULL, *fuse = proc_find_helper("fuse-overlayfs");
	_cleanup_free_ char *fix = host_install_command("fuse-overlayfs");

	bool is_mounted = probe_overlay(e, dir, &err) == 0;

	value = is_mounted ? strdup("by the kernel")
			   : str_printf("not by the kernel: %s", str_or_empty(err.message));
	facts_add(f, "storage", "overlay", value);
	if (!has_user_attributes(dir))
		return facts_problem(f, "user-attributes",
				     is_mounted ? MASU_SEVERITY_WARNING : MASU_SEVERITY_ERROR,
				     "the store's file system has no user attributes, by which "
				     "overlays mark replaced directories: move it to ext4, xfs or "
				     "btrfs",
				     ELSEWHERE);
	if (is_mounted)
		return;
	facts_problem(f, "overlay", fuse ? MASU_SEVERITY_NOTE : MASU_SEVERITY_ERROR,
		      "containers need fuse-overlayfs, or Linux 5.11 or later with ext4, xfs or "
		      "btrfs",
		      fuse ? NULL : fix);
}

static void add_probe(struct masu_engine *e, struct facts *f)
{
	_cleanup_free_ char *dir = paths_data(&e->paths, "containers/.probe-XXXXXX");

	if (!e->has_idmap)
		return;
	if (e->idmap.lent)
		return add_translation(f);
	if (!dir || !mkdtemp(dir))
		return facts_add(f, "storage", "overlay", "cannot try: no directory");
	add_overlay(e, f, dir);
	(void)file_remove_tree(AT_FDCWD, dir); /* created above, and owned by the caller */
}

const char *host_store_problem(unsigned long magic)
{
	static const unsigned long network[] = {NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, SMB2_SUPER_MAGIC,
						CIFS_SUPER_MAGIC, AFS_SUPER_MAGIC, V9FS_MAGIC};

	for (size_t i = 0; i < ARRAY_SIZE(network); i++)
		if (magic == network[i])
			return "a server refuses the ids of containers, and overlays need a local "
			       "file system";
	return NULL;
}

static void add_room(struct facts *f, int fd)
{
	_cleanup_free_ char *value = NULL;
	char size[STR_SIZE_MAX];
	uint64_t room;

	if (file_free_space(fd, &room) < 0 || room == UINT64_MAX)
		return;
	value = str_printf("%s free", str_size(room, size));
	facts_add(f, "storage", "room", value);
	if (room < ROOM_MIN)
		facts_problem(f, "disk-full",
			      room == 0 ? MASU_SEVERITY_ERROR : MASU_SEVERITY_WARNING,
			      "images cannot be pulled, or containers cannot write their files: "
			      "remove some images, or use another file system",
			      ELSEWHERE);
}

void host_store(struct masu_engine *e, struct facts *f)
{
	_cleanup_close_ int fd = open(e->paths.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	const char *problem;

	add_probe(e, f);
	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return;
	problem = host_store_problem((unsigned long)fs.f_type);
	facts_add(f, "storage", "file system", problem ? "of a server" : "local");
	if (problem)
		facts_problem(f, "network-store", MASU_SEVERITY_ERROR, problem, ELSEWHERE);
	add_room(f, fd);
}
