# Bindings: generated declarations, and checks against the programs and libraries that Debian ships.
#
#   make declarations       writes what bindings/generate.py makes of the headers
#   make check-bindings     C++, Fortran, Julia's declarations, Python and ASE; installs what is missing, if root
#   make install-bindings   Fortran's and Julia's sources (C++ is a header; Python: pip install ./bindings/python)
# SPDX-License-Identifier: MIT

.PHONY: check-bindings declarations deps-bindings install-bindings

PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
FC := $(if $(filter default undefined,$(origin FC)),gfortran,$(FC))
export PYTHON FC

bindings_prefix := $(abspath $(BUILD))/prefix
bindings_runs := "bindings/check_programs $(bindings_prefix)" "bindings/check_python $(bindings_prefix)"

deps-bindings:
	@.ci/deps bindings

declarations:
	$(PYTHON) bindings/generate.py

check-bindings: deps-bindings all
	@$(MAKE) --no-print-directory install install-bindings PREFIX=$(bindings_prefix) >/dev/null
	@tests/run $(BUILD)/logs/bindings $(bindings_runs)

install-bindings:
	install -d $(DESTDIR)$(DATADIR)/equiformer/fortran $(DESTDIR)$(DATADIR)/equiformer/julia/src
	install -d $(DESTDIR)$(DATADIR)/equiformer/julia/examples
	install -m 644 bindings/fortran/equiformer_c.f90 bindings/fortran/equiformer.f90 $(DESTDIR)$(DATADIR)/equiformer/fortran
	install -m 644 bindings/julia/Project.toml bindings/julia/README.md $(DESTDIR)$(DATADIR)/equiformer/julia
	install -m 644 bindings/julia/src/*.jl $(DESTDIR)$(DATADIR)/equiformer/julia/src
	install -m 644 bindings/julia/examples/*.jl $(DESTDIR)$(DATADIR)/equiformer/julia/examples
