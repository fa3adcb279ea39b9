/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/throttle-args.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"

/* A limit with the text that it points to. */
struct throttle_arg {
	struct masu_throttle throttle; /* first, so that it is freed by its own address */
	char *device;
};

static void throttle_arg_free(struct throttle_arg *t)
{
	if (t)
		free(t->device);
	free(t);
}

DEFINE_FREEP(throttle_arg)

void throttle_args_done(struct throttle_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		throttle_arg_free((struct throttle_arg *)args->item[i]);
	free(args->item);
	*args = (struct throttle_args){0};
}

/* The path of a device may contain colons, the rate does not. */
static int parse(struct throttle_args *args, enum masu_throttle_kind kind, const char *text,
		 struct masu_error *err)
{
	const bool bytes = kind == MASU_THROTTLE_READ_BYTES || kind == MASU_THROTTLE_WRITE_BYTES;
	_cleanup_(throttle_arg_freep) struct throttle_arg *t = calloc(1, sizeof(*t));
	const char *colon = strrchr(text, ':');
	uint64_t rate;

	if (!t)
		return err_oom(err);
	if (!colon || colon == text ||
	    (bytes ? str_to_size(colon + 1, &rate) : str_to_uint64(colon + 1, INT64_MAX, &rate)) <
		    0 ||
	    rate == 0 || rate > INT64_MAX) {
		(void)err_set(err, ERR_INVALID, EINVAL, "not of the form DEVICE:RATE");
		return err_hint(err, bytes ? "write /dev/sda:1M" : "write /dev/sda:1000");
	}
	t->device = strndup(text, (size_t)(colon - text));
	if (!t->device)
		return err_oom(err);
	t->throttle = (struct masu_throttle){
		.size = sizeof(t->throttle), .kind = kind, .device = t->device, .rate = rate};
	if (array_push(&args->item, &args->n, &t->throttle) < 0)
		return err_oom(err);
	TAKE_PTR(t);
	return 0;
}

int throttle_args_read_bytes(const char *text, void *args, struct masu_error *err)
{
	return parse(args, MASU_THROTTLE_READ_BYTES, text, err);
}

int throttle_args_write_bytes(const char *text, void *args, struct masu_error *err)
{
	return parse(args, MASU_THROTTLE_WRITE_BYTES, text, err);
}

int throttle_args_read_operations(const char *text, void *args, struct masu_error *err)
{
	return parse(args, MASU_THROTTLE_READ_OPERATIONS, text, err);
}

int throttle_args_write_operations(const char *text, void *args, struct masu_error *err)
{
	return parse(args, MASU_THROTTLE_WRITE_OPERATIONS, text, err);
}
