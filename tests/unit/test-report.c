/* SPDX-License-Identifier: Apache-2.0 */
#include "image/report.h"

#include <errno.h>

#include "base/fd.h"
#include "unit.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void receive(int channel, struct channel_message *m, uint32_t type)
{
	assert_int_equal(channel_receive(channel, m), 0);
	assert_int_equal(m->type, type);
}

static void test_messages(void **state)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_close_ int reader = -1, writer = -1;
	_cleanup_err_ struct masu_error sent = ERR_INIT, received = ERR_INIT;
	struct image_progress p;

	assert_int_equal(channel_pair(&reader, &writer), 0);
	report_progress(writer, &(struct image_progress){.phase = IMAGE_RESOLVING});
	report_progress(writer, &(struct image_progress){HEX, IMAGE_EXISTS, 1, UINT64_MAX});
	report_notice(writer, "a notice");
	report_result(writer, "sha256:" HEX);
	(void)err_set(&sent, ERR_DENIED, EACCES, "access denied");
	(void)err_hint(&sent, "log in");
	report_error(writer, &sent);
	fd_close(&writer);

	receive(reader, &m, REPORT_PROGRESS);
	assert_int_equal(report_parse_progress(&m, &p), 0);
	assert_int_equal(p.phase, IMAGE_RESOLVING);
	assert_string_equal(p.digest, "");
	receive(reader, &m, REPORT_PROGRESS);
	assert_int_equal(report_parse_progress(&m, &p), 0);
	assert_string_equal(p.digest, HEX);
	assert_int_equal(p.phase, IMAGE_EXISTS);
	assert_int_equal(p.done, 1);
	assert_true(p.total == UINT64_MAX);
	receive(reader, &m, REPORT_NOTICE);
	assert_string_equal(m.bytes, "a notice");
	receive(reader, &m, REPORT_RESULT);
	assert_string_equal(m.bytes, "sha256:" HEX);
	receive(reader, &m, CHANNEL_ERROR);
	assert_int_equal(channel_to_err(&m, &received), -EACCES);
	assert_int_equal(received.kind, ERR_DENIED);
	assert_string_equal(received.message, "access denied");
	assert_string_equal(received.hint, "log in");
	assert_int_equal(channel_receive(reader, &m), -ECONNRESET);
}

static void test_malformed(void **state)
{
	struct image_progress good = {HEX, IMAGE_DONE, 1, 1}, bad[3] = {good, good, good}, p;
	struct channel_message m = {
		.type = REPORT_PROGRESS, .fd = -1, .size = sizeof(good), .bytes = (char *)&good};

	assert_int_equal(report_parse_progress(&m, &p), 0);
	m.size--;
	assert_int_equal(report_parse_progress(&m, &p), -EBADMSG);
	m.size++;
	m.type = REPORT_NOTICE;
	assert_int_equal(report_parse_progress(&m, &p), -EBADMSG);
	m.type = REPORT_PROGRESS;
	bad[0].digest[0] = '\033';
	bad[1].digest[DIGEST_HEX_LENGTH] = '0'; /* no end */
	bad[2].phase = IMAGE_PHASE_MAX;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		m.bytes = (char *)&bad[i];
		assert_int_equal(report_parse_progress(&m, &p), -EBADMSG);
	}
}

/* By hand, or when the caller has gone. */
static void test_nobody_listens(void **state)
{
	_cleanup_close_ int reader = -1, writer = -1;

	report_result(-1, "");
	report_notice(-1, "dropped");
	assert_int_equal(channel_pair(&reader, &writer), 0);
	fd_close(&reader);
	report_notice(writer, "dropped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
