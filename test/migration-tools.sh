#!/usr/bin/env bash
# The tools whose migration files stackctl imports: prints one line `tool<TAB>path` for each. Programs, and for Flyway the
# folder of a Maven project that runs it.
#
# They come from the registries of their languages, pinned, into a cache folder; nothing on PATH changes. Needs Go, npm and
# Maven with Java.
set -euo pipefail
shopt -s inherit_errexit

readonly GOOSE=v3.30.1 GOLANG_MIGRATE=v4.20.1 SQL_MIGRATE=v1.8.1 DBMATE=2.36.0 FLYWAY=12.8.1 PGJDBC=42.7.8
readonly CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/stackctl-test/migration-tools
export PATH="$PATH:/usr/local/go/bin"

say() { echo "migration-tools: $*" >&2; }
fail() { say "$@"; exit 1; }
needs() { command -v "$1" >/dev/null || fail "$1 is not installed: $2"; }

# go_tool PROGRAM VERSION PACKAGE TAGS: built into a folder of its version, where it stays.
go_tool() {
  local folder=$CACHE/$1-$2
  if [[ ! -x $folder/$1 ]]; then
    needs go 'install Go (Debian: golang-go of trixie, or newer)'
    say "building $1 $2"
    GOBIN=$folder go install -tags "$4" "$3@$2" >&2
  fi
  echo "$folder/$1"
}

dbmate_tool() {
  local folder=$CACHE/dbmate-$DBMATE
  if [[ ! -x $folder/node_modules/.bin/dbmate ]]; then
    say "getting dbmate $DBMATE"
    mkdir -p "$folder"
    npm install --ignore-scripts --no-save --no-audit --no-fund --loglevel=error --prefix "$folder" "dbmate@$DBMATE" >&2
  fi
  echo "$folder/node_modules/.bin/dbmate"
}

flyway_tool() {
  local folder=$CACHE/flyway-$FLYWAY
  needs mvn 'run test/setup.sh'
  # Maven itself fetches what the project names, at the first run.
  if [[ ! -e $folder/pom.xml ]]; then
    mkdir -p "$folder"
    cat >"$folder/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>stackctl.test</groupId><artifactId>flyway</artifactId><version>1</version><packaging>pom</packaging>
  <build><plugins><plugin>
    <groupId>org.flywaydb</groupId><artifactId>flyway-maven-plugin</artifactId><version>$FLYWAY</version>
    <dependencies>
      <dependency><groupId>org.flywaydb</groupId><artifactId>flyway-database-postgresql</artifactId><version>$FLYWAY</version></dependency>
      <dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId><version>$PGJDBC</version></dependency>
    </dependencies>
  </plugin></plugins></build>
</project>
XML
  fi
  echo "$folder"
}

main() {
  local others='no_mysql no_sqlite3 no_clickhouse no_vertica no_ydb no_mssql no_libsql'
  # First into variables: an exit code would be lost in the arguments of printf.
  local dbmate goose migrate sql_migrate flyway
  dbmate=$(dbmate_tool)
  goose=$(go_tool goose "$GOOSE" github.com/pressly/goose/v3/cmd/goose "$others")
  migrate=$(go_tool migrate "$GOLANG_MIGRATE" github.com/golang-migrate/migrate/v4/cmd/migrate postgres)
  sql_migrate=$(go_tool sql-migrate "$SQL_MIGRATE" github.com/rubenv/sql-migrate/sql-migrate '')
  flyway=$(flyway_tool)
  printf '%s\t%s\n' dbmate "$dbmate" goose "$goose" golang-migrate "$migrate" sql-migrate "$sql_migrate" flyway "$flyway"
}

main "$@"
