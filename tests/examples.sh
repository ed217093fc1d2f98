#!/usr/bin/env bash
# Starts each example on a free port and drives it as its header says.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=target/debug/examples
. tests/server.sh

# expect STATUS PATTERN CURL-ARGUMENTS…: leaves the body in $body.
expect() {
    local status=$1 pattern=$2 got
    shift 2
    got=$(curl -sS -o "$work/body" -w '%{http_code}' "$@")
    body=$(cat "$work/body")
    if [ "$got" != "$status" ] || ! grep -qE "$pattern" <<<"$body"; then
        echo "FAILED: curl $*"
        echo "  expected $status $pattern"
        echo "  got      $got $body"
        exit 1
    fi
    echo "ok: $got $*" | cut -c1-120
}

# call GRPC-STATUS PATTERN PATH CURL-ARGUMENTS…: sends an empty message by gRPC; the pattern is of the answer's bytes.
call() {
    local status=$1 pattern=$2 path=$3 got message=(-X POST)
    shift 3
    # Not with a call to be refused: curl 7.88 reports an error when the answer overtakes the message.
    [ "$status" != 0 ] || message=(--data-binary "@$work/message")
    curl -sS --http2-prior-knowledge -H 'content-type: application/grpc' "${message[@]}" "$@" \
        -D "$work/fields" -o "$work/body" "$url/$path"
    got=$(tr -d '\r' <"$work/fields" | sed -n 's/^grpc-status: *//p')
    if [ "$got" != "$status" ] || ! grep -qaE "$pattern" "$work/body" "$work/fields"; then
        echo "FAILED: $path $*"
        echo "  expected $status $pattern"
        cat -v "$work/fields" "$work/body"
        exit 1
    fi
    echo "ok: grpc-status $got $path $*" | cut -c1-120
}

# member NAME: the text of a member of $body.
member() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$body"
}

echo "-- axum"
PORT=0 start "$bin/axum"
expect 200 '^\{"jwt":".*","user":\{"id":1' "$url/auth/local" -d identifier=ada@example.com -d 'password=correct horse'
expect 200 '"tokenIssuedAt":' "$url/login" -F username=alan -F 'password=correct horse'
expect 200 '"isSuccess":true' -X POST "$url/api/auth/token" -u 'grace:correct horse'
expect 200 '"isSuccess":true' -X POST "$url/api/auth/token" -H "Authorization: Bearer $(member token)"
expect 200 '^\{"id":3,"username":"grace"' "$url/me" -H "Authorization: Bearer $(member token)"
expect 201 '"refresh_ttl":40320' "$url/tokens" -H 'Content-Type: application/json' -d '{"login":"ada","password":"correct horse"}'
expect 201 '"ttl":20160' -X PATCH "$url/tokens/$(member token)"
expect 200 '^\{"id":1,"username":"ada"' "$url/users/me" -H "Authorization: Bearer $(member token)"
expect 200 '^\{"id":1,"username":"ada"' "$url/me" -u 'ada:correct horse'
expect 200 '^ok$' "$url/health"
expect 200 '^\{"openapi":"3\.1\..*"/auth/local":' "$url/openapi.json"
expect 401 'credentials are required' "$url/me"
expect 404 'Username or password is not correct' "$url/login" -d username=nobody -d password=x
stop

echo "-- custom_dialect"
PORT=0 start "$bin/custom_dialect"
expect 200 '"token_type":"Bearer","expires_in":900' "$url/oauth/token" -d grant_type=password -d username=ada -d 'password=correct horse'
expect 200 '^Ada$' "$url/me" -H "Authorization: Bearer $(member access_token)"
expect 400 'invalid_grant' "$url/oauth/token" -d username=ada -d password=x
expect 401 'credentials are required' -X POST "$url/login" -d username=ada -d 'password=correct horse'
stop

echo "-- hyper"
PORT=0 start "$bin/hyper"
expect 200 '"tokenIssuedAt":' "$url/login" -d username=ada -d 'password=correct horse'
expect 200 '^hello, Ada$' "$url/" -H "Authorization: Bearer $(member token)"
expect 200 '^hello, Ada$' --http2-prior-knowledge "$url/" -u 'ada:correct horse'
expect 401 'credentials are required' "$url/"
kill -INT "$pid"
wait "$pid"
pid=
echo "ok: ended by Ctrl-C"

echo "-- tonic"
printf '\0\0\0\0\0' >"$work/message"
PORT=0 start "$bin/tonic"
expect 200 '"tokenIssuedAt":' "$url/login" -d username=ada -d 'password=correct horse'
call 0 'ada.*bearer' whoami.v1.Whoami/Get -H "Authorization: Bearer $(member token)"
call 0 'ada.*basic' whoami.v1.Whoami/Get -u 'ada:correct horse'
call 0 . whoami.v1.Whoami/Count -u 'ada:correct horse'
call 16 'grpc-message: credentials are required' whoami.v1.Whoami/Get
call 16 'grpc-message: the user-id or the password is wrong' whoami.v1.Whoami/Watch -u ada:x
call 0 . grpc.health.v1.Health/Check
expect 200 '^AAAAAA8KATESA2FkYRoFYmFzaWM=' "$url/whoami.v1.Whoami/Get" -u 'ada:correct horse' -d AAAAAAA= \
    -H 'content-type: application/grpc-web-text' -H 'accept: application/grpc-web-text'
expect 401 'credentials are required' "$url/whoami.v1.Whoami/Get"
curl -sSN --http2-prior-knowledge -H 'content-type: application/grpc' --data-binary "@$work/message" -u 'ada:correct horse' \
    -o "$work/watched" "$url/whoami.v1.Whoami/Watch" &
watch=$!
until grep -qsa ada "$work/watched"; do kill -0 "$watch"; sleep 0.1; done
kill -INT "$pid"
wait "$pid" "$watch"
pid=
echo "ok: Ctrl-C ended a watch and the server"

echo "-- reference"
cat >"$work/users.json" <<'USERS'
[{"id": 7, "username": "duane15", "email": "d@example.com", "password": "pw", "profile": {"tel": "x", "password": "y"}},
 {"id": "e", "username": "errs", "password": "pw", "fault": "error"},
 {"id": "p", "username": "panics", "password": "pw", "fault": "panic"},
 {"id": "s", "username": "hangs", "password": "pw", "fault": "slow"}]
USERS
export AUTH_USERS="$work/users.json" LISTEN=127.0.0.1:0 AUTH_ISSUER=me AUTH_LIKE=tokens AUTH_DISCLOSE=1 AUTH_TTL=5 \
    AUTH_REFRESH_TTL=10 AUTH_GRACE=0 AUTH_LOOKUP_TIMEOUT=1 AUTH_RATE=off AUTH_LOGOUT=1 AUTH_MAX_SESSIONS=2
start "$bin/reference"
expect 200 '"status":"ok"' "$url/health"
expect 401 'Unauthenticated' "$url/metrics"
expect 201 '"user":\{.*"tel":"x"\},"ttl":5,"refresh_ttl":10\}$' "$url/tokens" -d login=duane15 -d password=pw
first=$(member token)
expect 201 '^\{"token":"[^"]*","ttl":5,"refresh_ttl":10\}$' -X PATCH "$url/tokens/$first"
second=$(member token)
expect 200 '^\{"inner":true,"method":"PUT","path":"/a/b","scheme":"bearer","user":\{.*"username":"duane15"\}$' \
    --http2-prior-knowledge -X PUT "$url/a/b?c=d" -H "Authorization: Bearer $second"
expect 401 'Unauthenticated' "$url/users/me" -H "Authorization: Bearer $first"
expect 401 'blacklisted' -X PATCH "$url/tokens/$first"
expect 401 'Unauthenticated' "$url/users/me" -H "Authorization: Bearer $second"
expect 201 '"token"' "$url/tokens" -d login=duane15 -d password=pw
third=$(member token)
expect 201 '"token"' "$url/tokens" -d login=duane15 -d password=pw
fourth=$(member token)
expect 204 '^$' -X DELETE "$url/tokens/$third"
expect 204 '^$' -X DELETE "$url/tokens" -H "Authorization: Bearer $third"
expect 401 'Unauthenticated' "$url/users/me" -H "Authorization: Bearer $third"
expect 200 '^\{"id":7' "$url/users/me" -H "Authorization: Bearer $fourth"
expect 200 '^\{"ok":true\}$' -X POST "$url/auth/logout" -H "Authorization: Bearer $fourth"
expect 401 'Unauthenticated' "$url/users/me" -H "Authorization: Bearer $fourth"
for session in 1 2 3; do
    expect 201 '"token"' "$url/tokens" -d login=duane15 -d password=pw
    eval "session_$session=$(member token)"
done
expect 401 'Unauthenticated' "$url/users/me" -H "Authorization: Bearer $session_1"
expect 200 '^\{"id":7' "$url/users/me" -H "Authorization: Bearer $session_2"
expect 200 '^\{"message":"Logged out"\}$' "$url/logout" -H "Authorization: Bearer $session_3"
expect 200 '^\{"id":7' "$url/users/me" -u duane15:pw
expect 404 '用户不存在' "$url/tokens" -d login=nobody -d password=pw
for user in errs panics hangs; do
    expect 500 'internal server error' "$url/login" -d "username=$user" -d password=pw
    expect 503 'Service Unavailable' "$url/users/me" -u "$user:pw"
done
kill -TERM "$pid"
wait "$pid"
pid=
echo "ok: drained on SIGTERM"
AUTH_THROTTLE=2/60/30 AUTH_METRICS=1 start "$bin/reference"
expect 400 'Password is not correct' "$url/login" -d username=duane15 -d password=x
expect 401 'Unauthenticated' "$url/users/me" -u duane15:x
expect 429 'Too many attempts' "$url/login" -d username=duane15 -d password=pw
expect 429 'Too Many Attempts' "$url/users/me" -u duane15:pw
expect 200 '^tower_auth_throttled_total\{limit="failures"\} 2$' "$url/metrics"
stop

redis-server --port 0 --unixsocket "$work/redis" --save '' >"$work/redis.out" &
redis=$!
trap 'kill "$redis" 2>/dev/null || true; stop; rm -rf "$work"' EXIT
until [ -S "$work/redis" ]; do kill -0 "$redis"; sleep 0.1; done
export AUTH_REDIS="redis+unix://$work/redis" AUTH_SECRET=two-servers-share-this-secret-of-46-characters AUTH_MAX_SESSIONS=
start "$bin/reference"
expect 201 '"token"' "$url/tokens" -d login=duane15 -d password=pw
kept=$(member token)
expect 201 '"token"' "$url/tokens" -d login=duane15 -d password=pw
revoked=$(member token)
expect 204 '^$' -X DELETE "$url/tokens/$revoked"
stop
start "$bin/reference"
expect 401 'Unauthenticated' "$url/users/me" -H "Authorization: Bearer $revoked"
expect 200 '^\{"id":7' "$url/users/me" -H "Authorization: Bearer $kept"
kill "$redis"
wait "$redis"
expect 503 'unavailable at the moment' -X PATCH "$url/tokens/$kept"
expect 503 'unavailable at the moment' -X DELETE "$url/tokens/$kept"
expect 401 'Unauthenticated' "$url/users/me" -H "Authorization: Bearer $revoked"
expect 200 '^\{"id":7' "$url/users/me" -H "Authorization: Bearer $kept"
expect 201 '"token"' "$url/tokens" -d login=duane15 -d password=pw
stop
echo "ok: another server knows what was revoked, and both do without Redis for a while"

echo "-- fleet"
openssl genrsa -out "$work/key.pem" 2048 2>/dev/null
redis-server --port 0 --unixsocket "$work/fleet-redis" --save '' >"$work/redis.out" &
redis=$!
until [ -S "$work/fleet-redis" ]; do kill -0 "$redis"; sleep 0.1; done
export AUTH_REDIS="redis+unix://$work/fleet-redis" AUTH_RS256_PEM="$work/key.pem" DATABASE_URL="sqlite:$work/fleet.db?mode=rwc"
PORT=0 start "$bin/fleet"
expect 201 '"user":\{"id":1,"username":"ada"' "$url/tokens" -d login=ada -d 'password=correct horse'
expect 200 '^\{"id":1,"username":"ada"' "$url/me" -H "Authorization: Bearer $(member token)"
expect 200 '^\{"jwt":".*"id":3' "$url/auth/local" -d identifier=grace@example.com -d 'password=correct horse'
expect 201 '"token"' "$url/tokens" -d login=alan -d 'password=correct horse'
token=$(member token)
expect 200 '^\[\{"id":"[0-9a-f]{32}","since":[0-9]+,"refreshed":null,"client":"curl' "$url/me/sessions" -H "Authorization: Bearer $token"
expect 404 '^$' -X DELETE "$url/me/sessions/00000000000000000000000000000000" -u 'alan:correct horse'
expect 204 '^$' -X POST "$url/me/logout-everywhere" -u 'alan:correct horse'
expect 401 'no longer valid' "$url/me" -H "Authorization: Bearer $token"
expect 204 '^$' -X PUT "$url/me/password" -u 'ada:correct horse' -d 'battery staple'
expect 401 'password is wrong' "$url/me" -u 'ada:correct horse'
kill -TERM "$pid"
wait "$pid"
pid=
start env PORT=0 "$bin/fleet"
expect 200 '^\{"id":1,"username":"ada"' "$url/me" -u 'ada:battery staple'
stop
kill "$redis"
echo "ok: a server that is started again knows its users, and drained on SIGTERM"
