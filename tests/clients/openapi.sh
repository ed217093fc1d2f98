#!/usr/bin/env bash
# Holds the reference example to the OpenAPI document that it serves: the document is valid, and neither a fuzzing client
# that is driven by it nor bodies of our own malice get an answer that it does not know. Twice: as it is by itself, and with
# every source of tokens and every logout.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/server.sh
. tests/clients/setup.sh

needs curl curl
install_missing

# All of them: one alone has its dependencies with other features, which are then built anew.
cargo build --locked --examples
cat >"$work/users.json" <<'USERS'
[{"id": 1, "username": "ada", "email": "ada@example.com", "password": "correct horse"},
 {"id": 2, "username": "barred", "password": "correct horse", "blocked": true},
 {"id": 3, "username": "new", "password": "correct horse", "confirmed": false},
 {"id": 4, "username": "errs", "password": "correct horse", "fault": "error"},
 {"id": 5, "username": "panics", "password": "correct horse", "fault": "panic"}]
USERS
# A refreshed token works on for as long as the client may take, and a client that makes up passwords is not shut out with its network.
reference() {
    start env LISTEN=127.0.0.1:0 AUTH_USERS="$work/users.json" AUTH_RATE=off AUTH_THROTTLE=off AUTH_GRACE=300 RUST_LOG=error "$@" \
        target/debug/examples/reference
    echo "-- openapi-spec-validator"
    curl -fsS "$url/openapi.json" >"$work/openapi.json"
    "$venv/bin/openapi-spec-validator" "$work/openapi.json" | sed "s|^$work/||"
}

token() {
    curl -fsS "$url/tokens" -d login=ada -d 'password=correct horse' | sed 's/.*"token":"\([^"]*\)".*/\1/'
}

# Left out of schemathesis's checks, since they are about other contracts than these:
# - positive_data_acceptance: a form that satisfies the schema is refused all the same when its password is wrong;
# - unsupported_method: a method that no login is served at is a guarded route, 401 and not 405;
# - ignored_auth: a good credential on a login route proves nothing, since the form alone counts there.
# A connection that the server closed over a body it did not read is tried again on another.
fuzz() {
    local what=$1
    shift
    (cd "$work" && "$venv/bin/schemathesis" run "$url/openapi.json" --seed 20 --max-examples "$examples" --no-color \
        --generation-database none --request-retries 3 --warnings off --continue-on-failure \
        --exclude-checks positive_data_acceptance,unsupported_method,ignored_auth "$@") >"$work/log" 2>&1 \
        || { cat "$work/log" "$work/err"; return 1; }
    echo "$what: $(grep -E '^ +[0-9]+ generated' "$work/log" | xargs)"
}

reference
examples=30
echo "-- schemathesis"
fuzz 'no credentials'
fuzz 'Basic' --auth 'ada:correct horse'
fuzz 'Bearer' --header "Authorization: Bearer $(token)"

echo "-- bodies and types that are none"
"$venv/bin/python" "$here/openapi.py" "$url" bodies
stop

echo "-- with every source"
reference AUTH_LOGOUT=1 \
    AUTH_SOURCES=bare,header:x-access-token,query:access_token,cookie:token,websocket,ticket:/auth/ticket
examples=10
# Not the phase that follows tokens from answer to answer: `auth_token` has one token a second for a user (its claims have no
# `jti`), and after the third logout in one second it has none that would count, which is its documented 503.
alone=(--phases examples,coverage,fuzzing)
echo "-- schemathesis"
fuzz 'no credentials' "${alone[@]}"
# Nor what ends the token that the rest is sent with.
fuzz 'a cookie' "${alone[@]}" --exclude-path-regex /logout --exclude-method DELETE --header "Cookie: token=$(token)"

echo "-- credentials of every source, alone and in pairs"
"$venv/bin/python" "$here/openapi.py" "$url" credentials
