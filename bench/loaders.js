import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { timed } from './compare.js';
import { freePorts, output, run, seeded, whileUp } from './programs.js';

const PAIRS = 5;
const MESSAGES = 500_000;
const MESSAGE_BYTES = 100;

const KAFKA = (port) => `stack: bench
description: One Kafka broker
traffic: traffic
services:
  kafka:
    kind: kafka
    ports: { broker: ${port}, inside: ${port + 1}, controller: ${port + 2} }
    options:
      topics:
        - { name: events, partitions: 3 }
        - { name: bench, partitions: 3 }
`;

/** About as many bytes as those of the peer. */
const MESSAGES_OF = `profile: messages
description: Messages of a topic
send:
  service: kafka
  batch: 2000
  inFlight: 8
  settings: { topic: events, key: user }
stores:
  - service: kafka
    settings: { topic: events }
draw:
  user: { zipf: { count: 5000, exponent: 0.9 } }
body: { id: "{{id}}", user: "user-{{user}}", type: page_view, page: "/p/17" }
`;

/** The producer of Apache, with the settings with which it is fastest here. */
export async function besideKafka(folder, options, report, skip) {
  const name = `${MESSAGES} messages into a topic, acks=all : kafka-producer-perf-test`;
  const libs = process.env.STACKCTL_KAFKA_LIBS ?? join(homedir(), '.cache/stackctl/kafka-4.1.1/libs');
  const tool = ['-cp', `${libs}/*`, 'org.apache.kafka.tools.ProducerPerformance'];
  const { code } = await output(['doctor', 'email-timing', '--runtime', 'process', '--json'], options);
  if (code !== 0) return skip(name, 'kafka', 'there is no Kafka: stackctl doctor email-timing --runtime process --fix');
  const port = await freePorts(3);
  return whileUp(folder, options, { stack: KAFKA(port), profiles: { messages: MESSAGES_OF } }, () =>
    report({
      name,
      goal: 1 / 0.3,
      rounds: PAIRS,
      ours: async () => (await seeded(options, MESSAGES, 'messages')).durationMs,
      theirs: async () => {
        const load = ['--num-records', String(MESSAGES), '--record-size', String(MESSAGE_BYTES), '--throughput', '-1'];
        const producer = ['acks=all', 'linger.ms=10', 'batch.size=262144', 'buffer.memory=134217728'];
        const to = ['--topic', 'bench', '--producer-props', `bootstrap.servers=127.0.0.1:${port}`, ...producer];
        const { stdout } = await promisify(execFile)('java', [...tool, ...load, ...to]);
        return (MESSAGES * 1000) / perS(stdout);
      },
    }),
  );
}

/** The last line has all of them: `500000 records sent, 612745.1 records/sec (…)`. */
function perS(stdout) {
  const rate = Number(/records sent, ([\d.]+) records\/sec/.exec(stdout.trim().split('\n').at(-1) ?? '')?.[1]);
  if (!(rate > 0)) throw new Error(`the producer says no rate: ${stdout}`);
  return rate;
}

const ROWS = 1_000_000;

const CLICKHOUSE = (port) => `stack: bench
description: One ClickHouse
traffic: traffic
services:
  clickhouse:
    kind: clickhouse
    ports: { http: ${port}, native: ${port + 1} }
    options: { database: bench }
`;

const ROWS_OF = `profile: rows
description: Rows of a table
send:
  service: clickhouse
  batch: 50000
  inFlight: 3
  settings: { table: events }
stores:
  - service: clickhouse
    settings: { table: events, idColumn: id }
draw:
  user: { zipf: { count: 5000, exponent: 0.9 } }
  type: { weighted: { page_view: 70, search: 14, add_to_cart: 9, checkout: 4, purchase: 3 } }
  page: { zipf: { count: 300 } }
body: { id: "{{id}}", user: "user-{{user}}", type: "{{type}}", page: "/p/{{page}}" }
`;

/** The same rows as curl sends them from a file that is there already. */
export async function besideCurl(folder, options, report) {
  const port = await freePorts(2);
  return whileUp(folder, options, { stack: CLICKHOUSE(port), profiles: { rows: ROWS_OF } }, async () => {
    const variables = JSON.parse((await output(['env', 'clickhouse', '--format', 'json'], options)).out);
    const login = ['-u', `${variables.CLICKHOUSE_USER}:${variables.CLICKHOUSE_PASSWORD}`];
    const ask = (sql, more = []) =>
      run('curl', [
        '-sSf',
        ...login,
        ...more,
        `http://127.0.0.1:${port}/?database=bench&query=${encodeURIComponent(sql)}`,
      ]);
    const post = (sql) => ask(sql, ['-X', 'POST']);
    const columns = 'id UUID, user String, type String, page String';
    const empty = async () => {
      await post('drop table if exists events');
      await post(`create table events (${columns}) engine = MergeTree order by id`);
    };
    const file = join(folder, 'rows.json');
    const ours = async () => {
      await empty();
      return (await seeded(options, ROWS, 'rows')).durationMs;
    };
    await ours();
    await ask('select * from events format JSONEachRow', ['-o', file]);
    const theirs = async () => {
      await empty();
      return timed(() => ask('insert into events format JSONEachRow', ['--data-binary', `@${file}`]));
    };
    return report({
      name: `${ROWS} rows into a table of ClickHouse : curl of the same rows from a file`,
      goal: 1 / 0.8,
      rounds: PAIRS,
      ours,
      theirs,
    });
  });
}
