#!/usr/bin/env bash
# Makes what the five old systems left behind: tables as their databases export them, hashes and tokens by their own
# libraries. Not part of the tests, which read what stands in the folders: run it to make all of it anew, on a Debian machine
# with node, php-cli, python3-venv, sqlite3, mariadb-server and postgresql. A token has a fixed `iat`, 1699990000 or thereabouts.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
step() { echo "== $*"; }

step "1/7 the libraries"
npm install --prefix "$work/3" --no-audit --no-fund --ignore-scripts --loglevel=error \
    bcryptjs@2.4.3 jsonwebtoken@8.5.1 lodash@4.17.21 bson@4.7.2
npm install --prefix "$work/4" --no-audit --no-fund --ignore-scripts --loglevel=error bcryptjs@2.4.3 jsonwebtoken@9.0.0 lodash@4.17.21
# The plug-ins themselves, without all that they draw in.
for plugin in 3/node_modules/strapi-plugin-users-permissions=strapi-plugin-users-permissions@3.6.11 \
    4/node_modules/@strapi/plugin-users-permissions=@strapi/plugin-users-permissions@4.25.9; do
    mkdir -p "$work/${plugin%%=*}"
    tar -xzf "$work/$(cd "$work" && npm pack --silent "${plugin#*=}")" -C "$work/${plugin%%=*}" --strip-components 1
done
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check argon2-cffi==25.1.0 bcrypt==5.0.0 'PyJWT[crypto]==2.15.1'

step "2/7 Strapi 3"
cd "$here/strapi_3"
NODE_PATH="$work/3/node_modules" node make.cjs

step "3/7 Strapi 4"
cd "$here/strapi_4"
NODE_PATH="$work/4/node_modules" node make.cjs | sqlite3 "$work/data.db"
sqlite3 "$work/data.db" '.dump up_users' >users.sql

step "4/7 Express"
cd "$here/express"
NODE_PATH="$work/3/node_modules" node make.cjs

step "5/7 ThinkSNS Plus: PHP"
cd "$here/thinksns"
php make.php >"$work/thinksns.sql"

step "6/7 ThinkSNS Plus: MariaDB"
mariadb-install-db --no-defaults --datadir="$work/maria" --auth-root-authentication-method=normal --user=root >"$work/maria.log" 2>&1
mariadbd --no-defaults --user=root --datadir="$work/maria" --socket="$work/maria.sock" --skip-networking 2>>"$work/maria.log" &
until mariadb-admin --no-defaults -uroot --socket="$work/maria.sock" ping >/dev/null 2>&1; do sleep 0.2; done
mariadb --no-defaults -uroot --socket="$work/maria.sock" -e 'CREATE DATABASE plus CHARACTER SET utf8mb4'
mariadb --no-defaults -uroot --socket="$work/maria.sock" --default-character-set=utf8mb4 plus <"$work/thinksns.sql"
mariadb-dump --no-defaults -uroot --socket="$work/maria.sock" --skip-dump-date plus users >users.sql

step "7/7 Spring Boot"
cd "$here/spring"
"$work/venv/bin/python" make.py >"$work/spring.sql"
pg=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
chmod 711 "$work"
install -d -o postgres "$work/pg"
as_postgres() { runuser -u postgres -- "$@"; }
as_postgres "$pg/initdb" -D "$work/pg/data" -E UTF8 >"$work/pg.log"
as_postgres "$pg/pg_ctl" -D "$work/pg/data" -w -o "-c listen_addresses= -k $work/pg" -l "$work/pg/log" start >"$work/pg.log"
as_postgres psql -q -h "$work/pg" postgres <"$work/spring.sql"
as_postgres pg_dump -h "$work/pg" --inserts --table users postgres >users.sql
as_postgres "$pg/pg_ctl" -D "$work/pg/data" -m fast stop >"$work/pg.log"
echo "all made"
