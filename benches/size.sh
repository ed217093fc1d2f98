#!/usr/bin/env bash
# What tower-auth adds to a minimal axum server: crates, processor time of a cold build, bytes of the binary.
#
#   benches/size.sh            measures, in a directory of its own that is removed; some minutes
#   benches/size.sh --save     and writes benches/size.csv
#   benches/size.sh --crates   only counts the crates of tower-auth's default features, and ends with 1 over 60
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

crates() {
    cargo tree --locked --quiet -e normal --prefix none "$@" | awk '{ print $1, $2 }' | sort -u
}

own=$(crates -p tower-auth | grep -vc '^tower-auth ')
if [ "${1:-}" = --crates ]; then
    echo "tower-auth's default features take $own crates"
    [ "$own" -le 60 ]
    exit
fi

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cp Cargo.lock rust-toolchain* "$place" 2>/dev/null || true
mkdir -p "$place"/{bare,guarded}/src
cat >"$place/Cargo.toml" <<'TOML'
[workspace]
members = ["bare", "guarded"]
resolver = "3"

[profile.release]
strip = true
TOML
for package in bare guarded; do
    cat >"$place/$package/Cargo.toml" <<'TOML'
[package]
name = "PACKAGE"
version = "0.0.0"
edition = "2024"

[dependencies]
axum = { version = "0.8", default-features = false, features = ["http1", "tokio"] }
tokio = { version = "1.45", features = ["net", "rt", "sync", "time"] }
TOML
    sed -i "s/PACKAGE/$package/" "$place/$package/Cargo.toml"
done
echo "tower-auth = { path = \"$root\" }" >>"$place/guarded/Cargo.toml"
cat >"$place/bare/src/main.rs" <<'RUST'
use axum::{Router, routing::get};

fn main() {
    let app = Router::new().route("/me", get("hello\n"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await.unwrap();
        axum::serve(listener, app).await.unwrap();
    });
}
RUST
cat >"$place/guarded/src/main.rs" <<'RUST'
use std::{convert::Infallible, env};

use axum::{Router, routing::get};
use tower_auth::{Account, AuthLayer, Query, SigningKey};

fn main() {
    let auth = AuthLayer::builder()
        .key(SigningKey::hs256(env::var("SECRET").unwrap()).unwrap())
        .key(SigningKey::rs256_pem(env::var("PEM").unwrap()).unwrap())
        .without_rate_limits()
        .build(|_: Query| async { Ok::<_, Infallible>(None::<Account<u64>>) })
        .unwrap();
    let app = Router::new().route("/me", get("hello\n")).layer(auth);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await.unwrap();
        axum::serve(listener, app).await.unwrap();
    });
}
RUST
cd "$place"
cargo metadata --format-version 1 >/dev/null 2>&1
cargo fetch --quiet 2>/dev/null || true

# Seconds of all cores together: user and system, which other work lengthens less than the clock's.
TIMEFORMAT='%U %S'
seconds() {
    { time cargo build --quiet "$@" >/dev/null 2>&1; } 2>&1 | awk '{ printf "%.0f", $1 + $2 }'
}

rows=()
row() { # what, alone, with the layer, unit; the last column is the difference
    rows+=("$1,$2,$3,$(($3 - $2)),$4")
    echo "$1: $2 alone, $3 with tower-auth, $(($3 - $2)) added${4:+ ($4)}"
}
row crates "$(crates -p bare | grep -vc '^bare ')" "$(crates -p guarded | grep -vc '^guarded ')" ""
for profile in dev release; do
    # What the server needs itself is built first, so that the second build is what comes on top.
    bare=$(seconds --profile "$profile" -p bare)
    added=$(seconds --profile "$profile" -p guarded)
    row "cold build with --profile $profile" "$bare" $((bare + added)) s
done
kilobytes() { echo $(($(stat -c %s "target/release/$1") / 1000)); }
row "release binary without symbols" "$(kilobytes bare)" "$(kilobytes guarded)" kB

if [ "${1:-}" = --save ]; then
    cd "$root"
    commit=$(git describe --always --dirty)
    model=$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1)
    {
        echo "# $model, $(nproc) cores; commit $commit; $(rustc --version)"
        echo "what,bare,guarded,added,unit"
        printf '%s\n' "${rows[@]}"
    } >benches/size.csv
fi
