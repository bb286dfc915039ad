#!/bin/bash
# What the official postgres image does at start, where a stack can notice it. Where its versions differ, the stricter way
# is taken, so that what runs here runs there.
set -euo pipefail

complain() { echo "$*" >&2; exit 1; }

# value_of NAME DEFAULT: the variable, or what the file says that NAME_FILE names; both is a mistake.
value_of() {
  local name=$1 file="${1}_FILE"
  if [[ -n ${!name:-} && -n ${!file:-} ]]; then complain "error: both $name and $file are set"; fi
  if [[ -n ${!file:-} ]]; then cat "${!file}"; else printf '%s' "${!name:-$2}"; fi
}

# `docker run IMAGE -c name=value` means postgres.
if [[ ${1:-} == -* ]]; then set -- postgres "$@"; fi
if [[ ${1:-} != postgres ]]; then exec "$@"; fi

# Files are read here, as root: the user postgres may not be able to.
POSTGRES_PASSWORD=$(value_of POSTGRES_PASSWORD '')
POSTGRES_USER=$(value_of POSTGRES_USER postgres)
POSTGRES_DB=$(value_of POSTGRES_DB "$POSTGRES_USER")
POSTGRES_INITDB_ARGS=$(value_of POSTGRES_INITDB_ARGS '')
export POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS
unset POSTGRES_PASSWORD_FILE POSTGRES_USER_FILE POSTGRES_DB_FILE POSTGRES_INITDB_ARGS_FILE

mkdir -p "$PGDATA"
if [[ $(id -u) == 0 ]]; then
  chmod 700 "$PGDATA"
  find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres {} +
  exec setpriv --reuid=postgres --regid=postgres --clear-groups --no-new-privs -- "$0" "$@"
fi
chmod 700 "$PGDATA" 2>/dev/null || true

sql() { PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" "$@"; }

# shellcheck disable=SC1090 # files of whoever runs the image
run_file() {
  case "$1" in
    *.sh) if [[ -x $1 ]]; then "$1"; else . "$1"; fi ;;
    *.sql) sql --dbname "$POSTGRES_DB" -f "$1" ;;
    *.sql.gz) gunzip -c "$1" | sql --dbname "$POSTGRES_DB" ;;
    *) echo "$0: ignoring $1" ;;
  esac
}

make_cluster() {
  local host_auth=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256} file
  if [[ -z $POSTGRES_PASSWORD && $host_auth != trust ]]; then
    complain 'error: POSTGRES_PASSWORD is not set, and POSTGRES_HOST_AUTH_METHOD is not trust'
  fi
  # The arguments of initdb are words for a shell, as with the official image.
  eval "initdb --username=\"\$POSTGRES_USER\" --pwfile=<(printf '%s\\n' \"\$POSTGRES_PASSWORD\") $POSTGRES_INITDB_ARGS"
  printf '\nhost all all all %s\n' "$host_auth" >>"$PGDATA/pg_hba.conf"
  export PGPASSWORD=$POSTGRES_PASSWORD
  # No TCP: whoever connects from outside must not take this server for the real one.
  pg_ctl -D "$PGDATA" -w start -o "$(printf '%q ' "${@:2}" -c "listen_addresses=" -p "${PGPORT:-5432}")"
  if [[ -z $(sql --dbname postgres --tuples-only --set db="$POSTGRES_DB" <<<"select 1 from pg_database where datname = :'db'") ]]; then
    sql --dbname postgres --set db="$POSTGRES_DB" <<<'create database :"db"'
  fi
  for file in /docker-entrypoint-initdb.d/*; do
    if [[ -e $file ]]; then run_file "$file"; fi
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD
}

if [[ ! -s $PGDATA/PG_VERSION ]]; then make_cluster "$@"; fi
exec "$@"
