#!/usr/bin/env bash
# Builds the adapters of examples/clients and prints how each is started, NAME and COMMAND with a tab between them:
#
#   bash test/example-clients.sh
#
# It needs Python with venv, Go (the version of go/go.mod, or one that fetches it) and Maven; what is missing is named, and ends it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../examples/clients"

for tool in python3 go mvn java; do
  command -v "$tool" >/dev/null || { echo "example-clients: there is no $tool" >&2; exit 1; }
done
{
  [[ -x python/.venv/bin/python ]] || python3 -m venv python/.venv
  python/.venv/bin/pip install --quiet --disable-pip-version-check -r python/requirements.txt
  (cd go && go build -o adapter .)
  (cd java && mvn --quiet --batch-mode package)
} >&2

classes="$PWD/java/target/classes:$PWD/java/target/dependency/*"
printf '%s\t%s\n' \
  'redis-py' "exec '$PWD/python/.venv/bin/python' '$PWD/python/adapter.py'" \
  'go-redis' "exec '$PWD/go/adapter'" \
  'Jedis' "exec java -cp '$classes' JedisAdapter" \
  'Lettuce' "exec java -cp '$classes' LettuceAdapter"
