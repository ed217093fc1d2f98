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
expect 200 '"expires_in":900' "$url/oauth/token" -d grant_type=password -d username=ada -d 'password=correct horse'
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

echo "-- ldap_like"
PORT=0 start "$bin/ldap_like"
expect 200 '"tokenIssuedAt":' "$url/login" -d username=ada -d 'password=correct horse'
expect 200 '^"ada"$' "$url/me" -H "Authorization: Bearer $(member token)"
expect 200 '"tokenIssuedAt":' "$url/login" -d username=cn=ada,dc=example -d 'password=correct horse'
expect 404 'Username or password is not correct' "$url/login" -d username=ada -d password=x
expect 400 'password is required' "$url/login" -d username=ada -d password=
stop

echo "-- multi_tenant"
PORT=0 start "$bin/multi_tenant"
expect 200 '"tokenIssuedAt":' -H 'Host: red.example' "$url/login" -d username=ada -d 'password=correct horse'
token=$(member token)
expect 200 '^Ada of red.example$' -H 'Host: red.example' "$url/me" -H "Authorization: Bearer $token"
expect 401 'does not hold' -H 'Host: blue.example' "$url/me" -H "Authorization: Bearer $token"
expect 200 '^Ada of blue.example$' -H 'Host: blue.example:80' "$url/me" -u 'ada:correct horse'
expect 421 '^$' "$url/me" -u 'ada:correct horse'
stop

echo "-- reverse_proxy"
cat >"$work/upstream.py" <<'UPSTREAM'
"""Says what came through."""
from http.server import BaseHTTPRequestHandler, HTTPServer


class Upstream(BaseHTTPRequestHandler):
    def do_GET(self):
        claims = self.headers.get_all("x_user") or self.headers.get("connection")
        said = f"{self.path} {self.headers.get_all('x-user')} {self.headers.get('authorization')} {claims}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Upstream)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
UPSTREAM
python3 "$work/upstream.py" >"$work/upstream.out" &
upstream=$!
trap 'kill "$upstream" 2>/dev/null || true; stop; rm -rf "$work"' EXIT
until [ -s "$work/upstream.out" ]; do kill -0 "$upstream"; sleep 0.1; done
start env PORT=0 UPSTREAM="$(cat "$work/upstream.out")" "$bin/reverse_proxy"
expect 200 '"tokenIssuedAt":' "$url/login" -d username=ada -d 'password=correct horse'
expect 200 "^/any/path\?q=1 \['ada'\] None None$" "$url/any/path?q=1" -H "Authorization: Bearer $(member token)" -H 'x-user: root' \
    -H 'X_User: root' -H 'Connection: x-user'
expect 401 'credentials are required' "$url/any/path" -H 'x-user: root'
# What is no path stays no part of the upstream's name.
expect 400 '^$' -X OPTIONS --request-target '*' "$url/" -u 'ada:correct horse'
kill "$upstream"
wait "$upstream" 2>/dev/null || true
expect 502 '^$' "$url/any/path" -u 'ada:correct horse'
stop
trap 'stop; rm -rf "$work"' EXIT

echo "-- roles"
PORT=0 start "$bin/roles"
expect 200 '^ada' "$url/admin/users" -u 'ada:correct horse'
expect 403 'do not cover this request' "$url/admin/users" -u 'alan:correct horse'
expect 204 '^$' -X DELETE "$url/posts/7" -u 'alan:correct horse'
expect 403 'do not cover this request' -X DELETE "$url/posts/7" -u 'ada:correct horse'
stop

echo "-- sqlite"
start env PORT=0 DATABASE_URL="sqlite:$work/users.db?mode=rwc" "$bin/sqlite"
expect 200 '^\{"jwt":".*","user":\{"id":1,"username":"ada","email":"ada@example.com","blocked":false\}\}$' \
    "$url/auth/local" -d identifier=ada@example.com -d 'password=correct horse'
expect 200 '^"ada"$' "$url/me" -H "Authorization: Bearer $(member jwt)"
expect 200 '^"ada"$' "$url/me" -u 'ada:correct horse'
stop

echo "-- websocket"
PORT=0 start "$bin/websocket"
expect 200 '"expires_in":10' -X POST "$url/auth/ticket" -u 'ada:correct horse'
ticket=$(member ticket)
open=(-N -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
# It stays open, so curl ends it.
greeted=$(curl -sS --max-time 2 -w '%{http_code}' "${open[@]}" "$url/ws?ticket=$ticket" 2>/dev/null | tr -d '\0' || true)
[[ $greeted == *"hello, Ada"*101 ]] || { echo "FAILED: a WebSocket by ticket: $greeted"; exit 1; }
echo "ok: 101 $url/ws?ticket=…"
expect 401 'no longer valid' "${open[@]}" "$url/ws?ticket=$ticket"
expect 401 'credentials are required' "${open[@]}" "$url/ws"
stop

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
expect 200 '^\[\{"id":"[0-9a-f]{32}","issued_at":[0-9]+,"refreshed_at":null,"label":"curl' "$url/me/sessions" -H "Authorization: Bearer $token"
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
