/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/fields-pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/strv.h"
#include "oci/map.h"

/*
 * A number has eight bytes in the machine's order. A text is its length plus one, and its bytes with the terminator; 0
 * stands for NULL. A list is its length plus one and its texts.
 */

void fields_pack_number(int64_t number, struct strbuf *b)
{
	(void)strbuf_add(b, &number, sizeof(number)); /* the buffer keeps the failure */
}

static void pack_text(const char *text, struct strbuf *b)
{
	size_t n = text ? strlen(text) + 1 : 0;

	fields_pack_number((int64_t)n, b);
	if (n)
		(void)strbuf_add(b, text, n);
}

static void pack_list(char *const *list, struct strbuf *b)
{
	fields_pack_number(list ? (int64_t)strv_length(list) + 1 : 0, b);
	STRV_FOREACH(text, list)
		pack_text(*text, b);
}

static void pack_map(const struct oci_map *map, struct strbuf *b)
{
	fields_pack_number((int64_t)map->n, b);
	for (size_t i = 0; i < map->n; i++) {
		pack_text(map->pairs[i].key, b);
		pack_text(map->pairs[i].value, b);
	}
}

void fields_pack(const struct field *table, const void *object, struct strbuf *b)
{
	for (const struct field *f = table; f->key; f++) {
		const void *member = (const char *)object + f->offset;

		switch (f->kind) {
		case FIELD_STRING:
			pack_text(*(char *const *)member, b);
			break;
		case FIELD_STRV:
			pack_list(*(char **const *)member, b);
			break;
		case FIELD_MAP:
			pack_map(member, b);
			break;
		case FIELD_BOOL:
			fields_pack_number(*(const bool *)member, b);
			break;
		case FIELD_INT64:
		case FIELD_TIME:
			fields_pack_number(*(const int64_t *)member, b);
			break;
		case FIELD_UINT64:
			fields_pack_number((int64_t) * (const uint64_t *)member, b);
			break;
		case FIELD_UINT32:
			fields_pack_number(*(const uint32_t *)member, b);
			break;
		case FIELD_PID:
			fields_pack_number(*(const pid_t *)member, b);
			break;
		}
	}
}

void fields_pack_names(const struct field *table, struct strbuf *b)
{
	for (const struct field *f = table; f->key; f++)
		(void)strbuf_addf(b, "%s %d,", f->key, f->kind);
}

const char *unpack_bytes(struct unpack *u, size_t size)
{
	const char *bytes = u->at;

	if (u->failed || size > u->left) {
		u->failed = true;
		return NULL;
	}
	u->at += size;
	u->left -= size;
	return bytes;
}

int64_t unpack_number(struct unpack *u)
{
	int64_t number = 0;
	const char *bytes = unpack_bytes(u, sizeof(number));

	if (bytes)
		memcpy(&number, bytes, sizeof(number));
	return number;
}

/* The number of things of which each has at least eight bytes. */
static size_t unpack_count(struct unpack *u)
{
	int64_t n = unpack_number(u);

	u->failed |= n < 0 || (uint64_t)n > u->left / sizeof(n) + 1;
	return u->failed ? 0 : (size_t)n;
}

/* NULL for NULL and after a failure. */
static const char *unpack_text(struct unpack *u)
{
	int64_t n = unpack_number(u);

	if (n <= 0 || u->failed) {
		u->failed |= n < 0;
		return NULL;
	}
	const char *text = unpack_bytes(u, (size_t)n);
	u->failed |= text && memchr(text, 0, (size_t)n) != text + n - 1;
	return u->failed ? NULL : text;
}

static char *unpack_copy(struct unpack *u)
{
	const char *text = unpack_text(u);
	char *copy = text ? strdup(text) : NULL;

	u->failed |= text && !copy;
	return copy;
}

static char **unpack_list(struct unpack *u)
{
	size_t n = unpack_count(u);
	char **list = n && !u->failed ? calloc(n, sizeof(char *)) : NULL;

	u->failed |= n && !list;
	for (size_t i = 0; list && i + 1 < n; i++) {
		list[i] = unpack_copy(u);
		u->failed |= !list[i];
		if (u->failed)
			break;
	}
	return list;
}

static void unpack_map(struct unpack *u, struct oci_map *ret)
{
	for (size_t n = unpack_count(u); n > 0 && !u->failed; n--) {
		struct oci_pair *pair = array_add(&ret->pairs, &ret->n, sizeof(*pair));

		if (!pair) {
			u->failed = true;
			return;
		}
		pair->key = unpack_copy(u);
		pair->value = unpack_copy(u);
		u->failed |= !pair->key || !pair->value;
	}
}

void fields_unpack(const struct field *table, struct unpack *u, void *ret)
{
	for (const struct field *f = table; f->key && !u->failed; f++) {
		void *member = (char *)ret + f->offset;

		switch (f->kind) {
		case FIELD_STRING:
			*(char **)member = unpack_copy(u);
			break;
		case FIELD_STRV:
			*(char ***)member = unpack_list(u);
			break;
		case FIELD_MAP:
			unpack_map(u, member);
			break;
		case FIELD_BOOL:
			*(bool *)member = unpack_number(u);
			break;
		case FIELD_INT64:
		case FIELD_TIME:
			*(int64_t *)member = unpack_number(u);
			break;
		case FIELD_UINT64:
			*(uint64_t *)member = (uint64_t)unpack_number(u);
			break;
		case FIELD_UINT32:
			*(uint32_t *)member = (uint32_t)unpack_number(u);
			break;
		case FIELD_PID:
			*(pid_t *)member = (pid_t)unpack_number(u);
			break;
		}
	}
}
