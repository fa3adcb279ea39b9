/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/stack.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "storage/layers.h"
#include "storage/paths.h"

/* More layers than overlayfs mounts (500), one line of 65 bytes each. */
#define STACK_SIZE_MAX (512 * (LAYERS_HEX_LENGTH + 1))

/* ENOENT if one of `hexes` is not published. */
static int check_layers(const struct paths *paths, char *const *hexes, const char *config_hex,
			struct masu_error *err)
{
	STRV_FOREACH(hex, hexes) {
		int r = layers_check_hex(*hex, err);
		if (r < 0)
			return r;
		if (!layers_exist(paths, *hex))
			return err_set(err, ERR_NOT_FOUND, ENOENT,
				       "layer %.12s of image %.12s is not unpacked", *hex,
				       config_hex);
	}
	return 0;
}

int stack_read(const struct paths *paths, const char *config_hex, char ***ret_hexes,
	       struct masu_error *err)
{
	_cleanup_strv_ char **hexes = NULL;
	_cleanup_free_ char *text = NULL;
	int r = layers_check_hex(config_hex, err);

	if (r < 0)
		return r;
	_cleanup_close_ int stacks = layers_open_dir(paths, "stacks", err);
	if (stacks < 0)
		return stacks;
	r = file_read(stacks, config_hex, STACK_SIZE_MAX, &text, NULL);
	if (r == -ENOENT)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "image %.12s is not unpacked",
			       config_hex);
	if (r < 0)
		return err_sys(err, r, "read the layers of image %.12s", config_hex);
	hexes = strv_split(text, "\n");
	size_t n = strv_length(hexes);
	if (!hexes)
		return err_sys(err, ENOMEM, "read the layers of image %.12s", config_hex);
	/* Each line ends in a newline, so that a file that was cut shows. */
	if (n == 0 || *hexes[n - 1])
		return err_set(err, ERR_NOT_FOUND, ENOENT, "image %.12s is not unpacked",
			       config_hex);
	free(TAKE_PTR(hexes[n - 1]));
	r = check_layers(paths, hexes, config_hex, err);
	if (r < 0)
		return r;
	*ret_hexes = TAKE_PTR(hexes);
	return 0;
}

/*
 * The visible part of a stack: from the uppermost layer whose root hides all layers below it (".wh..wh..opq" in "/").
 * overlayfs reads that mark on every directory but the root of a layer.
 */
static char *const *visible_layers(const struct paths *paths, char *const *hexes)
{
	char *const *from = hexes;

	STRV_FOREACH(hex, hexes) {
		_cleanup_free_ char *path = paths_data(paths, "layers/%s", *hex);
		char mark;

		if (path && getxattr(path, "user.overlay.opaque", &mark, 1) == 1 && mark == 'y')
			from = hex;
	}
	return from;
}

int stack_write(const struct paths *paths, const char *config_hex, char *const *hexes,
		struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r = layers_check_hex(config_hex, err);

	if (r == 0)
		r = check_layers(paths, hexes, config_hex, err);
	if (r < 0)
		return r;
	STRV_FOREACH(hex, visible_layers(paths, hexes))
		if (strbuf_addf(&text, "%s\n", *hex) < 0)
			return err_sys(err, ENOMEM, "record the layers of an image");
	if (text.length > STACK_SIZE_MAX)
		return err_set(err, ERR_UNSUPPORTED, E2BIG, "image %.12s has too many layers",
			       config_hex);
	_cleanup_close_ int layers = layers_open_dir(paths, "layers", err);
	_cleanup_close_ int stacks = layers < 0 ? -1 : layers_open_dir(paths, "stacks", err);
	if (layers < 0 || stacks < 0)
		return layers < 0 ? layers : stacks;
	/* The names and attributes of the layers reach the disk before the stack that relies on them. */
	r = syncfs(layers) < 0 ? -errno : 0;
	if (r == 0)
		r = file_write_atomic(stacks, config_hex, text.text ? text.text : "", text.length,
				      0600, FILE_SYNC);
	return r < 0 ? err_sys(err, r, "record the layers of image %.12s", config_hex) : 0;
}
