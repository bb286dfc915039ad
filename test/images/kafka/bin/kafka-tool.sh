#!/bin/sh
# One of the tools, by the name that this was called with.
case ${0##*/} in
  kafka-topics.sh) class=org.apache.kafka.tools.TopicCommand ;;
  kafka-console-producer.sh) class=org.apache.kafka.tools.ConsoleProducer ;;
  kafka-console-consumer.sh) class=org.apache.kafka.tools.consumer.ConsoleConsumer ;;
  kafka-consumer-groups.sh) class=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
  kafka-configs.sh) class=kafka.admin.ConfigCommand ;;
  kafka-get-offsets.sh) class=org.apache.kafka.tools.GetOffsetShell ;;
  kafka-metadata-quorum.sh) class=org.apache.kafka.tools.MetadataQuorumCommand ;;
  kafka-storage.sh) class=kafka.tools.StorageTool ;;
  *) echo "${0##*/} is not in this image" >&2; exit 127 ;;
esac
exec /opt/kafka/bin/kafka-run-class.sh "$class" "$@"
