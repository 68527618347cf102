# The pair style for LAMMPS: a program with it, a plugin, and their checks. Included by the Makefile.
#
#   make lammps              $(BUILD)/lmp_equiformer, linked with liblammps
#   make lammps-plugin       $(BUILD)/equiformerplugin.so, for a LAMMPS with the package PLUGIN
#   make check-lammps        what is computed against the calculator, on 1 to 4 processes; errors; dynamics
#   make bench-lammps        times per step
#
# Variables: LAMMPS_INCLUDE (its headers, or its src), LAMMPS_LIBS, MPICXX, MPIRUN. SPDX-License-Identifier: MIT

.PHONY: lammps lammps-plugin install-lammps check-bindings check-lammps bench-lammps

LAMMPS_INCLUDE ?= /usr/include/lammps
LAMMPS_LIBS ?= -llammps
MPICXX ?= mpicxx
MPIRUN ?= mpirun
export LAMMPS_INCLUDE MPICXX

lammps_dir := bindings/lammps
lammps_out := $(BUILD)/bindings/lammps
lammps_sources := $(wildcard $(lammps_dir)/*.cpp $(lammps_dir)/tests/*.cpp)
lammps_objects := $(lammps_sources:$(lammps_dir)/%.cpp=$(lammps_out)/%.o)
lammps_compile = $(MPICXX) -std=c++17 -DOMPI_SKIP_MPICXX -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror) $(CFLAGS)
# Debian's package lacks some headers.
lammps_stand_in = $(if $(wildcard $(LAMMPS_INCLUDE)/neigh_request.h),,-I$(lammps_dir)/debian)
lammps_include = -Iinclude $(lammps_stand_in) $(1) -isystem $(LAMMPS_INCLUDE) -isystem $(LAMMPS_INCLUDE)/PLUGIN
# Debian's package knows no plugins; their test needs what they are.
lammps_plugin = $(if $(wildcard $(LAMMPS_INCLUDE)/PLUGIN),,-I$(lammps_dir)/tests/plugin)
lammps_link = $(MPICXX) $(CFLAGS) $(LDFLAGS)
lammps_library = -L$(BUILD) -lequiformer -Wl,-rpath,'$$ORIGIN/$(1)'

# What is missing is installed, or said.
$(lammps_out)/deps:
	@mkdir -p $(@D) && .ci/deps lammps && touch $@

$(lammps_objects): $(lammps_out)/%.o: $(lammps_dir)/%.cpp $(lammps_out)/deps $(BUILD)/stamp/compile
	@mkdir -p $(@D) && printf '  CXX   %s\n' $<
	@$(lammps_compile) -fPIC $(call lammps_include,$(if $(filter tests/%,$*),$(lammps_plugin))) -MMD -MP -c $< -o $@

$(lammps_out)/tests/plugin.o: $(lammps_dir)/plugin.cpp $(lammps_out)/deps $(BUILD)/stamp/compile
	@mkdir -p $(@D) && printf '  CXX   %s\n' '$< (test)'
	@$(lammps_compile) -fPIC $(call lammps_include,$(lammps_plugin)) -MMD -MP -c $< -o $@

-include $(lammps_objects:.o=.d) $(lammps_out)/tests/plugin.d

$(BUILD)/lmp_equiformer: $(lammps_out)/lmp_equiformer.o $(lammps_out)/pair_equiformer.o $(shared)
	@printf '  LINK  %s\n' $(@F)
	@$(lammps_link) $(filter %.o,$^) $(call lammps_library,.) $(LAMMPS_LIBS) -o $@

$(BUILD)/equiformerplugin.so: $(lammps_out)/plugin.o $(lammps_out)/pair_equiformer.o $(shared)
	@printf '  LINK  %s\n' $(@F)
	@$(lammps_link) -shared $(filter %.o,$^) $(call lammps_library,.) -o $@

$(lammps_out)/tests/compare: $(lammps_out)/tests/compare.o $(lammps_out)/pair_equiformer.o $(shared)
	@printf '  LINK  %s\n' $(@F)
	@$(lammps_link) $(filter %.o,$^) $(call lammps_library,../../..) $(LAMMPS_LIBS) -o $@

$(lammps_out)/tests/plugin.so: $(lammps_out)/tests/plugin.o $(lammps_out)/pair_equiformer.o $(shared)
	@printf '  LINK  %s\n' $(@:$(BUILD)/%=%)
	@$(lammps_link) -shared $(filter %.o,$^) $(call lammps_library,../../..) -o $@

$(lammps_out)/tests/load_plugin $(lammps_out)/tests/releases: $(lammps_out)/tests/%: $(lammps_out)/tests/%.o
	@printf '  LINK  %s\n' $(@F)
	@$(lammps_link) $< $(LAMMPS_LIBS) -ldl -o $@

lammps: $(BUILD)/lmp_equiformer

lammps-plugin: $(BUILD)/equiformerplugin.so

# rpath names the build directory; the installed program finds the library where the system does.
install-lammps: lammps
	install -d $(DESTDIR)$(BINDIR)
	$(lammps_link) $(lammps_out)/lmp_equiformer.o $(lammps_out)/pair_equiformer.o -L$(BUILD) -lequiformer \
	    -Wl,-rpath,$(LIBDIR) $(LAMMPS_LIBS) -o $(DESTDIR)$(BINDIR)/lmp_equiformer

check-lammps: all lammps $(addprefix $(lammps_out)/tests/,compare load_plugin plugin.so releases)
	@MPIRUN='$(MPIRUN)' tests/run $(BUILD)/logs "$(lammps_dir)/tests/check_lammps $(BUILD)"

bench-lammps: all lammps
	@MPIRUN='$(MPIRUN)' $(lammps_dir)/tests/bench_lammps $(BUILD)

check-bindings: check-lammps
