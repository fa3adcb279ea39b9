# SPDX-License-Identifier: Apache-2.0
# `make bench` prints ratios; nothing here decides whether a test passes.
bench_programs = bench-compare bench-count bench-limit bench-true
EXTRA_PROGRAMS = $(bench_programs)
CLEANFILES += $(bench_programs)
bench_compare_SOURCES = %D%/compare.c
bench_count_SOURCES = %D%/count.c
bench_limit_SOURCES = %D%/limit.c
bench_limit_LDFLAGS = -static
bench_true_SOURCES = %D%/true.c
bench_true_LDFLAGS = -static
EXTRA_DIST += %D%/run %D%/cycles %D%/pull %D%/pull-images

.PHONY: bench bench-host bench-instructions
bench: all $(bench_programs)
	$(srcdir)/%D%/run $(builddir)

bench-instructions: all $(bench_programs)
	INSTRUCTIONS=yes $(srcdir)/%D%/run $(builddir)

bench-host: all $(bench_programs)
	out=`mktemp -d` && cp $(bench_programs) $$out && chmod 777 $$out && \
		$(srcdir)/tests/host/run --build $(builddir) --out $$out -- \
		env BENCH_TOOLS=/masu/out /masu/tests/bench/run; rm -rf $$out
