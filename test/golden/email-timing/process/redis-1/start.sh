#!/bin/sh
# Rendered by stackctl. Finds out who the master is, then becomes redis-server.
#   STACKCTL_CONFIG  rendered files, read only      STACKCTL_DATA  this server's own folder
#   STACKCTL_SELF    host and port of this server   STACKCTL_GROUP what the Sentinels call the master (empty: no Sentinels)
#   "$@"             the command that runs redis-server
set -eu

conf="$STACKCTL_DATA/redis.conf"
self_host="${STACKCTL_SELF%% *}"
self_port="${STACKCTL_SELF##* }"
cli="${STACKCTL_REDIS_CLI:-redis-cli}"
total=$(wc -l <"$STACKCTL_CONFIG/sentinels")
majority=$((total / 2 + 1))
# macOS has no timeout: there a frozen neighbour can only be waited for.
limit="timeout 1"
command -v timeout >/dev/null 2>&1 || limit=""

now() { date +%s; }

# One line "epoch host port flags ping-unanswered-ms last-answer-ms" for each Sentinel that answers.
ask_sentinels() {
  while read -r host port; do
    REDISCLI_AUTH=$(cat "$STACKCTL_CONFIG/sentinel.auth" 2>/dev/null || true) \
      $limit "$cli" -h "$host" -p "$port" SENTINEL MASTER "$STACKCTL_GROUP" 2>/dev/null </dev/null |
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

find_master() {
  deadline=$(($(now) + STACKCTL_ASK_S))
  answers=""
  while [ "$total" -gt 0 ]; do
    answers=$(ask_sentinels)
    [ "$(count "$answers")" -ge "$majority" ] && break
    [ "$(now)" -ge "$deadline" ] && break
    sleep 0.1
  done
  best=$({ echo "$answers"; cat "$STACKCTL_CONFIG/primary"; } | newest)
  read -r recorded_epoch _ <"$STACKCTL_CONFIG/primary"
  if [ "$(count "$answers")" -ge "$majority" ] || [ "${best%% *}" -gt "$recorded_epoch" ]; then
    echo "$best" | awk '{ print $2, $3 }'
  elif [ -f "$conf" ] && cmp -s "$STACKCTL_CONFIG/primary" "$STACKCTL_DATA/primary"; then
    own_master
  else
    recorded_master
  fi
}

server() {
  REDISCLI_AUTH=$(cat "$STACKCTL_CONFIG/server.auth" 2>/dev/null || true) \
    $limit "$cli" -e -p "$self_port" "$@" 2>/dev/null </dev/null
}

# Value of a setting in the rendered file, else Redis' own default.
setting() {
  awk -v key="$1" -v value="$2" '$1 == key { value = $2 } END { print value }' "$STACKCTL_CONFIG/redis.conf"
}

lift_fence() {
  server CONFIG SET min-replicas-max-lag "$(setting min-replicas-max-lag 10)" >/dev/null &&
    server CONFIG SET min-replicas-to-write "$(setting min-replicas-to-write 0)" >/dev/null
}

server_time_ms() { server TIME | awk 'NR == 1 { s = $1 } NR == 2 { printf "%.0f", s * 1000 + $1 / 1000 }'; }

# "against for answered": how many Sentinels do not see this server as the master and up; how many do, and have had an
# answer of it since "born"; how many said anything.
tally() {
  echo "$1" | awk -v host="$self_host" -v port="$self_port" -v age="$2" '
    !NF { next }
    { answered++ }
    $2 != host || $3 != port || $4 != "master" { against++; next }
    $5 == 0 && $6 < age + 0 { in_favour++ }
    END { print against + 0, in_favour + 0, answered + 0 }'
}

# Runs beside the server until writes are allowed or it is a replica. A Sentinel that is silent may be one that leads a
# failover and is frozen: after more than 2 s of that it gives up, so a majority without it has to hold for longer.
guard() {
  silent_since=$(now)
  doubt_since=$silent_since
  born=""
  while kill -0 "$1" 2>/dev/null; do
    role=$(server ROLE | awk 'NR == 1')
    if [ "$role" = slave ]; then
      lift_fence && return
    elif [ "$role" = master ]; then
      time=$(server_time_ms)
      born=${born:-$time}
      read -r against in_favour answered <<END
$(tally "$(ask_sentinels)" "$(awk -v a="${time:-0}" -v b="${born:-0}" 'BEGIN { print a - b }')")
END
      if [ "$against" -gt 0 ] || [ "$in_favour" -lt "$majority" ]; then doubt_since=$(now); fi
      if [ "$against" -gt 0 ] || [ "$answered" -ge "$majority" ]; then silent_since=$(now); fi
      if [ "$in_favour" -eq "$total" ] || [ $(($(now) - doubt_since)) -ge 4 ] ||
        { [ "$against" -eq 0 ] && [ "$answered" -lt "$majority" ] &&
          [ $(($(now) - silent_since)) -ge "$STACKCTL_ASK_S" ]; }; then
        lift_fence && return
      fi
    fi
    sleep 0.1
  done
}

umask 077
cd "$STACKCTL_DATA"
master=$(find_master)
# The empty line: a template may end without a newline.
{ cat "$STACKCTL_CONFIG/redis.conf"; echo; } >"$conf.new"
chmod 600 "$conf.new"
if [ "$master" != "$self_host $self_port" ]; then
  echo "stackctl: starting as a replica of $master"
  echo "replicaof $master" >>"$conf.new"
elif [ "$total" -gt 0 ]; then
  echo "stackctl: starting as the master; writes wait until the Sentinels confirm it"
  printf 'min-replicas-to-write 1000000\nmin-replicas-max-lag 10\n' >>"$conf.new"
fi
mv "$conf.new" "$conf"
cp "$STACKCTL_CONFIG/primary" "$STACKCTL_CONFIG/addresses" "$STACKCTL_DATA"
# Not every version of the image's entrypoint gives files that it does not know to its own user.
if [ -n "${STACKCTL_OWNER:-}" ] && [ "$(id -u)" = 0 ]; then chown -R "$STACKCTL_OWNER" "$STACKCTL_DATA"; fi
# The subshell ends at once, so that the guard belongs to init and the server has no child that it does not know.
if [ "$total" -gt 0 ]; then
  server_pid=$$
  (guard "$server_pid" &)
fi
exec "$@" "$conf"
