#!/usr/bin/env bash
# Changes the code that decides about tokens, requests, stores and credentials, one place at a time, and lists the changes
# that no test notices.
#
#   tests/mutations/run.sh [FILE…]
#
# A copy of the tree in target/mutations is built once, with every change in it, each behind a number: src/main.rs says how.
# `try.sh` then asks the tests about one number after the other. All of it takes some hours on two cores. What is about
# `src/store/redis` needs redis-server.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/mutations work=$PWD/target/mutations target=$PWD/target

files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git ls-files src/token src/guard.rs src/store src/credentials |
    grep '\.rs$' | grep -vE 'tests|backend/(none|rust_crypto)')

rm -rf "$work"
mkdir -p "$work/tested"
git ls-files -z | xargs -0 cp --parents -t "$work"
cargo build --locked --manifest-path "$here/Cargo.toml" --target-dir "$target"

cd "$work"
"$target/debug/tower-auth-mutations" "${files[@]}" >changes
cat >>src/lib.rs <<'RUST'

pub(crate) fn mutant(number: u32) -> bool {
    static CHOSEN: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *CHOSEN.get_or_init(|| std::env::var("MUTANT").ok().and_then(|it| it.parse().ok()).unwrap_or(0)) == number
}
RUST
cargo test --locked --quiet -p tower-auth --all-features --lib --test '*' --target-dir "$target" --no-run \
    --message-format json 2>/dev/null |
    sed -n 's/.*"kind":\["\(lib\|test\)"\].*"name":"\([a-z_]*\)".*"executable":"\([^"]*\)".*/\1 \2 \3/p' |
    while read -r kind name executable; do
        [ "$kind" = test ] || name=unit
        ln -s "$executable" "tested/$name"
    done

export TESTED=$work/tested
echo "$(wc -l <changes) changes" >&2
# What fails without a change would be taken for one that notices every change.
awk -F '\t' '{ folder = $2; sub("/[^/]*$", "", folder) } !seen[folder]++ { print $2 }' changes |
    xargs -n 1 "$here/try.sh" 0 >unchanged
! grep -v ^left unchanged >&2 || exit 1
tr '\t\n' '\0' <changes | xargs -0 -n 5 -P "$(nproc)" "$here/try.sh" >noticed

awk -F '\t' '{ folder = $4; sub("/[^/]*$", "", folder); all[folder]++; by[folder, $1]++ }
    END { for (it in all) printf "%-20s %4d changes: %4d noticed by its own tests, %4d at the door, %4d by none\n",
        it, all[it], by[it, "unit"], by[it, "door"], by[it, "left"] }' noticed | sort
grep ^left noticed | cut -f 4- | sort -t "$(printf '\t')" -k 1,1 -k 2,2n || true
