#!/usr/bin/env bash
# Runs published clients, unmodified, against the reference example. Installs what they need on a Debian machine that
# has Rust; each client prints one line a check.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/server.sh
. tests/clients/setup.sh

needs curl curl
needs chromium chromium fonts-dejavu-core
needs chromedriver chromium-driver
needs node nodejs
needs npm npm
install_missing

modules=$PWD/target/clients-node
if ! cmp -s "$here/package.json" "$modules/installed.json"; then
    rm -rf "$modules"
    mkdir -p "$modules"
    cp "$here/package.json" "$modules/"
    npm install --prefix "$modules" --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
    cp "$here/package.json" "$modules/installed.json"
fi

# All of them: one alone has its dependencies with other features, which are then built anew.
cargo build --locked --examples

# The clients know the secret and the public key, as services that verify the tokens on their own do.
"$venv/bin/python" - "$work" <<'PY'
import sys
from pathlib import Path
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import rsa

folder, key = Path(sys.argv[1]), rsa.generate_private_key(65537, 2048)
private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
folder.joinpath("private.pem").write_bytes(private)
folder.joinpath("public.pem").write_bytes(public)
PY
cat >"$work/users.json" <<'USERS'
[{"id": 1, "username": "ada", "email": "ada@example.com", "phone": "13812345678", "password": "correct horse",
  "profile": {"role": {"name": "author"}, "password": "never shown"}},
 {"id": 2, "username": "alan", "email": "alan@example.com", "password": "pass:wörd:", "profile": {"city": "Zürich"}},
 {"id": 3, "username": "barred", "password": "correct horse", "blocked": true},
 {"id": 4, "username": "errs", "password": "correct horse", "fault": "error"}]
USERS
export AUTH_SECRET='only for tests: 32 bytes and then some' AUTH_PUBLIC_PEM="$work/public.pem"
start env LISTEN=127.0.0.1:0 AUTH_USERS="$work/users.json" AUTH_RS256_PEM="$work/private.pem" AUTH_TTL=5 AUTH_REFRESH_TTL=10 \
    AUTH_RATE=off RUST_LOG=warn target/debug/examples/reference

echo "-- curl"
"$here/curl.sh" "$url"
echo "-- Python: requests and PyJWT"
"$venv/bin/python" "$here/python_client.py" "$url"
echo "-- gRPC: grpcio"
"$venv/bin/python" "$here/grpc_client.py" "$url"
echo "-- JavaScript: fetch, axios and jsonwebtoken"
NODE_PATH="$modules/node_modules" node "$here/node_client.mjs" "$url"
echo "-- browser: Chromium"
"$venv/bin/python" "$here/browser.py" "$url"

# A failing lookup is in the server's log; nothing else may be.
if grep -v 'the user lookup failed' "$work/err"; then
    echo 'FAILED: the log of the server'
    exit 1
fi
kill -TERM "$pid"
wait "$pid"
pid=
echo 'ok: the server had no other trouble, and drained'
