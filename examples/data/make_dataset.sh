#!/bin/sh
# Makes ethanol.train.xyz, ethanol.valid.xyz and ethanol.test.xyz: molecular dynamics with xtb (GFN2-xTB), and energy and
# forces of its snapshots. README.md says what they are; it takes ten minutes on one core.
# usage: make_dataset.sh [DIRECTORY]     - where the files are written (the directory of this script)
# SPDX-License-Identifier: MIT
set -eu
export LC_ALL=C OMP_NUM_THREADS=1

here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "${1:-$here}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

command -v xtb >/dev/null || { echo "make_dataset.sh: xtb is not installed (Debian: apt-get install xtb)" >&2; exit 1; }

discard=50 # frames at the beginning of a run; there is one every 100 fs

# Runs xtb with these arguments; what it prints is shown if it fails.
quietly() { xtb "$@" >xtb.log 2>&1 || { tail -n 20 xtb.log >&2; exit 1; }; }

# Dynamics at temperature $1 for $2 ps, from the relaxed molecule, with the same random velocities each time.
simulate()
{
    cat >md.inp <<END
\$samerand
\$md
   temp=$1
   time=$2
   step=0.5
   dump=100
   nvt=true
   hmass=1
   shake=0
   velo=false
   sccacc=1
\$end
END
    rm -f mdrestart
    quietly start.xyz --gfn 2 --md --input md.inp
    mv xtb.trj "$1.trj"
}

# Frame $2 of the trajectory at temperature $1, labelled, on standard output. Labels belong to the positions as they are
# written; xtb gets them in Bohr, so that only the factors here count (CODATA 2018).
label()
{
    awk -v first="$(($2 * 11))" 'NR > first + 2 && NR <= first + 11 { printf "%s %.6f %.6f %.6f\n", $1, $2, $3, $4 }' \
        "$1.trj" >frame
    awk 'BEGIN { print "$coord"; bohr = 0.529177210903 }
        { printf "%.12f %.12f %.12f %s\n", $2 / bohr, $3 / bohr, $4 / bohr, tolower($1) }
        END { print "$end" }' frame >frame.coord
    quietly frame.coord --gfn 2 --grad --acc 0.1
    awk -v temperature="$1" -v time="$2" '
        FILENAME == "frame" { line[n++] = $0; next }
        !/^#/ { value[values++] = $1 } # number of atoms, energy, gradient, and more
        END {
            hartree = 27.211386245988; bohr = 0.529177210903
            if (value[0] != n || values < 2 + 3 * n) exit 1
            print n
            printf "Properties=species:S:1:pos:R:3:forces:R:3 energy=%.6f pbc=\"F F F\" ", value[1] * hartree
            printf "temperature=%d time=%.1f\n", temperature, time / 10
            for (i = 0; i < n; i++) {
                split(line[i], word)
                printf "%s %9.6f %9.6f %9.6f", word[1], word[2], word[3], word[4]
                for (a = 0; a < 3; a++) printf " %10.6f", -value[2 + 3 * i + a] * hartree / bohr
                print ""
            }
        }' frame frame.engrad
}

# Parts of the trajectory at temperature $1, one after the other in time: $2 frames to train, $3 to validate, $4 to test.
divide()
{
    frame=$discard
    for part in "train $2" "valid $3" "test $4"; do
        end=$((frame + ${part#* }))
        while [ $frame -lt $end ]; do
            label "$1" $frame >>"ethanol.${part% *}.xyz"
            frame=$((frame + 1))
        done
    done
}

tail -n +3 "$here/ethanol.xyz" | { echo 9; echo; cat; } >ethanol.xyz
quietly ethanol.xyz --gfn 2 --opt tight
mv xtbopt.xyz start.xyz
simulate 500 79.1
divide 500 500 80 160
simulate 300 21.1
divide 300 100 20 40
mv ethanol.train.xyz ethanol.valid.xyz ethanol.test.xyz "$target"
