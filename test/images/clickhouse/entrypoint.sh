#!/bin/sh
# What the official image does at start, where a stack can notice it: the owner of its data, the user and the database that
# the variables name, and the end of root.
set -eu

case "${1-}" in
  '' | --*) ;;
  *) exec "$@" ;;
esac
if [ -n "$(ls /docker-entrypoint-initdb.d)" ]; then
  echo "$0: /docker-entrypoint-initdb.d is not supported by this stand-in" >&2
  exit 1
fi

data=/var/lib/clickhouse
run=
if [ "$(id -u)" = 0 ]; then
  run='setpriv --reuid=clickhouse --regid=clickhouse --clear-groups --no-new-privs --'
  if [ "$(stat -c %u "$data")" != 101 ]; then chown -R clickhouse:clickhouse "$data"; fi
fi
# As with the official image, a database that is there is not made again, whatever the variable says now.
if [ -d "$data/store" ]; then export STAND_IN_INITIALISED=1; fi
cd "$data"
config=$data/stand-in.json
(umask 077 && node /opt/chdb/make-config.mjs "$config")
if [ -n "$run" ]; then chown clickhouse:clickhouse "$config"; fi
# Nothing after this needs the password.
unset CLICKHOUSE_PASSWORD
export UV_THREADPOOL_SIZE=32
exec $run node /opt/chdb/clickhouse-front.mjs server /opt/chdb/node_modules/chdb "$config"
