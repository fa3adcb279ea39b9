/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Applications and programs of a box on the host: a desktop file, or a script, that executes `masu box enter`. The files of the
 * box are read as `masu cp` does, by a process that reaches no file of the host, and only so much of them as can be right.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/desktop-file.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container.h"
#include "engine/container/exports.h"
#include "engine/container/session.h"
#include "engine/options.h"

#define ICON_MAX (4U << 20)
#define BLOCK	 512

/* The first regular file of a tar archive: a ustar header, and extensions before it. */
struct reader {
	char header[BLOCK];
	size_t have;   /* bytes of the header */
	uint64_t skip; /* to the next header */
	uint64_t left; /* of the file; or of an extension, which is skipped */
	bool in_file;
	struct strbuf text;
	size_t limit;
};

static int read_header(struct reader *t)
{
	char size[13] = "";
	char type = t->header[156], *end;

	memcpy(size, t->header + 124, 12);
	uint64_t bytes = strtoull(size, &end, 8);
	if (*end && *end != ' ')
		return -EFBIG; /* a number in base 256 */
	t->have = 0;
	if (type == 'x' || type == 'g' || type == 'L' || type == 'K') {
		t->skip = (bytes + BLOCK - 1) / BLOCK * BLOCK;
		return 0;
	}
	if (type != '0' && type != '\0')
		return -EISDIR; /* or another thing that is not a file */
	if (bytes > t->limit)
		return -EFBIG;
	t->in_file = true;
	t->left = bytes;
	return 0;
}

static size_t take_part(struct reader *t, const char *bytes, size_t size)
{
	size_t n;

	if (t->in_file) {
		n = MIN(size, t->left);
		(void)strbuf_add(&t->text, bytes, n);
		t->left -= n;
		return t->left == 0 ? size : n; /* all that follows is padding */
	}
	if (t->skip > 0) {
		n = MIN(size, t->skip);
		t->skip -= n;
		return n;
	}
	n = MIN(size, BLOCK - t->have);
	memcpy(t->header + t->have, bytes, n);
	t->have += n;
	return n;
}

static int read_archive(void *userdata, const void *bytes, size_t size)
{
	struct reader *t = userdata;
	const char *p = bytes;

	while (size > 0) {
		size_t n = take_part(t, p, size);
		int r = !t->in_file && t->have == BLOCK ? read_header(t) : 0;

		if (r < 0)
			return r;
		p += n;
		size -= n;
	}
	return t->text.failed ? -ENOMEM : 0;
}

/* Reads a regular file of the box, to which a link may lead. */
static int read_file(masu_container *c, const char *path, size_t limit, char **ret,
		     size_t *ret_size, struct masu_error *err)
{
	struct reader t = {.text = STRBUF_INIT, .limit = limit};
	const struct masu_archive_get_options options = {.size = sizeof(options),
							 .write = read_archive,
							 .userdata = &t,
							 .follow_link = true};
	int r = masu_container_archive_get(c, path, &options, err);

	if (r == -EISDIR || r == -EFBIG)
		r = err_set(err, ERR_INVALID, -r, "'%s' of the box is %s", path,
			    r == -EISDIR ? "not a regular file" : "too large");
	if (r < 0) {
		strbuf_done(&t.text);
		return r;
	}
	*ret_size = t.text.length;
	*ret = strbuf_take(&t.text);
	return *ret ? 0 : err_oom(err);
}

/* The file of an icon that desktop files name: "maps" or "/opt/maps.png". 0, or an error if no such icon can be read. */
static int read_icon(masu_container *c, const char *icon, char **ret_path, char **ret,
		     size_t *ret_size)
{
	static const char *const places[] = {
		"icons/hicolor/scalable/apps/%s.svg",
		"icons/hicolor/512x512/apps/%s.png",
		"icons/hicolor/256x256/apps/%s.png",
		"icons/hicolor/128x128/apps/%s.png",
		"icons/hicolor/64x64/apps/%s.png",
		"icons/hicolor/48x48/apps/%s.png",
		"icons/hicolor/32x32/apps/%s.png",
		"pixmaps/%s.svg",
		"pixmaps/%s.png",
		"pixmaps/%s.xpm",
	};

	if (*icon == '/') {
		*ret_path = strdup(icon);
		return *ret_path ? read_file(c, icon, ICON_MAX, ret, ret_size, NULL) : -ENOMEM;
	}
	for (size_t i = 0; !strchr(icon, '/') && i < ARRAY_SIZE(places); i++) {
		const char *rest = strchr(places[i], '%') + strlen("%s");
		_cleanup_free_ char *path = str_printf("/usr/share/%.*s%s%s",
						       (int)(strchr(places[i], '%') - places[i]),
						       places[i], icon, rest);

		if (path && read_file(c, path, ICON_MAX, ret, ret_size, NULL) == 0) {
			*ret_path = TAKE_PTR(path);
			return 0;
		}
	}
	return -ENOENT;
}

/*
 * Copies the icon of a desktop file into the directory of the container, with which it is removed. *ret is its path, or NULL: the
 * application has the icon that the host has by this name, or none.
 */
static int copy_icon(masu_container *c, const char *icon, const char *name, char **ret,
		     struct masu_error *err)
{
	_cleanup_free_ char *from = NULL, *bytes = NULL, *file = NULL, *path = NULL;
	size_t size = 0;

	if (!icon || read_icon(c, icon, &from, &bytes, &size) < 0)
		return 0;
	const char *dot = strrchr(path_last(from), '.');
	static const char *const kinds[] = {".svg", ".png", ".xpm"};
	bool known = false;
	for (size_t i = 0; dot && i < ARRAY_SIZE(kinds); i++)
		known |= streq(dot, kinds[i]);
	if (!known)
		return 0;
	file = str_printf("icon-%s%s", name, dot);
	path = file ? path_join(c->dir, file) : NULL;
	if (!path)
		return err_oom(err);
	int r = file_write_atomic(AT_FDCWD, path, bytes, size, 0644, 0);
	if (r < 0)
		return err_sys(err, r, "write the icon '%s'", path);
	*ret = TAKE_PTR(path);
	return 0;
}

/* Applications */

/* "$XDG_DATA_HOME/applications/BOX-APP.desktop" */
static char *application_path(const masu_container *c, const char *name)
{
	const char *data = getenv("XDG_DATA_HOME");
	_cleanup_free_ char *home = session_home();
	bool given = data && *data == '/';

	if (!given && !home)
		return NULL;
	return str_printf("%s%s/applications/%s-%s.desktop", given ? data : home,
			  given ? "" : "/.local/share", c->record.name, name);
}

/* The last part of a name or path without ".desktop". */
static char *application_name(const char *app)
{
	const char *last = path_last(app);
	size_t length = strlen(last), end = strlen(".desktop");

	if (length > end && streq(last + length - end, ".desktop"))
		length -= end;
	return strndup(last, length);
}

static int read_application(masu_container *c, const char *app, const char *name, char **ret,
			    size_t *ret_size, struct masu_error *err)
{
	static const char *const dirs[] = {"/usr/local/share/applications",
					   "/usr/share/applications"};

	if (*app == '/')
		return read_file(c, app, DESKTOP_FILE_MAX, ret, ret_size, err);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *path = str_printf("%s/%s.desktop", dirs[i], name);
		_cleanup_err_ struct masu_error failure = ERR_INIT;

		if (!path)
			return err_oom(err);
		int r = read_file(c, path, DESKTOP_FILE_MAX, ret, ret_size, &failure);
		if (r == 0)
			return 0;
		if (r != -ENOENT)
			return err_move(err, &failure);
	}
	(void)err_set(err, ERR_NOT_FOUND, ENOENT, "box '%s' has no application '%s'",
		      c->record.name, app);
	return err_hint(err, "masu box enter %s -- ls /usr/share/applications", c->record.name);
}

static int write_application(masu_container *c, const char *path, const char *name,
			     const char *text, size_t size, struct masu_error *err)
{
	_cleanup_free_ char *program = session_program(), *mark = exports_mark(c), *found = NULL,
			    *suffix = str_printf(" (on %s)", c->record.name), *icon = NULL,
			    *wanted = desktop_file_value(text, "Icon");
	int r = copy_icon(c, wanted, name, &icon, err);

	if (r < 0)
		return r;
	if (!program || !mark || !suffix)
		return err_oom(err);
	char *const command[] = {program,    (char *)"box", (char *)"enter",
				 c->home.id, (char *)"--",  NULL};
	const struct desktop_rewrite rewrite = {
		.command = command, .suffix = suffix, .icon = icon, .mark = mark};
	r = desktop_file_rewrite(text, size, &rewrite, &found, err);
	return r < 0 ? r : exports_write(c, path, found, 0644, err);
}

static int export_application(masu_container *c, const char *app, bool remove, char **ret,
			      struct masu_error *err)
{
	_cleanup_free_ char *name = application_name(app), *text = NULL;
	_cleanup_free_ char *path = name ? application_path(c, name) : NULL;
	size_t size;
	int r;

	if (!path)
		return err_oom(err);
	if (!*name || (*app != '/' && strchr(app, '/')))
		return err_set(err, ERR_INVALID, EINVAL,
			       "application '%s' is neither a name nor an absolute path", app);
	if (remove) {
		r = exports_remove(c, path, err);
	} else {
		r = read_application(c, app, name, &text, &size, err);
		r = r < 0 ? r : write_application(c, path, name, text, size, err);
	}
	if (r == 0)
		*ret = TAKE_PTR(path);
	return r;
}

/* Programs */

static int check_program(masu_container *c, const char *bin, struct masu_error *err)
{
	struct masu_path_stat st = {.size = sizeof(st)};
	int r = masu_container_archive_stat(c, bin, &st, err);

	if (r < 0)
		return err_prefix(err, "box '%s'", c->record.name);
	if (S_ISLNK(st.mode) || (S_ISREG(st.mode) && st.mode & 0111))
		return 0;
	return err_set(err, ERR_INVALID, EACCES, "'%s' of the box is not a program", bin);
}

static int write_script(masu_container *c, const char *path, const char *bin,
			struct masu_error *err)
{
	_cleanup_free_ char *program = session_program(), *mark = exports_mark(c);
	_cleanup_free_ char *masu = program ? str_shell_word(program) : NULL,
			    *word = str_shell_word(bin), *text = NULL;

	if (mark && masu && word)
		text = str_printf("#!/bin/sh\n# %s of box %s, by masu box export\n# %s\n"
				  "exec %s box enter %s -- %s \"$@\"\n",
				  path_last(bin), c->record.name, mark, masu, c->home.id, word);
	return text ? exports_write(c, path, text, 0755, err) : err_oom(err);
}

static int export_program(masu_container *c, const char *bin, bool remove, char **ret,
			  struct masu_error *err)
{
	_cleanup_free_ char *home = session_home(), *path = NULL;
	const char *name = path_last(bin);

	if (*bin != '/' || !*name || !path_is_normal(bin) || str_has_control(bin)) {
		(void)err_set(err, ERR_INVALID, EINVAL, "program '%s' is not an absolute path",
			      bin);
		return err_hint(err, "write its path in the box, as in /usr/bin/gcc");
	}
	path = home ? str_printf("%s/.local/bin/%s", home, name) : NULL;
	if (!path)
		return err_oom(err);
	int r = remove ? exports_remove(c, path, err) : check_program(c, bin, err);
	if (r == 0 && !remove)
		r = write_script(c, path, bin, err);
	if (r == 0)
		*ret = TAKE_PTR(path);
	return r;
}

int masu_box_export(masu_container *c, const struct masu_box_export_options *options,
		    char **ret_path, masu_error *err)
{
	struct masu_box_export_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!o.app == !o.bin)
		return err_set(err, ERR_INVALID, EINVAL,
			       "either an application or a program is needed");
	return o.app ? export_application(c, o.app, o.remove, ret_path, err)
		     : export_program(c, o.bin, o.remove, ret_path, err);
}

int masu_box_exports(masu_container *c, char **ret_json, masu_error *err)
{
	_cleanup_json_ struct json_object *list = json_object_new_array();
	_cleanup_strv_ char **paths = NULL;
	struct json_build b = {0};
	int r = exports_list(c, &paths, err);

	if (r < 0)
		return r;
	STRV_FOREACH(path, paths)
		build_text(&b, list, NULL, *path);
	const char *text = b.failed || !list ? NULL
					     : json_object_to_json_string_ext(
						       list, JSON_C_TO_STRING_NOSLASHESCAPE);
	*ret_json = text ? strdup(text) : NULL;
	return *ret_json ? 0 : err_oom(err);
}
