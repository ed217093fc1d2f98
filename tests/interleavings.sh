#!/usr/bin/env bash
# Sessions, throttle and flights in any order of their threads, as shuttle finds them: a thousand orders of each scene, or twice as many
# as ORDERS says.
set -euo pipefail
cd "$(dirname "$0")/.."

# Only the crate itself is compiled with the checker's locks (`src/sync.rs`), so nothing else is built anew.
test=$(cargo rustc --locked -p tower-auth --lib --all-features --profile test --message-format json -- --cfg shuttle |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
"$test" interleavings "$@"
