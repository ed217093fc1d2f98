#!/usr/bin/env bash
# Changes the code that decides about tokens, requests, stores and credentials, one place at a time, and lists the changes
# that no test notices.
#
#   tests/mutations/run.sh [FILE…]
#
# A copy of the tree in target/mutations is built once, with every change in it, each behind a number: src/main.rs says how.
# Then each test runs once, to see which changes it comes by, and each change is chosen, for the tests that come by it. All
# of it takes some hours on two cores. The tests of `src/store/redis` need redis-server.
set -euo pipefail
export CARGO_INCREMENTAL=0
cd "$(dirname "$0")/../.."
here=$PWD/tests/mutations work=$PWD/target/mutations target=$PWD/target
tool=$target/debug/tower-auth-mutations

files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git ls-files src/token src/guard.rs src/store src/credentials |
    grep '\.rs$' | grep -vE 'tests|backend/(none|rust_crypto)')

# Cargo takes what was built of the copy for the tree's own, as long as that is older.
trap 'rm -rf "$target"/debug/.fingerprint/tower-auth-*' EXIT
rm -rf "$work"
mkdir -p "$work/tested"
git ls-files -z | xargs -0 cp --parents -t "$work"
cargo build --locked --manifest-path "$here/Cargo.toml" --target-dir "$target"

cd "$work"
"$tool" write "${files[@]}" >changes
cat "$here/chosen.rs" >>src/lib.rs
cargo test --locked --quiet -p tower-auth --all-features --lib --test '*' --target-dir "$target" --no-run \
    --message-format json 2>/dev/null |
    sed -n 's/.*"kind":\["\(lib\|test\)"\].*"name":"\([a-z_]*\)".*"executable":"\([^"]*\)".*/\1 \2 \3/p' |
    while read -r kind name executable; do
        [ "$kind" = test ] || name=unit
        ln -s "$executable" "tested/$name"
    done
# What is about the sources, and not about what they do.
rm -f tested/{compile_fail,floors,public_api,security_doc}

echo "$(wc -l <changes) changes" >&2
"$tool" ask changes "$work"/tested/* >noticed

awk -F '\t' '{ folder = $4; sub("/[^/]*$", "", folder); all[folder]++; by[folder, $1]++ }
    END { for (it in all) printf "%-20s %4d changes: %4d noticed by its own tests, %4d at the door, %4d by none\n",
        it, all[it], by[it, "unit"], by[it, "door"], by[it, "left"] }' noticed | sort
grep ^left noticed | cut -f 4- | sort -t "$(printf '\t')" -k 1,1 -k 2,2n || true
