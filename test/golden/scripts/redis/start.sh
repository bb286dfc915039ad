#!/bin/sh
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

server() {
  REDISCLI_AUTH=$(cat "$STACKCTL_CONFIG/server.auth" 2>/dev/null || true) \
    $limit "$cli" -e -p "$self_port" "$@" 2>/dev/null </dev/null
}

ask_probe() {
  REDISCLI_AUTH=$(cat "$STACKCTL_CONFIG/server.auth" 2>/dev/null || true) \
    $limit "$cli" -e -s ask.sock "$@" 2>ask.err </dev/null
}

# Prints "<min-replicas-to-write> <min-replicas-max-lag>" as they are in force without the fence ("none" without
# Sentinels), or nothing: then this server must not start, and the reason was printed. That is so when a file that the
# configuration includes names a master, whose data would replace the data here. "$@" is the whole command; the server
# that it starts here listens on a socket of this folder and has no data.
ask_settings() {
  rm -f ask.sock
  "$@" --port 0 --unixsocket ask.sock --dbfilename ask.rdb --appendonly no --save '' >ask.log 2>&1 </dev/null &
  asked=$!
  deadline=$(($(now) + 10))
  settings=""
  while [ -z "$settings" ] && kill -0 "$asked" 2>/dev/null && [ "$(now)" -lt "$deadline" ]; do
    if ! role=$(ask_probe ROLE); then
      if grep -q 'Could not connect' ask.err; then
        sleep 0.02
      else
        { echo "stackctl: the server does not say whether its configuration names a master:"; cat ask.err; } >&2
        break
      fi
    elif [ "${role#master}" = "$role" ]; then
      of=$(echo "$role" | awk 'NR == 2 { host = $0 } NR == 3 { print host, $0 }')
      echo "stackctl: not started: a file that $conf_name names by include says replicaof $of, whose data would replace this server's; remove that line: stackctl decides who is the master" >&2
      break
    elif [ "$total" -eq 0 ]; then
      settings=none
    elif reply=$(ask_probe "$config_command" GET 'min-replicas-*'); then
      settings=$(echo "$reply" | awk 'NR % 2 { key = $0; next } { value[key] = $0 }
        END { print value["min-replicas-to-write"], value["min-replicas-max-lag"] }')
    else
      { echo "stackctl: the server does not say how many replicas a write needs:"; cat ask.err; } >&2
      break
    fi
  done
  # It ended by itself: what it says is what is wrong with the configuration.
  kill -0 "$asked" 2>/dev/null || cat ask.log >&2
  kill -9 "$asked" 2>/dev/null || true
  wait "$asked" 2>/dev/null || true
  rm -f ask.sock ask.log ask.err ask.rdb temp-*".$asked.rdb"
  echo "$settings"
}

lift_fence() {
  server "$config_command" SET min-replicas-max-lag "${settings#* }" >/dev/null &&
    server "$config_command" SET min-replicas-to-write "${settings% *}" >/dev/null
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
server_conf="$conf"
case "$STACKCTL_DATA" in
*[[*?]*)
  server_conf=/proc/self/cwd/${conf##*/}
  if [ ! -f "$server_conf" ]; then
    echo "stackctl: $conf cannot be given to the server, which takes *, ? and [ in a path as a pattern: rename the folder" >&2
    exit 1
  fi
  ;;
esac
# In a container neighbours reach every address, and Docker publishes the port on 127.0.0.1 of the host.
case "$self_host" in
127.*) set -- "$@" "$server_conf" --bind "$self_host" ;;
*) set -- "$@" "$server_conf" --bind 0.0.0.0 --protected-mode no ;;
esac
set -- "$@" --port "$self_port" --daemonize no --supervised no --pidfile '' --logfile '' --dir "$STACKCTL_DATA"
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
