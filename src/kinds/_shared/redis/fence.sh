# shellcheck shell=sh
## Functions of the start script (start.sh) for the fence of a starting master: what it replaces, and when it is lifted.
## They use the variables of the script.
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
