/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "oci/spec-writer.h"

static void write_flags(struct spec_writer *w, struct json_object *o, enum schedule_word kind,
			uint64_t flags)
{
	if (!flags)
		return;
	struct json_object *array = spec_open_array(w, o, "flags");

	for (uint32_t bit = 1; bit; bit <<= 1)
		if (flags & bit)
			spec_put_text(w, array, NULL, schedule_word_name(kind, bit));
}

static void put_nonzero(struct spec_writer *w, struct json_object *o, const char *key, uint64_t n)
{
	if (n)
		spec_put_uint(w, o, key, n);
}

static void write_scheduler(struct spec_writer *w, struct json_object *o, const struct schedule *s)
{
	spec_put_text(w, o, "policy", schedule_word_name(SCHEDULE_POLICY, s->policy));
	if (s->nice)
		spec_put_int(w, o, "nice", s->nice);
	put_nonzero(w, o, "priority", s->priority);
	write_flags(w, o, SCHEDULE_FLAG, s->flags);
	put_nonzero(w, o, "runtime", s->runtime);
	put_nonzero(w, o, "deadline", s->deadline);
	put_nonzero(w, o, "period", s->period);
}

void spec_write_schedule(struct spec_writer *w, struct json_object *o, const struct oci_process *p)
{
	if (p->has_scheduler)
		write_scheduler(w, spec_open_object(w, o, "scheduler"), &p->scheduler);
	if (p->has_io_priority) {
		struct json_object *io = spec_open_object(w, o, "ioPriority");

		spec_put_text(w, io, "class",
			      schedule_word_name(SCHEDULE_IO_CLASS, p->io_priority.class));
		spec_put_uint(w, io, "priority", p->io_priority.level);
	}
	if (p->exec_cpus_initial || p->exec_cpus_final) {
		struct json_object *affinity = spec_open_object(w, o, "execCPUAffinity");

		spec_put_text(w, affinity, "initial", p->exec_cpus_initial);
		spec_put_text(w, affinity, "final", p->exec_cpus_final);
	}
}

/* "0-3,7" of a mask. */
static void write_nodes(struct spec_writer *w, struct json_object *o, const uint8_t *mask)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	unsigned int i = 0;

	while (!w->failed && i < CPULIST_MAX) {
		unsigned int first = i;

		while (i < CPULIST_MAX && mask[i / 8] & 1u << i % 8)
			i++;
		if (i > first)
			w->failed |= strbuf_addf(&b, "%s%u", b.length ? "," : "", first) < 0;
		if (i > first + 1)
			w->failed |= strbuf_addf(&b, "-%u", i - 1) < 0;
		i++;
	}
	if (b.length)
		spec_put_text(w, o, "nodes", b.text);
}

void spec_write_memory_policy(struct spec_writer *w, struct json_object *o,
			      const struct memory_policy *p)
{
	spec_put_text(w, o, "mode", schedule_word_name(SCHEDULE_MEMORY_MODE, p->mode));
	write_nodes(w, o, p->nodes);
	write_flags(w, o, SCHEDULE_MEMORY_FLAG, p->flags);
}
