/** Scripts of a broker, for POSIX sh. Both runtimes start it from the same rendered server.properties. */

/**
 * In a container of the official image: hands the configuration over and becomes the image's own start, which formats
 * the storage where that was not done, and the broker. https://github.com/apache/kafka: docker/README.md and
 * docker/examples/README.md (property files in /mnt/shared/config replace the default ones; a variable KAFKA_* would
 * override them), docker/resources/common-scripts/run and docker/jvm/launch (CLUSTER_ID, KAFKA_HEAP_OPTS; user appuser,
 * so the rendered files are only read; data in /var/lib/kafka/data).
 */
export const START_IN_CONTAINER = `#!/bin/sh
# Rendered by stackctl. Hands the configuration over to the image and becomes its own start.
set -eu
cp /stackctl/server.properties /stackctl/log4j2.yaml /mnt/shared/config/
exec "$@"
`;

/**
 * As a local process: formats the storage once, then becomes the broker. The storage is formatted beside its place and
 * moved there, so that a start that is killed half way leaves nothing that looks formatted.
 */
export const START_AS_PROCESS = `#!/bin/sh
# Rendered by stackctl. Formats the storage once, then becomes the broker.
#   STACKCTL_CONFIG  rendered files, read only   STACKCTL_DATA  the broker's own folder, where this runs
#   STACKCTL_JAVA    program   STACKCTL_LIBS     folder of jars
#   STACKCTL_CLUSTER id of the cluster           STACKCTL_FOLDER  name of the storage below STACKCTL_DATA
#   STACKCTL_JVM     options of the broker's Java
set -eu
umask 077
cd "$STACKCTL_DATA"
cp "$STACKCTL_CONFIG/server.properties" "$STACKCTL_CONFIG/log4j2.yaml" .

if [ ! -f "$STACKCTL_FOLDER/meta.properties" ]; then
  # Never over records: without the mark in it the folder was not made by this script.
  if [ -n "$(ls -A "$STACKCTL_FOLDER" 2>/dev/null)" ]; then
    echo "stackctl: $STACKCTL_DATA/$STACKCTL_FOLDER holds data without meta.properties; not touching it" >&2
    exit 1
  fi
  echo "stackctl: formatting the storage"
  rm -rf "$STACKCTL_FOLDER.new" "$STACKCTL_FOLDER"
  sed "s/^log\\.dirs=.*/log.dirs=$STACKCTL_FOLDER.new/" server.properties >format.properties
  "$STACKCTL_JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile=log4j2.yaml \\
    -cp "$STACKCTL_LIBS/*" kafka.tools.StorageTool format -t "$STACKCTL_CLUSTER" -c format.properties
  rm -f format.properties
  mv "$STACKCTL_FOLDER.new" "$STACKCTL_FOLDER"
fi

# The tools of the distribution: bin/kafka-topics.sh and the like, for "stackctl exec" and anybody else.
mkdir -p bin
cp "$STACKCTL_CONFIG/tool.sh" bin/kafka-tool.sh
chmod 700 bin/kafka-tool.sh
ln -sfn "$STACKCTL_JAVA" bin/java
ln -sfn "$STACKCTL_LIBS" libs
for tool in $(sed -n 's/^ *\\([a-z-]*\\)) class=.*/\\1/p' bin/kafka-tool.sh); do
  ln -sf kafka-tool.sh "bin/kafka-$tool.sh"
done

# shellcheck disable=SC2086 # several words
exec "$STACKCTL_JAVA" $STACKCTL_JVM -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true -Dlog4j2.configurationFile=log4j2.yaml \\
  -cp "$STACKCTL_LIBS/*" kafka.Kafka server.properties
`;

/**
 * `topics --list` and the like with the address filled in. In a container it is the program of the image; where the
 * distribution's scripts are missing, the class that they would start.
 */
export function toolScript(address: string): string {
  return `#!/bin/sh
# Rendered by stackctl. One of Kafka's own tools, with the address of the broker where none is given:
#   tool.sh topics --list      the same: tool.sh kafka-topics.sh --bootstrap-server ${address} --list
set -eu

home=$(dirname "$0")
here=""
[ ! -e "$home/java" ] || here=yes

tools() {
  if [ -n "$here" ]; then
    sed -n 's/^ *\\([a-z-]*\\)) class=.*/\\1/p' "$0"
  else
    for file in /opt/kafka/bin/kafka-*.sh; do
      name=\${file#/opt/kafka/bin/kafka-}
      case $name in run-class.sh | server-*) ;; *) echo "\${name%.sh}" ;; esac
    done
  fi
}

usage() {
  echo "a tool of Kafka with its options, e.g. topics --describe; there are:" $(tools)
}

tool=\${0##*/}
tool=\${tool%.sh}
case $tool in
  tool | kafka-tool)
    case \${1:-} in
      -h | --help | help)
        usage
        exit 0
        ;;
      "" | -*)
        usage >&2
        exit 2
        ;;
    esac
    tool=\${1##*/}
    tool=\${tool%.sh}
    shift
    ;;
esac
tool=\${tool#kafka-}
if ! tools | grep -qxF -e "$tool"; then
  echo "no tool named kafka-$tool here; there are:" $(tools) >&2
  exit 2
fi

given=""
for word in "$@"; do
  case $word in --bootstrap-server | --bootstrap-server=* | --bootstrap-controller | --bootstrap-controller=*) given=yes ;; esac
done
[ -n "$given" ] || set -- --bootstrap-server ${address} "$@"

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
exec "$home/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$home/../libs/*" $class "$@"
`;
}

/**
 * For the container's health check: asks which versions of its API the broker knows and waits for an answer. Bash,
 * which the image's own start needs too, because each of the Java tools costs 0.7 s of a processor.
 */
export const HEALTHCHECK = `#!/usr/bin/env bash
# Rendered by stackctl. Exit 0 when the broker answers.
set -eu
exec 3<>/dev/tcp/127.0.0.1/"$1"
# Size 10, ApiVersions (18), version 0, correlation 1, no client name.
printf '\\0\\0\\0\\12\\0\\22\\0\\0\\0\\0\\0\\1\\377\\377' >&3
[ "$(head -c 4 <&3 | wc -c)" = 4 ]
`;

/** One line an event to the output, UTC; what every start says thirty times over is left out. */
export const LOG_CONFIG = `# Rendered by stackctl.
Configuration:
  status: error
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "%d{yyyy-MM-dd'T'HH:mm:ss.SSS}{UTC}Z %p %m (%c)%n"
  Loggers:
    Root:
      level: warn
      AppenderRef:
        - ref: STDOUT
    Logger:
      - name: kafka.server.KafkaRaftServer
        level: info
`;
