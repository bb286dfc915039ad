#!/bin/sh
# Gives kafka-tool.sh all of its names, while the image is built.
cd /opt/kafka/bin || exit 1
# shellcheck disable=SC2013 # names without spaces
for name in $(sed -n 's/^ *\(kafka-[a-z-]*\.sh\)) .*/\1/p' kafka-tool.sh); do ln -s kafka-tool.sh "$name"; done
