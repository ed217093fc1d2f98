# What the scripts of published clients share: sourced from the top of the repository. Installs what is missing on a Debian
# machine, and keeps the packages of PyPI in $venv.
here=tests/clients
venv=$PWD/target/clients-venv
missing=()

# Has the client that CLIENT names, or is missing PACKAGES.
needs() {
    local client=$1
    shift
    command -v "$client" >/dev/null || missing+=("$@")
}

install_missing() {
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    if [ ${#missing[@]} -gt 0 ]; then
        local sudo
        sudo=$(command -v sudo || true)
        $sudo apt-get update -q
        $sudo apt-get install -qy --no-install-recommends "${missing[@]}"
    fi
    # Made once for each list of versions, which is copied when all of it is there.
    if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
        cp "$here/requirements.txt" "$venv/requirements.txt"
    fi
}

export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 PYTHONDONTWRITEBYTECODE=1
