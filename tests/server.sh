# What the scripts share that drive a server: sourced from the top of the repository. Sets $work, a folder of the script's
# own, and ends with the script whatever it started.
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

# start COMMAND…: sets $url to where the server listens.
start() {
    : >"$work/out" # or the line of the one before is read
    "$@" >"$work/out" 2>"$work/err" &
    pid=$!
    for _ in $(seq 100); do
        url=$(sed -n 's/^listening on \(http:.*\)$/\1/p;q' "$work/out")
        [ -n "$url" ] && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/err"
    echo "not started: $*"
    exit 1
}
