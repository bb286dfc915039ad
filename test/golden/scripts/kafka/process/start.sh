#!/bin/sh
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
  sed "s/^log\.dirs=.*/log.dirs=$STACKCTL_FOLDER.new/" server.properties >format.properties
  "$STACKCTL_JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile=log4j2.yaml \
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
for tool in $(sed -n 's/^ *\([a-z-]*\)) class=.*/\1/p' bin/kafka-tool.sh); do
  ln -sf kafka-tool.sh "bin/kafka-$tool.sh"
done

# shellcheck disable=SC2086 # several words
exec "$STACKCTL_JAVA" $STACKCTL_JVM -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true -Dlog4j2.configurationFile=log4j2.yaml \
  -cp "$STACKCTL_LIBS/*" kafka.Kafka server.properties
