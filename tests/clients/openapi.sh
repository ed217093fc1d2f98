#!/usr/bin/env bash
# Holds the reference example to the OpenAPI document that it serves: the document is valid, and neither a fuzzing client
# that is driven by it nor bodies of our own malice get an answer that it does not know.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/clients
venv=$PWD/target/clients-venv
work=$(mktemp -d)
pid=
trap 'stop; rm -rf "$work"' EXIT

stop() {
    if [ -n "$pid" ]; then
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        pid=
    fi
}

missing=()
command -v curl >/dev/null || missing+=(curl)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
    sudo=$(command -v sudo || true)
    $sudo apt-get update -q
    $sudo apt-get install -qy --no-install-recommends "${missing[@]}"
fi

# Made once for each list of versions.
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi

cargo build --locked --example reference
cat >"$work/users.json" <<'USERS'
[{"id": 1, "username": "ada", "email": "ada@example.com", "password": "correct horse"},
 {"id": 2, "username": "barred", "password": "correct horse", "blocked": true},
 {"id": 3, "username": "new", "password": "correct horse", "confirmed": false},
 {"id": 4, "username": "errs", "password": "correct horse", "fault": "error"},
 {"id": 5, "username": "panics", "password": "correct horse", "fault": "panic"}]
USERS
# A refreshed token works on for as long as the client may take.
env LISTEN=127.0.0.1:0 AUTH_USERS="$work/users.json" AUTH_RATE=off AUTH_GRACE=300 RUST_LOG=error \
    target/debug/examples/reference >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 100); do
    url=$(sed -n 's/^listening on \(http:.*\)$/\1/p;q' "$work/out")
    [ -n "$url" ] && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
done
if [ -z "$url" ]; then
    cat "$work/err"
    echo "not started: reference"
    exit 1
fi
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 PYTHONDONTWRITEBYTECODE=1

echo "-- openapi-spec-validator"
curl -fsS "$url/openapi.json" >"$work/openapi.json"
"$venv/bin/openapi-spec-validator" "$work/openapi.json" | sed "s|^$work/||"

# Left out of schemathesis's checks, since they are about other contracts than these:
# - positive_data_acceptance: a form that satisfies the schema is refused all the same when its password is wrong;
# - unsupported_method: a method that no login is served at is a guarded route, 401 and not 405;
# - ignored_auth: a good credential on a login route proves nothing, since the form alone counts there.
# A connection that the server closed over a body it did not read is tried again on another.
fuzz() {
    local what=$1
    shift
    (cd "$work" && "$venv/bin/schemathesis" run "$url/openapi.json" --seed 20 --max-examples 30 --no-color \
        --generation-database none --request-retries 3 --warnings off --continue-on-failure \
        --exclude-checks positive_data_acceptance,unsupported_method,ignored_auth "$@") >"$work/log" 2>&1 \
        || { cat "$work/log"; return 1; }
    echo "$what: $(grep -E '^ +[0-9]+ generated' "$work/log" | xargs)"
}
echo "-- schemathesis"
fuzz 'no credentials'
fuzz 'Basic' --auth 'ada:correct horse'
token=$(curl -fsS "$url/tokens" -d login=ada -d 'password=correct horse' | sed 's/.*"token":"\([^"]*\)".*/\1/')
fuzz 'Bearer' --header "Authorization: Bearer $token"

echo "-- bodies and types that are none"
"$venv/bin/python" "$here/openapi.py" "$url"
