/* SPDX-License-Identifier: Apache-2.0 */
#include "image/platform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/str.h"
#include "base/strv.h"

void platform_done(struct image_platform *p)
{
	free(p->os);
	free(p->arch);
	free(p->variant);
	*p = (struct image_platform){0};
}

/* This machine, by Go's name for the kernel's name. */
static int of_this_machine(struct image_platform *ret, struct masu_error *err)
{
	static const struct {
		const char *machine, *arch, *variant;
	} table[] = {
		{"x86_64", "amd64", NULL},    {"aarch64", "arm64", "v8"},
		{"armv7l", "arm", "v7"},      {"armv6l", "arm", "v6"},
		{"i686", "386", NULL},	      {"i386", "386", NULL},
		{"ppc64le", "ppc64le", NULL}, {"s390x", "s390x", NULL},
		{"riscv64", "riscv64", NULL}, {"loongarch64", "loong64", NULL},
		{"mips64", "mips64le", NULL},
	};
	struct utsname u;

	if (uname(&u) < 0)
		return err_sys(err, errno, "uname");
	ret->os = strdup("linux");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (streq(u.machine, table[i].machine)) {
			ret->arch = strdup(table[i].arch);
			ret->variant = table[i].variant ? strdup(table[i].variant) : NULL;
		}
	if (!ret->arch)
		ret->arch = strdup(u.machine);
	return ret->os && ret->arch ? 0 : err_oom(err);
}

int platform_parse(const char *s, struct image_platform *ret, struct masu_error *err)
{
	_cleanup_platform_ struct image_platform p = {0};
	_cleanup_strv_ char **parts = NULL;
	int r = 0;

	if (!s) {
		r = of_this_machine(&p, err);
	} else {
		parts = strv_split(s, "/");
		if (!parts)
			return err_oom(err);
		size_t n = strv_length(parts);
		if (n < 2 || n > 3 || !*parts[0] || !*parts[1] || (n == 3 && !*parts[2]) ||
		    str_has_control(s)) {
			(void)err_set(err, ERR_INVALID, EINVAL, "invalid platform '%s'", s);
			return err_hint(err, "it is OS/ARCHITECTURE[/VARIANT], like linux/arm64");
		}
		p.os = TAKE_PTR(parts[0]);
		p.arch = TAKE_PTR(parts[1]);
		p.variant = n == 3 ? TAKE_PTR(parts[2]) : NULL;
		parts[0] = NULL;
	}
	if (r < 0)
		return r;
	*ret = p;
	p = (struct image_platform){0};
	return 0;
}

bool platform_fits(const struct image_platform *has, const struct image_platform *wanted)
{
	return (!has->os || streq(has->os, wanted->os)) &&
	       (!has->arch || streq(has->arch, wanted->arch));
}

/* 0 if it does not fit; a better one has a higher score. */
static int score(const struct image_platform *has, const struct image_platform *wanted)
{
	if (!has->os || !has->arch || !platform_fits(has, wanted))
		return 0;
	const char *a = has->variant ? has->variant : "",
		   *b = wanted->variant ? wanted->variant : "";
	if (streq(a, b))
		return 100;
	if (!*a)
		return 90;
	if (streq(wanted->arch, "arm64") && streq(a, "v8"))
		return 80;
	/* v6 runs on v7. If no variant is wanted, the lowest is the safest. */
	if (*a == 'v' && a[1] >= '1' && a[1] <= '9' && !a[2] && (!*b || strcmp(a, b) < 0))
		return *b ? a[1] - '0' : 60 - (a[1] - '0');
	return 0;
}

static int none_fits(const struct image_index *index, const struct image_platform *wanted,
		     struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct image_platform *p = &index->manifests[i].platform;

		if (p->os && p->arch && !streq(p->os, "unknown") && list.length < 300)
			(void)strbuf_addf(&list, "%s%.40s/%.40s%s%.40s", list.length ? ", " : "",
					  p->os, p->arch, p->variant ? "/" : "",
					  p->variant ? p->variant : ""); /* a hint may be short */
	}
	(void)err_set(err, ERR_NOT_FOUND, ENOENT, "the image is not for %s/%s%s%s", wanted->os,
		      wanted->arch, wanted->variant ? "/" : "",
		      wanted->variant ? wanted->variant : "");
	return err_hint(err, "it is for %s", list.length ? list.text : "unknown platforms");
}

int platform_choose(const struct image_index *index, const struct image_platform *wanted,
		    const struct image_descriptor **ret, struct masu_error *err)
{
	const struct image_descriptor *best = NULL;
	int most = 0;

	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct image_descriptor *d = &index->manifests[i];
		int n = d->media == IMAGE_MEDIA_MANIFEST || d->media == IMAGE_MEDIA_INDEX
				? score(&d->platform, wanted)
				: 0;

		if (n > most) {
			most = n;
			best = d;
		}
	}
	if (!best && index->n_manifests == 1 && !index->manifests[0].platform.os)
		best = &index->manifests[0];
	if (!best)
		return none_fits(index, wanted, err);
	*ret = best;
	return 0;
}
