#!/bin/sh
# Rendered by stackctl. One of Kafka's own tools, with the address of the broker where none is given:
#   tool.sh topics --list      the same: tool.sh kafka-topics.sh --bootstrap-server localhost:9092 --list
set -eu

tool=$(basename "$0" .sh)
case $tool in
  tool | kafka-tool)
    if [ $# = 0 ]; then
      echo "which tool? topics, console-producer, console-consumer, consumer-groups, configs, get-offsets or metadata-quorum, with its options; e.g. topics --describe" >&2
      exit 2
    fi
    tool=$(basename "$1" .sh)
    shift
    ;;
esac
tool=${tool#kafka-}

given=""
for word in "$@"; do
  case $word in --bootstrap-server | --bootstrap-server=* | --bootstrap-controller | --bootstrap-controller=*) given=yes ;; esac
done
[ -n "$given" ] || set -- --bootstrap-server localhost:9092 "$@"

home=$(dirname "$0")
if [ ! -e "$home/java" ]; then
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
  *)
    echo "no tool named kafka-$tool here" >&2
    exit 2
    ;;
esac
exec "$home/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$home/../libs/*" $class "$@"
