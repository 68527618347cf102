#!/bin/sh
# From labelled structures to a model in use, in a few minutes: trains a small model on the bundled molecular dynamics of
# ethanol, compares it with structures that it has not seen, draws the report, relaxes the molecule and runs dynamics.
# Fails unless errors and drift are small.
# usage: examples/demo.sh [quick]     - quick: two epochs only, and worse is good enough
# EQUIFORMER in the environment is the tool, as `make demo` sets it. SPDX-License-Identifier: MIT
set -eu

tool=${EQUIFORMER:-build/equiformer}
here=$(dirname "$0")
data=$here/data
out=$(dirname "$tool")/demo
epochs=12 energy_limit=0.020 force_limit=0.060
if [ "${1:-}" = quick ]; then epochs=2 energy_limit=0.200 force_limit=0.200; fi

for program in "$tool" "$(dirname "$tool")/examples/equivariance"; do
    if [ ! -x "$program" ]; then
        echo "$program is not built: run 'make', then 'make demo'" >&2
        exit 1
    fi
done

say() { printf '\n=== %s\n\n' "$*"; }

# Shows a command of the tool, and runs it.
run()
{
    printf '$ equiformer %s\n' "$*"
    "$tool" "$@"
}

# The number of key $2 in the JSON of file $1.
number() { sed -n "s/^[^[]*\"$2\": \\([^,}]*\\).*/\\1/p" "$1"; }

# Fails unless the size of number $2 is at most $3; $1 says what it is.
expect()
{
    awk -v x="$2" -v most="$3" 'BEGIN { exit !(x != "" && x != "null" && x <= most && -x <= most) }' && return
    echo "the demo failed: $1 is $2, expected at most $3" >&2
    exit 1
}

rm -rf "$out"
mkdir -p "$out"

say "1. The data: ethanol at 500 and 300 K, energies and forces by GFN2-xTB (examples/data/README.md)"
run dataset info "$data/ethanol.train.xyz"

say "2. Training: a small Equiformer, $epochs times through 600 structures"
begin=$(date +%s)
run train --recipe "$data/ethanol.json" --train "$data/ethanol.train.xyz" --valid "$data/ethanol.valid.xyz" \
    --epochs "$epochs" -o "$out/run"
echo "trained in $(($(date +%s) - begin)) s"
model=$out/run/best.safetensors

say "3. How good is it? 200 structures that it has not seen"
run evaluate "$model" "$data/ethanol.test.xyz"
"$tool" evaluate --json "$model" "$data/ethanol.test.xyz" >"$out/errors.json"
expect "the error of energies in eV" "$(number "$out/errors.json" energy_mae)" $energy_limit
expect "the error of forces in eV/angstrom" "$(number "$out/errors.json" force_mae)" $force_limit

say "4. The report: learning curves, predictions against labels, errors by element"
run report "$out/run"

say "5. The model at work: a bent molecule is relaxed"
run relax "$model" "$data/ethanol.xyz" -o "$out/relaxed.xyz"

say "6. A picosecond of molecular dynamics from there, at constant energy"
run md "$model" "$out/relaxed.xyz" -o "$out/trajectory.xyz" --steps 2000 --timestep 0.5 --temperature 300 --every 250 |
    tee "$out/md.log"
expect "the drift in eV/atom/ps" "$(sed -n 's/^drift \([^ ]*\) .*/\1/p' "$out/md.log")" 1e-4
expect "the fluctuation of the energy in eV/atom" "$(sed -n 's/.* fluctuation \([^ ]*\) .*/\1/p' "$out/md.log")" 2e-4

say "7. Symmetry: the molecule rotated at random has the same energy, and forces that turn along"
"$(dirname "$tool")/examples/equivariance" "$model" "$data/ethanol.xyz"

say "All is well. The model is $model, the report $out/run/report.html"
