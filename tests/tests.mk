# What checks the library: programs in tests/, and scripts that look at sources, headers and products.
# Every check ends with the line `N passed, N failed`; tests/run counts. SPDX-License-Identifier: MIT

.PHONY: check check-aarch64 check-fast check-unit check-abi check-layers check-docs check-tool check-install
.PHONY: asan ubsan tsan fuzz run-cross run-fuzz stage

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60

# Unit tests that check-fast leaves out.
slow_tests := test_registry

unit_sources := $(wildcard tests/test_*.c)
support_sources := $(wildcard tests/support/*.c)
golden_sources := $(wildcard tests/golden.c tests/golden_*.c)
bench_sources := $(wildcard tests/bench/*.c)
fuzz_sources := $(wildcard tests/fuzz/fuzz_*.c)
fuzz_names := $(fuzz_sources:tests/fuzz/fuzz_%.c=%)

unit_tests := $(unit_sources:%.c=$(BUILD)/%)
golden := $(if $(golden_sources),$(BUILD)/tests/golden)
bench := $(if $(bench_sources),$(BUILD)/bench)
replays := $(fuzz_names:%=$(BUILD)/tests/replay_%)
fuzzers := $(fuzz_names:%=$(BUILD)/tests/fuzz_%)
support := $(BUILD)/tests/libsupport.a

object_of = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
test_objects := $(call object_of,$(unit_sources) $(support_sources) $(golden_sources) $(bench_sources) \
    $(fuzz_sources) tests/fuzz/replay.c)

# --- Building --------------------------------------------------------------------------------------------------------

$(test_objects): $(BUILD)/obj/%.o: %.c
	$(make_object) -Ilib -Itests -Itests/support $(LIB_CFLAGS) $(TEST_CFLAGS) -MMD -MP -c $< -o $@

test_libraries = $(static) -Wl,--as-needed $(LIB_LIBS)

$(support): $(call object_of,$(support_sources)) $(BUILD)/stamp/link
	@mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(unit_tests): $(BUILD)/%: $(BUILD)/obj/%.o $(support) $(static)
	$(make_program) $< $(support) $(test_libraries) $(TEST_LIBS) -o $@

$(golden): $(call object_of,$(golden_sources)) $(support) $(static)
	$(make_program) $(filter %.o,$^) $(support) $(test_libraries) $(TEST_LIBS) -o $@

$(bench): $(call object_of,$(bench_sources)) $(support) $(static)
	$(make_program) $(filter %.o,$^) $(support) $(test_libraries) $(TEST_LIBS) -o $@

$(replays): $(BUILD)/tests/replay_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay.o $(support) \
    $(static)
	$(make_program) $(filter %.o,$^) $(support) $(test_libraries) -o $@

$(fuzzers): $(BUILD)/tests/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(support) $(static)
	$(make_program) -fsanitize=fuzzer $< $(support) $(test_libraries) -o $@

# --- Running ---------------------------------------------------------------------------------------------------------

run := @tests/run $(BUILD)/logs
replay_runs := $(foreach name,$(fuzz_names),"$(BUILD)/tests/replay_$(name) tests/fuzz/corpus/$(name)")
golden_cases := tests/golden --list tests/golden.list
golden_runs := $(golden:%="% $(golden_cases)") $(golden:%="% --precision f32 $(golden_cases)") \
    $(golden:%="% --separate $(golden_cases)")
layers_run := tests/check_layers
abi_run := "tests/check_abi $(shared) $(static)"
docs_run := "tests/check_docs $(BUILD)/doxygen"
tool_runs := "tests/check_tool $(BUILD)" "tests/check_dynamics $(BUILD)" "tests/check_import $(BUILD)" \
    "tests/check_dataset $(BUILD)" "tests/check_train $(BUILD)" "tests/check_report $(BUILD)" "tests/check_shown $(BUILD)"
demo_run := "tests/check_demo $(BUILD)"
mpi_tool := $(if $(MPI_LIBS),$(BUILD)/equiformer-mpi)
install_run := "tests/check_install $(BUILD)/stage $(version)"

check: all $(mpi_tool) $(unit_tests) $(golden) $(replays) stage
	$(run) $(unit_tests) $(golden_runs) $(tool_runs) $(demo_run) $(replay_runs) $(layers_run) $(abi_run) \
	    $(docs_run) $(install_run)

check-fast: all $(mpi_tool) $(unit_tests) $(golden) $(replays)
	$(run) $(filter-out $(slow_tests:%=$(BUILD)/tests/%),$(unit_tests)) $(golden:%="% --values-only $(golden_cases)") \
	    $(tool_runs) $(replay_runs) $(layers_run) $(abi_run)

check-unit: $(unit_tests) $(replays)
	$(run) $(unit_tests) $(replay_runs)

check-layers:
	$(run) $(layers_run)

check-abi: $(static) $(shared)
	$(run) $(abi_run)

check-docs:
	$(run) $(docs_run)

check-tool: all $(mpi_tool)
	$(run) $(tool_runs)

check-install: stage
	$(run) $(install_run)

# A package as a distribution makes it: under DESTDIR, for a prefix where it does not lie yet.
stage: all
	@rm -rf $(BUILD)/stage
	@$(MAKE) --no-print-directory install DESTDIR=$(abspath $(BUILD)/stage) PREFIX=/opt/equiformer >/dev/null

# --- Another processor -----------------------------------------------------------------------------------------------

# The kernels that are not those of x86-64: cross-compiled, and run by an emulator, which is why so little runs.
cross := aarch64-linux-gnu
cross_tests := $(addprefix $(BUILD)/tests/,test_base test_functions test_gemm test_harmonics_columns test_neighbors_skin \
    test_softmax test_straight)
cross_files := $(addprefix tests/golden/,nn.safetensors tp.safetensors model_md17_l2.safetensors model_qm9_e3.safetensors)
cross_golden := $(golden) $(cross_files) --values-only
cross_runs := $(cross_tests) "$(cross_golden)" "$(cross_golden) --precision f32"

check-aarch64:
	@.ci/deps aarch64
	@PKG_CONFIG_LIBDIR=/usr/lib/$(cross)/pkgconfig LIBZIP=0 $(MAKE) --no-print-directory CC=$(cross)-gcc AR=$(cross)-ar \
	    BUILD=$(BUILD)/aarch64 run-cross

run-cross: $(static) $(cross_tests) $(golden)
	@RUNNER=qemu-aarch64-static tests/run $(BUILD)/logs $(cross_runs)

# --- Sanitizers and fuzzing ------------------------------------------------------------------------------------------

export ASAN_OPTIONS ?= allocator_may_return_null=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS ?= print_stacktrace=1
export TSAN_OPTIONS ?= halt_on_error=1

asan ubsan tsan: export TEST_TIMEOUT ?= 1800

asan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address check-unit

ubsan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/ubsan SANITIZE=undefined check-unit

# OpenBLAS is not compiled for the thread sanitizer: it runs without threads of its own.
tsan:
	@OPENBLAS_NUM_THREADS=1 $(MAKE) --no-print-directory BUILD=$(BUILD)/tsan SANITIZE=thread check-unit

fuzz:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC='$(FUZZ_CC)' SANITIZE=address,fuzzer-no-link run-fuzz

# New inputs land in the build directory; those worth keeping are copied to tests/fuzz/corpus by hand.
run-fuzz: $(fuzzers)
	@mkdir -p $(BUILD)/corpus $(fuzz_names:%=$(BUILD)/corpus/%)
	@TEST_TIMEOUT=$$(($(FUZZ_SECONDS) + 60)) tests/run $(BUILD)/logs $(foreach name,$(fuzz_names),\
	    "$(BUILD)/tests/fuzz_$(name) -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
	    -artifact_prefix=$(BUILD)/$(name)- $(BUILD)/corpus/$(name) tests/fuzz/corpus/$(name)")
