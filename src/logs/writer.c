/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/writer.h"

#include "base/text.h"

int log_writer_open(struct log_writer *w, const struct log_driver *driver,
		    const struct log_settings *settings)
{
	*w = (struct log_writer){.driver = driver, .settings = *settings, .fd = -1};
	return driver->open ? driver->open(w) : 0;
}

void log_writer_write(struct log_writer *w, enum log_stream stream, const char *bytes, size_t size,
		      int64_t now_ns)
{
	const struct log_output output = {stream, now_ns, bytes, size};

	if (w->driver->write)
		w->driver->write(w, &output);
}

void log_writer_close(struct log_writer *w, int64_t now_ns)
{
	if (w->driver && w->driver->close)
		w->driver->close(w, now_ns);
}

size_t log_lost_text(uint64_t lost, char text[LOG_LOST_MAX])
{
	struct text t = text_into(text, LOG_LOST_MAX);

	text_add(&t, "masu: ");
	text_add_uint(&t, lost);
	text_add(&t, " bytes of output are missing here: the log could not be written\n");
	return t.length;
}
