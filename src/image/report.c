/* SPDX-License-Identifier: Apache-2.0 */
#include "image/report.h"

#include <errno.h>
#include <string.h>

static void send_report(int channel, uint32_t type, const void *bytes, size_t size)
{
	if (channel >= 0)
		(void)channel_send(channel, type, bytes, size, -1);
}

void report_progress(int channel, const struct image_progress *progress)
{
	send_report(channel, REPORT_PROGRESS, progress, sizeof(*progress));
}

void report_notice(int channel, const char *text)
{
	send_report(channel, REPORT_NOTICE, text, strnlen(text, CHANNEL_MESSAGE_MAX));
}

void report_result(int channel, const char *digest)
{
	send_report(channel, REPORT_RESULT, digest, strlen(digest));
}

void report_error(int channel, const struct masu_error *err)
{
	if (channel >= 0)
		(void)channel_send_err(channel, err);
}

int report_parse_progress(const struct channel_message *m, struct image_progress *ret)
{
	struct image_progress p;

	if (m->type != REPORT_PROGRESS || m->size != sizeof(p))
		return -EBADMSG;
	memcpy(&p, m->bytes, sizeof(p));
	if (p.digest[DIGEST_HEX_LENGTH] || (*p.digest && !digest_is_hex(p.digest)) ||
	    (unsigned int)p.phase >= IMAGE_PHASE_MAX)
		return -EBADMSG;
	*ret = p;
	return 0;
}
