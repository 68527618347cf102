# For check scripts, which source it: one line of TAP for each thing proved. SPDX-License-Identifier: MIT
# shellcheck shell=sh

export LC_ALL=C
failures=0

report() # name, what is wrong ("" if nothing)
{
    if [ -z "$2" ]; then
        echo "ok - $1"
        return
    fi
    failures=$((failures + 1))
    echo "not ok - $1"
    printf '%s\n' "$2" | sed 's/^/# /'
}
