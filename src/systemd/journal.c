/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/strv.h"
#include "systemd/helper.h"

struct journal_reader {
	struct helper helper;
	struct channel_message message;
};

void journal_reader_free(struct journal_reader *r)
{
	if (!r)
		return;
	helper_stop(&r->helper);
	channel_message_done(&r->message);
	free(r);
}

static int build_args(const struct journal_query *q, char ***args)
{
	if (strv_push(args, "journal") < 0 ||
	    (q->since_ns && strv_pushf(args, "--since=%" PRId64, q->since_ns) < 0) ||
	    (q->until_ns && strv_pushf(args, "--until=%" PRId64, q->until_ns) < 0) ||
	    (q->tail >= 0 && strv_pushf(args, "--tail=%" PRId64, q->tail) < 0) ||
	    (q->follow && strv_push(args, "--follow") < 0))
		return -ENOMEM;
	return strv_push(args, q->id);
}

int journal_reader_new(const struct journal_query *query, struct journal_reader **ret,
		       struct masu_error *err)
{
	_cleanup_journal_reader_ struct journal_reader *reader = calloc(1, sizeof(*reader));
	_cleanup_strv_ char **args = NULL;

	if (!reader)
		return err_oom(err);
	reader->helper = HELPER_INIT;
	reader->message = CHANNEL_MESSAGE_INIT;
	if (build_args(query, &args) < 0)
		return err_oom(err);
	int r = helper_start(args, &reader->helper, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(reader);
	return 0;
}

int journal_reader_fd(const struct journal_reader *r)
{
	return r->helper.channel;
}

int journal_reader_next(struct journal_reader *r, struct journal_entry *ret, struct masu_error *err)
{
	struct channel_message *m = &r->message;
	int n = helper_receive(&r->helper, -1, m, err);

	if (n < 0 || m->type == SYSTEMD_DONE)
		return n;
	if (m->type != SYSTEMD_ENTRY || m->size < sizeof(ret->record))
		return err_set(err, ERR_INTERNAL, EBADMSG,
			       "unexpected message %u from masu-systemd", m->type);
	memcpy(&ret->record, m->bytes, sizeof(ret->record));
	ret->text = m->bytes + sizeof(ret->record);
	ret->size = m->size - sizeof(ret->record);
	return 1;
}
