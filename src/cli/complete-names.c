/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete-names.h"

#include <string.h>

#include "base/cleanup.h"

typedef void emit_fn(void *arg, const char *name, const char *help);

static void list_containers(masu_engine *e, emit_fn *emit, void *arg)
{
	static const struct masu_list_options all = {.size = sizeof(all), .all = true};
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;

	if (masu_container_list_read(e, &all, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < masu_container_list_count(list); i++) {
		const masu_container *c = masu_container_list_get(list, i);

		emit(arg, masu_container_name(c), masu_container_image(c));
	}
}

static void list_images(masu_engine *e, emit_fn *emit, void *arg)
{
	_cleanup_(masu_image_list_freep) masu_image_list *list = NULL;

	if (masu_image_list_read(e, NULL, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < masu_image_list_count(list); i++) {
		const char *name = masu_image_name(masu_image_list_get(list, i));

		if (name && *name)
			emit(arg, name, "");
	}
}

static void list_volumes(masu_engine *e, emit_fn *emit, void *arg)
{
	_cleanup_(masu_volume_list_freep) masu_volume_list *list = NULL;

	if (masu_volume_list_read(e, NULL, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < masu_volume_list_count(list); i++)
		emit(arg, masu_volume_name(masu_volume_list_get(list, i)), "");
}

static void list_secrets(masu_engine *e, emit_fn *emit, void *arg)
{
	_cleanup_(masu_secret_list_freep) masu_secret_list *list = NULL;

	if (masu_secret_list_read(e, NULL, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < masu_secret_list_count(list); i++)
		emit(arg, masu_secret_name(masu_secret_list_get(list, i)), "");
}

static void list_boxes(masu_engine *e, emit_fn *emit, void *arg)
{
	static char *const labels[] = {(char *)MASU_BOX_LABEL, NULL};
	static const struct masu_list_options boxes = {
		.size = sizeof(boxes), .all = true, .labels = labels};
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;

	if (masu_container_list_read(e, &boxes, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < masu_container_list_count(list); i++)
		emit(arg, masu_container_name(masu_container_list_get(list, i)), "");
}

const struct name_kind *name_kind_find(const char *word)
{
	static const struct name_kind kinds[] = {{"CONTAINER", list_containers},
						 {"IMAGE", list_images},
						 {"VOLUME", list_volumes},
						 {"SECRET", list_secrets},
						 {"BOX", list_boxes}};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strstr(word, kinds[i].word))
			return &kinds[i];
	return NULL;
}
