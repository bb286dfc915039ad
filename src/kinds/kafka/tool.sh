#!/bin/sh
## One of Kafka's tools, with the broker's address filled in. In a container it runs the program of the image; as a local
## process, where the distribution's scripts are missing, the Java class that they would run.
# Rendered by stackctl. One of Kafka's own tools, with the address of the broker where none is given:
#   tool.sh topics --list      the same: tool.sh kafka-topics.sh --bootstrap-server localhost:9092 --list
set -eu

home=$(dirname "$0")
here=""
[ ! -e "$home/java" ] || here=yes

tools() {
  if [ -n "$here" ]; then
    sed -n 's/^ *\([a-z-]*\)) class=.*/\1/p' "$0"
  else
    for file in /opt/kafka/bin/kafka-*.sh; do
      name=${file#/opt/kafka/bin/kafka-}
      case $name in run-class.sh | server-*) ;; *) echo "${name%.sh}" ;; esac
    done
  fi
}

usage() {
  # shellcheck disable=SC2046
  echo "a tool of Kafka with its options, e.g. topics --describe; there are:" $(tools)
}

tool=${0##*/}
tool=${tool%.sh}
case $tool in
  tool | kafka-tool)
    case ${1:-} in
      -h | --help | help)
        usage
        exit 0
        ;;
      "" | -*)
        usage >&2
        exit 2
        ;;
    esac
    tool=${1##*/}
    tool=${tool%.sh}
    shift
    ;;
esac
tool=${tool#kafka-}
if ! tools | grep -qxF -e "$tool"; then
  # shellcheck disable=SC2046
  echo "no tool named kafka-$tool here; there are:" $(tools) >&2
  exit 2
fi

given=""
for word in "$@"; do
  case $word in --bootstrap-server | --bootstrap-server=* | --bootstrap-controller | --bootstrap-controller=*) given=yes ;; esac
done
[ -n "$given" ] || set -- --bootstrap-server localhost:9092 "$@"

if [ -z "$here" ]; then
  exec "/opt/kafka/bin/kafka-$tool.sh" "$@"
fi
case $tool in
  topics) class=org.apache.kafka.tools.TopicCommand ;;
  console-producer) class=org.apache.kafka.tools.ConsoleProducer ;;
  console-consumer) class=org.apache.kafka.tools.consumer.ConsoleConsumer ;;
  consumer-groups) class=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
  configs) class=kafka.admin.ConfigCommand ;;
  get-offsets) class=org.apache.kafka.tools.GetOffsetShell ;;
  metadata-quorum) class=org.apache.kafka.tools.MetadataQuorumCommand ;;
esac
# shellcheck disable=SC2086
exec "$home/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$home/../libs/*" $class "$@"
