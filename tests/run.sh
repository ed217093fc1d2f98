#!/usr/bin/env bash
# Every test, with its set-up, on a Debian machine that has Rust. Ends with the test runner's own summary.
set -euo pipefail
. "$(dirname "$0")/steps.sh"
cd "$(dirname "$0")/.."

# aws-lc-rs is built from C; the examples are driven with curl; the tests start servers of their own.
missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v curl >/dev/null || missing+=(curl)
command -v redis-server >/dev/null || missing+=(redis-server)
command -v openssl >/dev/null || missing+=(openssl)
command -v python3 >/dev/null || missing+=(python3)
if [ ${#missing[@]} -gt 0 ]; then
    sudo=$(command -v sudo || true)
    $sudo apt-get update -q
    $sudo apt-get install -qy --no-install-recommends "${missing[@]}"
fi

step "the figures of docs/scaling.md, and the simulation behind them"
python3 docs/scaling.py --check

step "docs/performance.md is made of the stored results, and the default features of at most 60 crates"
python3 docs/performance.py --check
benches/size.sh --crates

step "examples, started and driven as their headers say"
cargo build --locked --examples
tests/examples.sh

step "published clients against the reference example"
tests/clients/run.sh

step "the OpenAPI document, fuzzed"
tests/clients/openapi.sh

step "unit, integration and documentation tests, with every feature"
cargo test --locked -p tower-auth --all-features

step "sessions, throttle and flights in any order of their threads"
ORDERS=100 tests/interleavings.sh

step "three servers over one database and one Redis, killed and restarted; old systems, taken over; other stacks; other verifiers; mistakes; public items"
cargo test --locked -p tower-auth-compile-fail -p tower-auth-differential -p tower-auth-fleet-test -p tower-auth-migrate-test -p tower-auth-stacks -p tower-auth-surface
