#!/usr/bin/env bash
# Fuzzes each target, or those named, for a number of seconds, one after the other, and prints a table.
#
#   fuzz/run.sh SECONDS [TARGET…]
#
# Without the address sanitizer, which costs time and has little to look at: the crate forbids unsafe code. Debug assertions and
# overflow checks are on. What is learnt goes into fuzz/corpus, and what is found into fuzz/artifacts; neither is committed.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:?how many seconds for each target?}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls targets | sed 's/\.rs$//')

dictionary() {
    case $1 in
        authorization | basic) echo credentials ;;
        token | refresh) echo token ;;
        header | claims | json) echo json ;;
        urlencoded | multipart) echo form ;;
        service) echo request ;;
    esac
}

number() { sed -n "s/^stat::$1: *//p" "$log"; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
printf '%-14s %12s %9s %9s %8s %9s\n' target executions exec/s coverage corpus findings
for target in "${targets[@]}"; do
    mkdir -p "corpus/$target"
    echo "$target: to be built, and then run for $seconds seconds" >&2
    cargo +nightly fuzz run --sanitizer none "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -dict="dictionaries/$(dictionary "$target").dict" -max_len=1024 -timeout=10 \
        -print_final_stats=1 >"$log" 2>&1 || { failed=1 && grep -m 1 -A 3 panicked "$log" >&2; tail -n 40 "$log" >&2; }
    findings=$(find "artifacts/$target" -type f 2>/dev/null | wc -l)
    coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | tr -dc 0-9 || true)
    printf '%-14s %12s %9s %9s %8s %9s\n' "$target" "$(number number_of_executed_units)" \
        "$(number average_exec_per_sec)" "${coverage:--}" "$(find "corpus/$target" -type f | wc -l)" "$findings"
done
exit "$failed"
