/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "seccomp/compile.h"

/*
 * Compiled filters by content. A file of the cache is
 *
 *     struct header | key | library | instructions
 *
 * where `key` is everything that the program depends on, written out in full (the policy, the
 * version of masu, the architecture), and `library` tells which libseccomp made it. The file's name
 * is only a hash of the key: it finds the file, and the comparison of the whole key decides. So
 * neither a collision nor a stale file can put another filter in force.
 *
 * The directory lies in the user's runtime directory, and the files are taken only from a directory and a
 * file that nobody but the caller can write. Whatever is wrong with one, the filter is compiled
 * again and the file replaced; that it can't be written isn't an error either.
 */

#define CACHE_FORMAT   1
#define CACHE_FILE_MAX (4u << 20)

struct header {
	char magic[8];
	uint32_t key_size;
	uint32_t library_size;
	uint32_t n_instructions;
	uint32_t flags;
};
#define MAGIC "masubpf"

static int add_rule(struct strbuf *b, const struct seccomp_rule *rule)
{
	int r = strbuf_addf(b, "rule %08x %d %u\n", rule->action, rule->has_errno, rule->errno_ret);

	for (size_t i = 0; i < rule->n_args && r >= 0; i++)
		r = strbuf_addf(b, " %u %u %" PRIx64 " %" PRIx64 "\n", rule->args[i].index,
				rule->args[i].op, rule->args[i].value, rule->args[i].value_two);
	/* Lengths first: a name holds what it likes, and must not read as something else. */
	for (size_t i = 0; rule->names[i] && r >= 0; i++)
		r = strbuf_addf(b, " %zu:%s\n", strlen(rule->names[i]), rule->names[i]);
	return r;
}

static int make_key(const struct seccomp_policy *p, struct strbuf *b)
{
	struct utsname uts;

	if (uname(&uts) < 0)
		return -errno;
	int r = strbuf_addf(b, "masu %s %d %s\ndefault %08x %d %u flags %x %d\n", MASU_VERSION,
			    CACHE_FORMAT, uts.machine, p->default_action, p->has_default_errno,
			    p->default_errno, p->flags, p->fail_unknown);

	for (size_t i = 0; i < p->n_arches && r >= 0; i++)
		r = strbuf_addf(b, "arch %08x\n", p->arches[i]);
	for (size_t i = 0; i < p->n_rules && r >= 0; i++)
		r = add_rule(b, &p->rules[i]);
	return r;
}

static void make_name(const struct strbuf *key, char name[32])
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < key->length; i++)
		hash = (hash ^ (unsigned char)key->text[i]) * UINT64_C(0x100000001b3);
	(void)snprintf(name, 32, "%016" PRIx64 ".bpf", hash);
}

static bool is_own(int fd, mode_t type, mode_t mode)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type &&
	       (st.st_mode & 07777) == mode && st.st_uid == geteuid();
}

static int open_dir(const char *path)
{
	_cleanup_close_ int fd = -1;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return is_own(fd, S_IFDIR, 0700) ? TAKE_FD(fd) : -EPERM;
}

/* Is the text a whole cached filter of this key? */
static bool check_parts(const char *text, size_t size, const struct strbuf *key)
{
	struct header h;

	if (size < sizeof(h))
		return false;
	memcpy(&h, text, sizeof(h));
	if (memcmp(h.magic, MAGIC, sizeof(h.magic)) != 0 || h.key_size != key->length ||
	    h.library_size == 0 || h.library_size > size || h.n_instructions == 0 ||
	    h.n_instructions > BPF_MAXINSNS ||
	    size != sizeof(h) + h.key_size + h.library_size +
			    h.n_instructions * sizeof(struct sock_filter))
		return false;
	const char *library = text + sizeof(h) + h.key_size;

	return memcmp(text + sizeof(h), key->text, key->length) == 0 &&
	       library[h.library_size - 1] == 0 && seccomp_library_is_same(library);
}

static int load(int dir, const char *name, const struct strbuf *key, struct seccomp_filter *ret)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	struct header h;
	size_t size;

	if (fd < 0)
		return -errno;
	if (!is_own(fd, S_IFREG, 0600))
		return -EPERM;
	int r = fd_read_all(fd, CACHE_FILE_MAX, &text, &size);

	if (r < 0)
		return r;
	if (!check_parts(text, size, key))
		return -EBADMSG;
	memcpy(&h, text, sizeof(h));
	size_t bytes = h.n_instructions * sizeof(struct sock_filter);
	struct sock_filter *instructions = malloc(bytes);

	if (!instructions)
		return -ENOMEM;
	memcpy(instructions, text + size - bytes, bytes);
	*ret = (struct seccomp_filter){
		.instructions = instructions,
		.length = (unsigned short)h.n_instructions,
		.flags = h.flags,
	};
	return 0;
}

static int store(int dir, const char *name, const struct strbuf *key, const char *library,
		 const struct seccomp_filter *f)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct header h = {
		.magic = MAGIC,
		.key_size = (uint32_t)key->length,
		.library_size = (uint32_t)strlen(library) + 1,
		.n_instructions = f->length,
		.flags = f->flags,
	};
	int r = strbuf_add(&b, &h, sizeof(h));

	if (r >= 0)
		r = strbuf_add(&b, key->text, key->length);
	if (r >= 0)
		r = strbuf_add(&b, library, h.library_size);
	if (r >= 0)
		r = strbuf_add(&b, f->instructions, f->length * sizeof(*f->instructions));
	return r < 0 ? r : file_write_atomic(dir, name, b.text, b.length, 0600, 0);
}

int seccomp_policy_compile_cached(const struct seccomp_policy *p, const char *cache_dir,
				  struct seccomp_filter *ret, struct masu_error *err)
{
	_cleanup_(seccomp_library_done) struct seccomp_library l = {0};
	_cleanup_strbuf_ struct strbuf key = STRBUF_INIT;
	_cleanup_close_ int dir = open_dir(cache_dir);
	char name[32];
	int r = make_key(p, &key);

	if (r < 0)
		return err_sys(err, r, "compile the system call filter");
	make_name(&key, name);
	if (dir >= 0 && load(dir, name, &key, ret) >= 0)
		return 0;
	r = seccomp_library_open(&l, err);
	if (r >= 0)
		r = seccomp_policy_compile_with(&l, p, ret, err);
	if (r < 0 || dir < 0)
		return r;
	_cleanup_free_ char *library = seccomp_library_identity(&l);

	if (library)
		(void)store(dir, name, &key, library, ret); /* see above */
	return 0;
}
