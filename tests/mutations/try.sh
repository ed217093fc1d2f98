#!/usr/bin/env bash
# Asks the tests about one change until one of them fails, and prints who noticed: `run.sh` calls it.
#
#   try.sh NUMBER FILE LINE FUNCTION CHANGE
set -uo pipefail
export MUTANT=$1 RUST_BACKTRACE=0 PROPTEST_CASES=16
change=$(IFS=$'\t' && echo "$*") file=$2 by=-
ulimit -t 60
said=$(mktemp)
trap 'rm -f "$said"' EXIT

# These take seconds, and are asked last.
slow=(generated_keys keys_that_crowd many_strangers s10_ s11_ s43_one_winner s43_readers s47_a_used s51_ s53_ s57_ s62_ s63_a_hundred s64_)

of_its_own() { case $file in
    src/guard.rs) echo guard:: ;;
    src/*/*) file=${file#src/} && file=${file%/*} && echo "${file//\//::}::" ;;
esac }

at_the_door() { case $file in
    src/token/*) echo auth_token tickets errors tokens bad_requests/claims,jose,keys,signatures keys token_cache ;;
    src/guard.rs) echo guard cookie token_cache tickets basic_cache bad_requests/basic,preflights observability ;;
    src/credentials/*) echo sources cookie errors tickets bad_requests/authorization,cookies,heads,queries,websockets guard ;;
    src/store/sessions/*) echo stores/memory:: revocation session_limit logout auth_local ;;
    src/store/throttle/*) echo stores/memory:: login throttle ;;
    src/store/redis/*) echo stores/redis:: redis ;;
esac }

# Whoever takes a minute of a processor has lost its way, which is noticed too; so has whoever waits for ten.
fails() {
    { timeout 600 "$@" 2>/dev/null && echo passed; } | grep -m1 -E '^test .* FAILED$|^passed$' >"$said"
    case $(cat "$said") in
        passed) return 1 ;;
        test*) by=$(cut -d ' ' -f 2 "$said") ;;
        *) by=time ;;
    esac
}

ends() { printf '%s\t%s\t%s\n' "$1" "$by" "$change" && exit; }

tests=$TESTED/unit
fails "$tests" "$(of_its_own)" "${slow[@]/#/--skip=}" && ends unit
for door in $(at_the_door); do
    IFS=/, read -r -a asked <<<"$door"
    fails "$TESTED/$asked" "${asked[@]:1}" "${slow[@]/#/--skip=}" && ends door
done
fails "$tests" "$(of_its_own)" && ends unit
for door in $(at_the_door); do
    fails "$TESTED/${door%/*}" "${slow[@]}" && ends door
done
ends left
