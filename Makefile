# Builds, installs and checks libequiformer. Needs GNU make.
#
#   make                     the library, the tool, the examples      make check        every test
#   make install             DESTDIR, PREFIX, LIBDIR, ...             make check-fast   those that take a minute
#   make demo                trains and uses a model, in minutes      make bench        timings
#   make asan | ubsan | tsan unit tests under a sanitizer             make fuzz         FUZZ_SECONDS per target
#   make check-bindings      C++, Fortran, Python, ASE, LAMMPS        make declarations   generated parts of bindings
#   make lammps              the pair style for LAMMPS                make mpi            the tool for training under mpirun
#   make bench-plot          timings, drawn by gnuplot                make check-aarch64  cross-compiled, under qemu
#   make deps                installs what is missing, if root        make clean | format | tidy
#
# Variables: CC, CXX, HOSTCC (compiler of programs that the build runs), CFLAGS, CPPFLAGS, LDFLAGS,
# BUILD (directory of everything made), WERROR=1, SANITIZE=address,..., LIBZIP=0 (no npz, no PyTorch checkpoints)
# SPDX-License-Identifier: MIT

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := $(if $(findstring clang,$(CC)),clang++,g++)
endif
ifeq ($(origin AR),default)
AR := ar
endif
export CC CXX

HOSTCC ?= gcc
BUILD ?= build
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share

version := $(shell sed -n 's/^.define EQF_VERSION_STRING "\(.*\)"/\1/p' include/equiformer/version.h)
soname := libequiformer.so.$(firstword $(subst ., ,$(version)))
quote = '$(subst ','\'',$(1))'

.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
.PHONY: all bench bench-docs bench-plot clean demo deps deps-docs format install mpi tidy FORCE

# --- What is needed --------------------------------------------------------------------------------------------------

deps:
	@.ci/deps full

deps-docs:
	@.ci/deps docs

# Goals that compile check for the libraries first; the flags land in a file that make includes.
ifneq ($(filter-out check-aarch64 clean declarations deps deps-bindings deps-docs format check-layers check-docs,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/config.mk
endif

$(BUILD)/config.mk: FORCE
	@mkdir -p $(@D)
	@.ci/deps build
	@.ci/deps flags >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# --- Flags -----------------------------------------------------------------------------------------------------------

warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
warnings += $(if $(filter 1,$(WERROR)),-Werror)
sanitize := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
compile = $(CC) -std=c11 -D_GNU_SOURCE $(warnings) -fvisibility=hidden -Iinclude $(CPPFLAGS) $(CFLAGS) $(sanitize)
link = $(CC) $(CFLAGS) $(sanitize) $(LDFLAGS)
# Sanitizers' run-time libraries are found by programs only.
closed := $(if $(SANITIZE),,-Wl,--no-undefined)

# Unrolled kernels take minutes to compile with the checks of a sanitizer in every line. gcc 12 does not align vectors of 64
# bytes where its address sanitizer keeps the variables of functions that have returned.
is_gcc := $(shell $(CC) --version | grep -c "Free Software")
kern_flags := $(if $(SANITIZE),-O1 $(if $(filter 0,$(is_gcc)),,--param asan-use-after-return=0),-O3)

# Instruction sets of lib/kern/variant.
isas := generic $(if $(filter x86_64-%,$(shell $(CC) -dumpmachine)),avx2 avx512)
variant_flags := $(kern_flags) -fopenmp-simd -fno-math-errno -fno-trapping-math -ffp-contract=fast
generic_flags :=
avx2_flags := -mavx2 -mfma
avx512_flags := -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512

# --- Sources ---------------------------------------------------------------------------------------------------------

plain_sources := $(filter-out lib/gen/%,$(wildcard lib/*/*.c))
variant_sources := $(wildcard lib/kern/variant/*.c)
tool_sources := $(wildcard tools/*.c)
example_sources := $(wildcard examples/*.c)

plain_objects := $(plain_sources:%.c=$(BUILD)/obj/%.o)
variant_objects := $(foreach isa,$(isas),$(foreach real,32 64,\
    $(variant_sources:%.c=$(BUILD)/obj/%_f$(real)_$(isa).o)))
library_objects := $(plain_objects) $(variant_objects)
tool_objects := $(tool_sources:%.c=$(BUILD)/obj/%.o)
example_objects := $(example_sources:%.c=$(BUILD)/obj/%.o)

static := $(BUILD)/libequiformer.a
shared := $(BUILD)/libequiformer.so
tool := $(if $(tool_sources),$(BUILD)/equiformer)
examples := $(example_sources:%.c=$(BUILD)/%)
objects := $(library_objects) $(tool_objects) $(example_objects)

all: $(static) $(shared) $(BUILD)/libequiformer.pc $(tool) $(examples)

include tests/tests.mk
include bindings/lammps/lammps.mk
include bindings/bindings.mk

# --- Compiling -------------------------------------------------------------------------------------------------------

# stamp NAME, text: a file that changes when the text does.
define stamp
$(BUILD)/stamp/$(1): FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' $$(call quote,$(2)) >$$@.new
	@cmp -s $$@.new $$@ || cp $$@.new $$@
endef
compiler := $(shell $(CC) --version | head -n 1)
$(eval $(call stamp,compile,$$(compiler) $$(compile) $$(LIB_CFLAGS) $$(TEST_CFLAGS) $$(variant_flags) $$(avx512_flags)))
$(eval $(call stamp,link,$$(link) $$(LIB_LIBS) $$(TEST_LIBS) $$(objects) $$(test_objects)))
$(eval $(call stamp,install,$$(PREFIX) $$(LIBDIR) $$(INCLUDEDIR) $$(version) $$(CBLAS_LIBS) $$(REQUIRES)))

$(objects) $(test_objects): $(BUILD)/stamp/compile
make_object = @mkdir -p $(@D)
make_object += && printf '  CC    %s\n' $(patsubst $(BUILD)/obj/%,%,$@)
make_object += && $(compile)

$(plain_objects): $(BUILD)/obj/%.o: %.c
	$(make_object) $(if $(filter lib/kern/%,$<),$(kern_flags)) -fPIC -Ilib $(LIB_CFLAGS) -MMD -MP -c $< -o $@

define variant
$(BUILD)/obj/lib/kern/variant/%_f$(1)_$(2).o: lib/kern/variant/%.c
	$$(make_object) $(variant_flags) $($(2)_flags) -DEQFI_VARIANT_REAL=$(1) -DEQFI_VARIANT_ISA=$(2) \
	    -fPIC -Ilib -I$(BUILD)/gen $$(LIB_CFLAGS) -MMD -MP -c $$< -o $$@
endef
$(foreach isa,$(isas),$(foreach real,32 64,$(eval $(call variant,$(real),$(isa)))))

$(tool_objects) $(example_objects): $(BUILD)/obj/%.o: %.c
	$(make_object) $(LIB_CFLAGS) -MMD -MP -c $< -o $@

-include $(patsubst %.o,%.d,$(objects) $(test_objects))

# Straight-line kernels, written by a program that is linked with the library's own mathematics.
generator := $(BUILD)/gen/generate
generated := $(BUILD)/gen/products.h $(BUILD)/gen/frames.h $(BUILD)/gen/contractions.h $(BUILD)/gen/harmonics.h
generator_sources := $(wildcard lib/gen/*.c) lib/math/wigner_3j.c lib/math/generators.c lib/math/spherical_harmonics.c \
    $(wildcard lib/base/*.c)
generator_headers := $(wildcard lib/gen/*.h lib/math/*.h lib/base/*.h lib/kern/plans.h include/equiformer/*.h)

$(generator): $(generator_sources) $(generator_headers)
	@mkdir -p $(@D) && printf '  HOST  %s\n' $(@:$(BUILD)/%=%)
	@$(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 -Iinclude -Ilib $(generator_sources) -lm -pthread -o $@

$(generated): $(BUILD)/gen/%.h: $(generator)
	@printf '  GEN   %s\n' $(@F) && $(generator) $* >$@

$(variant_objects): | $(generated)

# --- Linking ---------------------------------------------------------------------------------------------------------

make_program = @mkdir -p $(@D) && printf '  LINK  %s\n' $(@:$(BUILD)/%=%) && $(link)

$(static): $(library_objects) $(BUILD)/stamp/link
	@printf '  AR    %s\n' $(@F) && rm -f $@ && $(AR) rcs $@ $(library_objects)

$(shared).$(version): $(library_objects) $(BUILD)/stamp/link lib/libequiformer.map
	$(make_program) -shared -Wl,-soname,$(soname) -Wl,--version-script=lib/libequiformer.map -Wl,-z,relro -Wl,-z,now \
	    $(closed) $(library_objects) -Wl,--as-needed $(LIB_LIBS) -o $@

$(shared): $(shared).$(version)
	@ln -sf $(<F) $(BUILD)/$(soname) && ln -sf $(soname) $@

$(BUILD)/equiformer: $(tool_objects) $(static)
	$(make_program) $^ -Wl,--as-needed $(LIB_LIBS) -o $@

# The tool once more, with the processes of MPI in place of the one.
mpi: $(BUILD)/equiformer-mpi

$(BUILD)/obj/tools/mpi/reducer.o: tools/mpi/reducer.c $(BUILD)/stamp/compile
	@.ci/deps mpi
	$(make_object) $(LIB_CFLAGS) $(MPI_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/equiformer-mpi: $(BUILD)/obj/tools/mpi/reducer.o $(filter-out %/reducer.o,$(tool_objects)) $(static)
	$(make_program) $^ -Wl,--as-needed $(LIB_LIBS) $(MPI_LIBS) -o $@

$(examples): $(BUILD)/%: $(BUILD)/obj/%.o $(shared)
	$(make_program) $< -L$(BUILD) -lequiformer -Wl,-rpath,'$$ORIGIN/..' -Wl,--as-needed $(LIB_LIBS) -o $@

make_pc = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${exec_prefix}/%)|' \
    -e 's|@INCLUDEDIR@|$(INCLUDEDIR:$(PREFIX)/%=$${prefix}/%)|' -e 's|@VERSION@|$(version)|' \
    -e 's|@CBLAS_LIBS@|$(strip $(CBLAS_LIBS))|' -e 's|@REQUIRES@|$(strip $(REQUIRES))|' libequiformer.pc.in

$(BUILD)/libequiformer.pc: libequiformer.pc.in $(BUILD)/stamp/install
	@$(make_pc) >$@

# --- Using -----------------------------------------------------------------------------------------------------------

data := $(wildcard examples/data/*)

install: $(static) $(shared) $(tool)
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)/equiformer
	install -m 644 include/equiformer/*.h include/equiformer/*.hpp $(DESTDIR)$(INCLUDEDIR)/equiformer
	install -m 644 $(static) $(DESTDIR)$(LIBDIR)
	install -m 755 $(shared).$(version) $(DESTDIR)$(LIBDIR)
	ln -sf libequiformer.so.$(version) $(DESTDIR)$(LIBDIR)/$(soname)
	ln -sf $(soname) $(DESTDIR)$(LIBDIR)/libequiformer.so
	$(make_pc) >$(DESTDIR)$(LIBDIR)/pkgconfig/libequiformer.pc
ifneq ($(tool),)
	install -d $(DESTDIR)$(BINDIR)
	install -m 755 $(tool) $(DESTDIR)$(BINDIR)
endif
ifneq ($(data),)
	install -d $(DESTDIR)$(DATADIR)/equiformer
	cp -R $(data) $(DESTDIR)$(DATADIR)/equiformer
endif

demo: all
	@.ci/deps demo
	@EQUIFORMER=$(BUILD)/equiformer examples/demo.sh

bench: $(bench)
	$(bench) $(BENCH_ARGS)

# Drawn from $(BUILD)/bench.json, which is measured again if the program is newer.
bench-plot: $(BUILD)/bench.json
	@.ci/deps demo
	@tests/bench/plot $< $(BUILD)/bench-plots

# The tables of the document, measured again: nothing else should run.
bench-docs: $(bench)
	@tests/bench/document $(bench) docs/benchmarks.md

$(BUILD)/bench.json: $(bench)
	$(bench) --json $(BENCH_ARGS) >$@

c_files = $(shell find include lib tools examples tests bindings -name '*.[ch]' -o -name '*.[ch]pp')

format:
	clang-format -i $(c_files)

tidy: $(generated)
	clang-tidy --quiet $(plain_sources) $(tool_sources) -- -std=c11 -D_GNU_SOURCE -Iinclude -Ilib $(LIB_CFLAGS)
	$(if $(variant_sources),clang-tidy --quiet $(variant_sources) -- -std=c11 -D_GNU_SOURCE -Iinclude -Ilib -I$(BUILD)/gen \
	    -fopenmp-simd -DEQFI_VARIANT_REAL=32 -DEQFI_VARIANT_ISA=generic)

clean:
	rm -rf $(BUILD)
