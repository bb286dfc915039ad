#!/bin/sh
## Starts one server, Redis or Valkey, the same way in a container and as a local process. POSIX sh: BusyBox and dash run it.
##
## A server that starts must not believe its own old configuration: while it was away it may have lost its role, and a
## second master would acknowledge writes that vanish (a stock restart stays a writable master for about 10 s). So:
##
## 1. Ask the Sentinels and wait for a majority. One that was down during the last failover still names the old master;
##    to follow it would replace the data of the real master with older data. The highest configuration epoch counts,
##    and the master that stackctl recorded counts as one more answer. One that leads a failover is not counted.
## 2. Not the master: start as a replica of it, which never accepts a write.
## 3. The master: start, but refuse writes (min-replicas-to-write out of reach) until a majority of the Sentinels, and
##    no Sentinel against it, says that this server is the master and has had an answer of it since the start. "Not taken for
##    down" is not enough: a Sentinel that has not noticed the end of the last run yet, or whose connection hangs, takes
##    it for down a moment later. Only then can no failover that began before the start still take the role away.
## 4. No majority answers within STACKCTL_ASK_S seconds: an answer with a higher epoch than the recorded master still
##    counts, since only an election makes one. Otherwise the recorded master, if stackctl recorded one since the last
##    start, else what the server itself decided before.
##
## The script does not read the server's configuration. What stackctl decides is given behind the file on the command line; what the fence
## replaces there, a server is asked for that reads the same file with no port and no data. The same server shows whether
## a file that the configuration includes names a master: such a server is not started, for it would lose its own data, and
## `--replicaof no one` does not undo that line.
# Rendered by stackctl. Finds out who the master is, then becomes the server.
#   STACKCTL_CONFIG  rendered files, read only      STACKCTL_DATA  this server's own folder
#   STACKCTL_SELF    host and port of this server   STACKCTL_CONF  name of its configuration file
#   "$@"             the command that runs it
# The file "sentinels" beside this one has their addresses, "group" what they call the master.
set -eu

conf_name="${STACKCTL_CONF:-redis.conf}"
conf="$STACKCTL_DATA/$conf_name"
self_host="${STACKCTL_SELF%% *}"
self_port="${STACKCTL_SELF##* }"
cli="${STACKCTL_REDIS_CLI:-redis-cli}"
# To start a program takes longer than to read a short file line by line.
lines_of() { while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done <"$1"; }
total=0
while read -r _; do total=$((total + 1)); done <"$STACKCTL_CONFIG/sentinels"
# Without Sentinels it is empty.
read -r group <"$STACKCTL_CONFIG/group" || true
majority=$((total / 2 + 1))
# macOS has no timeout: there a frozen neighbour can only be waited for.
limit="timeout 1"
command -v timeout >/dev/null 2>&1 || limit=""

now() { date +%s; }

# One line "epoch host port flags ping-unanswered-ms last-answer-ms" for each Sentinel that answers.
ask_sentinels() {
  while read -r host port; do
    REDISCLI_AUTH=$(cat "$STACKCTL_CONFIG/sentinel.auth" 2>/dev/null || true) \
      $limit "$cli" -h "$host" -p "$port" SENTINEL MASTER "$group" 2>/dev/null </dev/null |
      awk 'NR % 2 { key = $0; next } { value[key] = $0 }
           END { if ("ip" in value) print value["config-epoch"], value["ip"], value["port"], value["flags"],
                                          value["last-ping-sent"], value["last-ok-ping-reply"] }'
  done <"$STACKCTL_CONFIG/sentinels"
}

count() { printf '%s\n' "$1" | grep -c . || true; }

# The address that an instance has now, given the one that it had when this server last started.
translate() {
  [ -f "$STACKCTL_DATA/addresses" ] || { echo "$1 $2"; return; }
  awk -v host="$1" -v port="$2" '
    FNR == NR { if ($2 == host && $3 == port) name = $1; next }
    name != "" && $1 == name { host = $2; port = $3 }
    END { print host, port }' "$STACKCTL_DATA/addresses" "$STACKCTL_CONFIG/addresses"
}

recorded_master() {
  read -r _ host port <"$STACKCTL_CONFIG/primary"
  echo "$host $port"
}

own_master() {
  read -r host port <<END
$(awk '$1 == "replicaof" || $1 == "slaveof" { print $2, $3 }' "$conf")
END
  if [ -n "$host" ]; then translate "$host" "$port"; else echo "$self_host $self_port"; fi
}

# The line with the highest epoch, the first one of equals: "sort -s -r" turns equals around in BusyBox.
newest() { awk 'NF && (line == "" || $1 + 0 > epoch) { epoch = $1 + 0; line = $0 } END { print line }'; }

# One that leads a failover has its epoch already, and names the master of before until it has ended it.
settled() { awk '$4 !~ /failover_in_progress/'; }

# What this server itself decided since stackctl recorded a master, else the recorded one.
known_master() {
  if [ -f "$conf" ] && cmp -s "$STACKCTL_CONFIG/primary" "$STACKCTL_DATA/primary"; then own_master; else recorded_master; fi
}

find_master() {
  if [ "$total" -eq 0 ]; then known_master; return; fi
  deadline=$(($(now) + STACKCTL_ASK_S))
  answers=""
  while :; do
    answers=$(ask_sentinels | settled)
    [ "$(count "$answers")" -ge "$majority" ] && break
    [ "$(now)" -ge "$deadline" ] && break
    sleep 0.1
  done
  best=$({ echo "$answers"; cat "$STACKCTL_CONFIG/primary"; } | newest)
  read -r recorded_epoch _ <"$STACKCTL_CONFIG/primary"
  if [ "$(count "$answers")" -ge "$majority" ] || [ "${best%% *}" -gt "$recorded_epoch" ]; then
    echo "$best" | awk '{ print $2, $3 }'
  else
    known_master
  fi
}

# shellcheck source=fence.sh
. ./fence.sh

umask 077
cd "$STACKCTL_DATA"
master=$(find_master)
# The empty line: a template may end without a newline. It may also be long, for which a program is quicker.
{ cat "$STACKCTL_CONFIG/$conf_name"; echo; } >"$conf.new"
if [ "$master" != "$self_host $self_port" ]; then
  echo "stackctl: starting as a replica of $master"
  echo "replicaof $master" >>"$conf.new"
fi
mv "$conf.new" "$conf"
lines_of "$STACKCTL_CONFIG/primary" >"$STACKCTL_DATA/primary"
lines_of "$STACKCTL_CONFIG/addresses" >"$STACKCTL_DATA/addresses"
# Not every version of the image's entrypoint gives files that it does not know to its own user.
if [ -n "${STACKCTL_OWNER:-}" ] && [ "$(id -u)" = 0 ]; then chown -R "$STACKCTL_OWNER" "$STACKCTL_DATA"; fi
# shellcheck source=start-options.sh
. ./start-options.sh
set -- "$@" --replica-announce-ip "$self_host" --replica-announce-port "$self_port"
if [ "$master" = "$self_host $self_port" ] && { [ "$total" -gt 0 ] || [ -f "$STACKCTL_CONFIG/includes" ]; }; then
  config_command=$(cat "$STACKCTL_CONFIG/config.command" 2>/dev/null || echo CONFIG)
  settings=$(ask_settings "$@")
  [ -n "$settings" ] || exit 1
fi
if [ "$master" = "$self_host $self_port" ] && [ "$total" -gt 0 ]; then
  echo "stackctl: starting as the master; writes wait until the Sentinels confirm it"
  set -- "$@" --min-replicas-to-write 1000000 --min-replicas-max-lag 10
  # The subshell ends at once, so that the guard belongs to init and the server has no child that it does not know.
  server_pid=$$
  (guard "$server_pid" &)
fi
exec "$@"
