# For check scripts that run the tool, which source it with the directory of what was built as $1: where the tool is, a
# directory to work in, and what can be wrong with a run. SPDX-License-Identifier: MIT
# shellcheck shell=sh

. tests/tap.sh

# shellcheck disable=SC2034 # for those who source it
build=$1
tool=$build/equiformer
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs the tool; $work/out and $work/err have what it wrote, $status the exit status.
run()
{
    status=0
    "$tool" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

# What is wrong unless the last run ended well, with nothing on standard error.
wrong_success()
{
    [ "$status" = 0 ] || echo "exit status $status"
    cat "$work/err"
}

# What is wrong unless it failed with status $1 and one line on standard error that contains $2.
wrong_failure()
{
    [ "$status" = "$1" ] || echo "exit status $status, expected $1"
    [ "$(wc -l <"$work/err")" = 1 ] || echo "$(wc -l <"$work/err") lines on standard error, expected 1"
    grep -qF -- "$2" "$work/err" || echo "expected: $2, standard error: $(cat "$work/err")"
}

fails() # name, status, text, arguments: that run fails so
{
    name=$1 expected=$2 text=$3
    shift 3
    run "$@"
    report "$name" "$(wrong_failure "$expected" "$text")"
}

# The value of the key $1, a number or a list, in lines of JSON on standard input; numbers are separated by blanks.
value() { sed -n "s/.*\"$1\": \\(\\[[^]]*\\]\\|[^,}]*\\).*/\\1/p" | tr -d '[],'; }

# Fails to be silent unless the condition of awk holds, in which the words of $1 are $1, $2, ..
holds() { echo "$1" | awk "{ if (!($2)) print \"not so: $2, of \" \$0 }" 2>&1; }

differ() { cmp -s "$1" "$2" || diff "$1" "$2" | head -n 10; }
