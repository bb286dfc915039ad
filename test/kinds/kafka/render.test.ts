import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clusterIdOf } from '../../../src/kinds/kafka/cluster-id.ts';
import { kafkaOptions } from '../../../src/kinds/kafka/options.ts';
import { escapeValue } from '../../../src/kinds/kafka/properties.ts';
import { toolScript } from '../../../src/kinds/kafka/scripts.ts';
import { render } from '../../../src/render/render.ts';
import { type KafkaStackInput, kafkaStack } from '../../support/kafka-stack.ts';

async function properties(input: KafkaStackInput): Promise<ReadonlyMap<string, string>> {
  const { files } = render(await kafkaStack(input));
  const text = files.find(({ path }) => path === 'kafka-1/server.properties')?.text ?? '';
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

test('a local broker listens on loopback only, on the ports of the host', async () => {
  const conf = await properties({ runtime: 'process', port: 9192 });
  expect(conf.get('listeners')).toBe('HOST://127.0.0.1:9192,INSIDE://127.0.0.1:9193,CONTROLLER://127.0.0.1:9194');
  expect(conf.get('advertised.listeners')).toBe('HOST://127.0.0.1:9192,INSIDE://127.0.0.1:9193');
  expect(conf.get('controller.quorum.voters')).toBe('1@127.0.0.1:9194');
  expect(conf.get('log.dirs')).toBe('kafka');
});

test('in a container: the host by its own port, neighbours by the peer address, the controller for nobody', async () => {
  const conf = await properties({ runtime: 'docker' });
  expect(conf.get('listeners')).toBe('HOST://0.0.0.0:9092,INSIDE://0.0.0.0:9093,CONTROLLER://127.0.0.1:9094');
  expect(conf.get('advertised.listeners')).toMatch(/^HOST:\/\/127\.0\.0\.1:9092,INSIDE:\/\/\d+\.\d+\.\d+\.17:9093$/);
  expect(conf.get('log.dirs')).toBe('/var/lib/kafka/data');
});

test('with another port on the host, a tool in the container is still sent to an address that answers', async () => {
  const conf = await properties({ runtime: 'docker', port: 29_092 });
  expect(conf.get('listeners')).toContain(',LOCAL://127.0.0.1:29092,');
  expect(conf.get('advertised.listeners')).toMatch(/^HOST:\/\/127\.0\.0\.1:29092,.*,LOCAL:\/\/127\.0\.0\.1:29092$/);
  expect(conf.get('listener.security.protocol.map')).toContain('LOCAL:PLAINTEXT');
});

test('no client is sent to the controller, and its port is published nowhere', async () => {
  const conf = await properties({ runtime: 'docker', port: 9094 });
  expect(conf.get('listeners')).toContain(',LOCAL://127.0.0.1:9094,CONTROLLER://127.0.0.1:9095');
  expect(conf.get('controller.quorum.voters')).toBe('1@127.0.0.1:9095');
  const { files } = render(await kafkaStack({ runtime: 'docker' }));
  const compose = files.find(({ path }) => path === 'compose.yaml')?.text ?? '';
  expect(compose).toContain('127.0.0.1:9092:9092');
  expect(compose).not.toContain(':9094');
});

test('more settings come last and replace those of the kind', async () => {
  const settings = { 'group.initial.rebalance.delay.ms': 3000, 'compression.type': 'lz4' };
  const conf = await properties({ runtime: 'process', options: { settings, retentionHours: 1 } });
  expect(conf.get('group.initial.rebalance.delay.ms')).toBe('3000');
  expect(conf.get('compression.type')).toBe('lz4');
  expect(conf.get('log.retention.hours')).toBe('1');
});

test('a container gets the id of its cluster, the heap and the official start', async () => {
  const stack = await kafkaStack({ runtime: 'docker', options: { heapMb: 300 } });
  const compose = render(stack).files.find(({ path }) => path === 'compose.yaml')?.text ?? '';
  expect(compose).toContain(`CLUSTER_ID: ${clusterIdOf('queue-1a2b', 'kafka')}`);
  expect(compose).toContain('KAFKA_HEAP_OPTS: -Xmx300m');
  expect(compose).toMatch(/command:\s+- \/etc\/kafka\/docker\/run/);
  expect(compose).toMatch(/target: \/var\/lib\/kafka\/data/);
  // The image's other volumes; unnamed ones would outlive a plain `docker compose down`.
  expect(compose).toMatch(/tmpfs:\s+- \/etc\/kafka\/secrets:uid=1000\s+- \/mnt\/shared\/config:uid=1000\n/);
});

test('the cluster id is one that Kafka takes: 16 bytes, no leading dash, the same for the same project', () => {
  const ids = Array.from({ length: 500 }, (_, index) => clusterIdOf(`p-${index}`, 'kafka'));
  expect(new Set(ids).size).toBe(500);
  expect(ids.every((id) => /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(id))).toBe(true);
  expect(clusterIdOf('p-0', 'kafka')).toBe(ids[0]);
  expect(clusterIdOf('p-0', 'other')).not.toBe(ids[0]);
});

test('more than one node is refused', async () => {
  await expect(kafkaStack({ runtime: 'process', instances: 3 })).rejects.toThrow(/must be 1, not 3: one node is both/);
});

test.each([
  [{ topics: [{ name: 'a b' }] }, /letters, digits/],
  [{ topics: [{ name: '..' }] }, /letters, digits/],
  [{ topics: [{ name: 'a' }, { name: 'a' }] }, /names a topic twice/],
  [{ topics: [{ name: 'a', partitions: 0 }] }, />=1/],
  [{ settings: { listeners: 'X://:1' } }, /must not set listeners/],
  [{ settings: { 'a=b': 1 } }, /name of a setting/],
])('%j is refused', (options, message) => {
  const parsed = kafkaOptions.safeParse(options);
  expect(parsed.error?.message).toMatch(message);
});

test.each([
  ['plain', 'plain'],
  ['C:\\x', 'C:\\\\x'],
  [' two\nlines', '\\ two\\nlines'],
  ['ä€', '\\u00e4\\u20ac'],
])('%j is written as %s', (text, written) => expect(escapeValue(text)).toBe(written));

test.each([
  [['topics', '--list'], 'TopicCommand --bootstrap-server 127.0.0.1:7 --list'],
  [['kafka-topics.sh', '--bootstrap-server', 'x:1', '--list'], 'TopicCommand --bootstrap-server x:1 --list'],
  [
    ['kafka-console-consumer', '--topic', 'two words'],
    'ConsoleConsumer --bootstrap-server 127.0.0.1:7 --topic two words',
  ],
])('tool %j', (words, called) => {
  withTools((run) => {
    expect(run('kafka-tool.sh', words).stdout).toMatch(new RegExp(`\\.${called}\n$`));
    expect(run('kafka-topics.sh', ['--list']).stdout).toMatch(
      /TopicCommand --bootstrap-server 127\.0\.0\.1:7 --list\n$/,
    );
  });
});

test('what is no tool is answered with those that there are', () => {
  withTools((run) => {
    const names = /: topics console-producer console-consumer consumer-groups configs get-offsets metadata-quorum\n$/;
    expect(run('kafka-tool.sh', ['--help'])).toEqual({ status: 0, stdout: expect.stringMatching(names), stderr: '' });
    for (const [words, said] of [
      [[], names],
      [['--list'], names],
      [['nonsense', '--help'], new RegExp(`^no tool named kafka-nonsense .*${names.source}`)],
    ] as const) {
      expect(run('kafka-tool.sh', words)).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(said) });
    }
  });
});

type RunTool = (
  name: string,
  args: readonly string[],
) => { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** The tools of a local broker, with a Java that says what it was called with. */
function withTools(use: (run: RunTool) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'stackctl-tool-'));
  try {
    writeFileSync(join(folder, 'kafka-tool.sh'), toolScript('127.0.0.1:7'));
    writeFileSync(join(folder, 'java'), '#!/bin/sh\nshift 5\necho "$*"\n');
    chmodSync(join(folder, 'java'), 0o755);
    symlinkSync('kafka-tool.sh', join(folder, 'kafka-topics.sh'));
    use((name, args) => {
      const { status, stdout, stderr } = spawnSync('sh', [join(folder, name), ...args], { encoding: 'utf8' });
      return { status, stdout, stderr };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
