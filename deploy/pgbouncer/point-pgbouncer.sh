#!/bin/sh
# Leads a PgBouncer to the databases of a site, as the command of an endpoint in the estate file (routing.endpoints):
#
#   command: [deploy/pgbouncer/point-pgbouncer.sh, '{site}']
#
# pgbouncer.ini has the line `%include databases.ini`, and beside it lies one file a site, databases.SITE.ini, with the section
# [databases] as it is when that site is active. From the environment (the endpoint's `secrets`, or the service's own):
#   PGBOUNCER_DIR      the folder of these files
#   PGBOUNCER_CONSOLE  how its console is reached, as psql takes it: "host=... port=6432 dbname=pgbouncer user=..."
#   PSQL               the client (psql unless set)
#   DR_EPOCH           given by the failover service: an order of an epoch that is over is refused
#
# Nothing is done by halves: it ends with 0 only when no server connection leads anywhere else. Sessions that hang on a server which
# says nothing are cut; their clients connect again.
set -eu

site=${1:?usage: point-pgbouncer.sh SITE}
cd "${PGBOUNCER_DIR:?is not set}"
target=databases.$site.ini
[ -r "$target" ] || { echo "there is no $target in $PGBOUNCER_DIR" >&2; exit 1; }

epoch=${DR_EPOCH:-0}
heard=$(cat epoch 2>/dev/null || echo 0)
[ "$epoch" -ge "$heard" ] || { echo "epoch $epoch is over: epoch $heard was heard" >&2; exit 1; }
printf '%s\n' "$epoch" >epoch.new && mv epoch.new epoch

console() { "${PSQL:-psql}" -X -A -t -v ON_ERROR_STOP=1 -d "$PGBOUNCER_CONSOLE" -c "$1"; }

ln -sf "$target" databases.ini.new && mv -f databases.ini.new databases.ini
console RELOAD
console RECONNECT

# name|host|port|... of each database, and user-facing columns of each server connection: type|user|database|state|addr|port|...
wanted=$(console 'SHOW DATABASES' | awk -F'|' '$1 != "pgbouncer" { print $1 "|" $2 "|" $3 }')
strays() {
  console 'SHOW SERVERS' | WANTED="$wanted" awk -F'|' '
    BEGIN { n = split(ENVIRON["WANTED"], lines, "\n"); for (i = 1; i <= n; i++) { split(lines[i], f, "|"); port[f[1]] = f[3]; host[f[1]] = f[2] } }
    ($3 in port) && ($6 != port[$3] || (host[$3] ~ /^[0-9.:]+$/ && $5 != host[$3])) { print $3 }' | sort -u
}
tries=10
while [ -n "$(strays)" ] && [ "$tries" -gt 0 ]; do
  tries=$((tries - 1))
  sleep 0.1
done
for database in $(strays); do
  console "KILL $database"
  console "RESUME $database"
done
left=$(strays)
[ -z "$left" ] || { echo "connections of $left lead elsewhere still" >&2; exit 1; }
