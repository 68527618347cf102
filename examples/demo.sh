#!/bin/sh
# Shows the tool at work on the bundled model and molecules: energies and forces, and that they turn with the molecules.
# The model's parameters are random (examples/data/README.md): its numbers obey every symmetry and describe no chemistry.
# EQUIFORMER in the environment is the tool, as `make demo` sets it. SPDX-License-Identifier: MIT
set -eu

tool=${EQUIFORMER:-build/equiformer}
here=$(dirname "$0")
programs=$(dirname "$tool")/examples
model=$here/data/model.safetensors
molecules="$here/data/aspirin.xyz $here/data/ethanol.xyz $here/data/methane.xyz $here/data/water.xyz"

say() { printf '\n=== %s\n' "$*"; }

for program in "$tool" "$programs/equivariance" "$programs/convolution"; do
    if [ ! -x "$program" ]; then
        echo "$program is not built: run 'make', then 'make demo'" >&2
        exit 1
    fi
done

say "equiformer predict --forces: energies and forces of the bundled molecules"
# shellcheck disable=SC2086 # a list of files
"$tool" predict --forces "$model" $molecules

say "the molecules rotated at random: energies stay, forces turn along (to 1e-10, in float64)"
# shellcheck disable=SC2086
"$programs/equivariance" "$model" $molecules

say "a network built by hand from primitives, with its gradient"
"$programs/convolution"
